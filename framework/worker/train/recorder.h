// Work that a device is told once and then does again as a whole.
#pragma once

#include <c10/core/Device.h>

#include <functional>
#include <memory>
#include <stdexcept>

namespace runner::worker {

// Launching a kernel costs the host some microseconds, and a step of a recurrent model is hundreds of small ones. A
// recording is launched in one go.
class Recording {
 public:
  virtual ~Recording() = default;
  // Tells the device to do all of it again: the same operations on the same memory, and on whatever is in it now.
  virtual void replay() = 0;
};

class Recorder {
 public:
  virtual ~Recorder() = default;
  // Records what `work` tells the device: nothing must be read back in it, and what it tells must depend on nothing but
  // shapes. Tensors that it makes belong to the recording, and none of them may be used after it: the next one may lie
  // in the same memory. How often it is also carried out is left open. Throws CannotRecord; any other exception leaves
  // the device in doubt, and the process should not go on with it.
  virtual std::unique_ptr<Recording> record(const std::function<void()>& work) = 0;
};

// Work that cannot be recorded. It can be done as before.
class CannotRecord : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// CUDA graphs, on a GPU and where LibTorch has CUDA; elsewhere nullptr. What is recorded must be told through a stream
// of one's own (device.h).
std::unique_ptr<Recorder> make_recorder(at::Device device);

}  // namespace runner::worker
