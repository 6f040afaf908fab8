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

bool Devices::means_cpu(const std::string& request) const {
  return request == "cpu" || (request == "auto" && cuda_.empty());
}

size_t Devices::cuda_for(const std::string& request) const {
  if (names_a_number(request)) return device_number(request);
  return static_cast<size_t>(std::min_element(leases_.begin(), leases_.end()) - leases_.begin());
}

bool Devices::has_free(const std::string& request) const {
  return means_cpu(request) || leases_.at(cuda_for(request)) == 0;
}

std::string Devices::lease(const std::string& request) {
  if (means_cpu(request)) return "cpu";
  const size_t number = cuda_for(request);
  ++leases_.at(number);
  return kCudaPrefix + std::to_string(number);
}

void Devices::give_back(const std::string& device) {
  if (device != "cpu") --leases_.at(device_number(device));
}

std::string Devices::model(const std::string& device) const {
  return device == "cpu" ? device : cuda_.at(device_number(device));
}

}  // namespace runner::schedule
