// Which device a trial runs on.
#pragma once

#include <string>
#include <vector>

namespace runner::schedule {

class Devices {
 public:
  // `cuda`: the names of the CUDA devices there are, by their number.
  explicit Devices(std::vector<std::string> cuda = {}) : cuda_(std::move(cuda)), leases_(cuda_.size(), 0) {}

  // Why `request` ("auto", "cpu", "cuda", "cuda:N") cannot be served here; empty when it can.
  std::string problem(const std::string& request) const;

  // Whether a request that has no problem can have a device to itself now. The CPU serves any number.
  bool has_free(const std::string& request) const;

  // The device for a request that has no problem: "cpu" or "cuda:N". Among several the least leased one.
  std::string lease(const std::string& request);
  void give_back(const std::string& device);

  // "cpu", or what the vendor calls a leased GPU: two of one model compute the same.
  std::string model(const std::string& device) const;

 private:
  bool means_cpu(const std::string& request) const;
  size_t cuda_for(const std::string& request) const;  // the number of the device

  std::vector<std::string> cuda_;
  std::vector<int> leases_;
};

}  // namespace runner::schedule
