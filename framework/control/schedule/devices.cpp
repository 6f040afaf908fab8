#include "control/schedule/devices.h"

#include <algorithm>

namespace runner::schedule {
namespace {

constexpr const char* kCudaPrefix = "cuda:";

bool names_a_number(const std::string& request) { return request.rfind(kCudaPrefix, 0) == 0; }

size_t device_number(const std::string& request) { return std::stoul(request.substr(5)); }

}  // namespace

std::string Devices::problem(const std::string& request) const {
  if (request == "cpu" || request == "auto") return "";
  if (cuda_.empty()) {
    return "device " + request + " is asked for, but this machine has no CUDA device that LibTorch can use; " +
           "write cpu, or auto to use CUDA where there is one";
  }
  if (names_a_number(request) && device_number(request) >= cuda_.size()) {
    return "device " + request +
           " is asked for, but the CUDA devices here are cuda:0 to cuda:" + std::to_string(cuda_.size() - 1);
  }
  return "";
}

std::string Devices::lease(const std::string& request) {
  if (request == "cpu" || (request == "auto" && cuda_.empty())) return "cpu";
  const size_t number = names_a_number(request)
                            ? device_number(request)
                            : static_cast<size_t>(std::min_element(leases_.begin(), leases_.end()) - leases_.begin());
  ++leases_.at(number);
  return kCudaPrefix + std::to_string(number);
}

void Devices::give_back(const std::string& device) {
  if (device != "cpu") --leases_.at(device_number(device));
}

}  // namespace runner::schedule
