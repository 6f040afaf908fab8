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

void check_restored(const Snapshot& found, const Snapshot& again) {
  for (const auto& [name, tensor] : found.tensors) {
    if (again.tensors.count(name) == 0) throw std::invalid_argument("it has a tensor " + name + " too many");
  }
  if (found.values == again.values) return;
  const auto difference = Json::diff(again.values, found.values).front().at("path").get<std::string>();
  throw std::invalid_argument("its value " + difference + " cannot be one of this trial");
}

}  // namespace runner::worker
