#include "worker/host/devices.h"

#include <torch/cuda.h>

#include <array>
#include <boost/dll/shared_library.hpp>
#include <string>

namespace runner::worker {
namespace {

// LibTorch tells device names only through CUDA's own headers, which a machine without CUDA lacks; the driver's C
// interface needs none. Its devices are in the order of LibTorch's: both obey CUDA_VISIBLE_DEVICES.
class CudaDriver {
 public:
  CudaDriver() {
    std::error_code error;
    library_.load("libcuda.so.1", error,
                  boost::dll::load_mode::rtld_now | boost::dll::load_mode::search_system_folders);
    usable_ = library_.is_loaded() && library_.has("cuInit") && library_.has("cuDeviceGet") &&
              library_.has("cuDeviceGetName") && library_.get<int(unsigned)>("cuInit")(0) == 0;
  }

  // "CUDA device" when the driver cannot be asked.
  std::string name(int index) const {
    std::array<char, 256> name{};
    int device = 0;
    const bool known = usable_ && library_.get<int(int*, int)>("cuDeviceGet")(&device, index) == 0 &&
                       library_.get<int(char*, int, int)>("cuDeviceGetName")(name.data(), name.size() - 1, device) == 0;
    return known ? name.data() : "CUDA device";
  }

 private:
  boost::dll::shared_library library_;
  bool usable_ = false;
};

}  // namespace

Json list_devices() {
  Json names = Json::array();
  const size_t count = torch::cuda::device_count();
  if (count == 0) return {{"cuda", names}};
  const CudaDriver driver;
  for (size_t i = 0; i < count; ++i) names.push_back(driver.name(static_cast<int>(i)));
  return {{"cuda", names}};
}

}  // namespace runner::worker
