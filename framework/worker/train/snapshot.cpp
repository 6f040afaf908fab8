#include "worker/train/snapshot.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <sstream>
#include <stdexcept>

namespace runner::worker {
namespace {

std::string type_of(const at::Tensor& tensor) {
  std::ostringstream out;
  out << tensor.scalar_type() << ' ' << tensor.sizes();
  return out.str();
}

}  // namespace

const at::Tensor& Snapshot::tensor(const std::string& name) const {
  const auto found = tensors.find(name);
  if (found != tensors.end()) return found->second;
  throw std::invalid_argument("it has no tensor " + name);
}

void Snapshot::copy_to(const std::string& name, at::Tensor destination) const {
  const at::Tensor& source = tensor(name);
  const std::string expected = type_of(destination), found = type_of(source);
  if (expected != found) throw std::invalid_argument(name + ": expected " + expected + ", found " + found);
  const at::NoGradGuard no_grad;
  destination.copy_(source);
}

int64_t count_of(const Json& value, const char* what) {
  constexpr int64_t kMost = int64_t{1} << 53;
  if (is_int64(value) && value.get<int64_t>() >= 0 && value.get<int64_t>() <= kMost) return value.get<int64_t>();
  throw std::invalid_argument(std::string(what) + " must be a whole number from 0 to " + std::to_string(kMost) +
                              ", found " + (value.is_number() ? value.dump() : value.type_name()));
}

void check_restored(const Snapshot& found, const Snapshot& again) {
  for (const auto& [name, tensor] : found.tensors) {
    if (again.tensors.count(name) == 0) throw std::invalid_argument("it has a tensor " + name + " too many");
  }
  if (found.values == again.values) return;
  const auto difference = Json::diff(again.values, found.values).front().at("path").get<std::string>();
  throw std::invalid_argument("its value " + difference + " cannot be one of this trial");
}

}  // namespace runner::worker
