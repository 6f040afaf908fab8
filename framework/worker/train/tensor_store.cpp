#include "worker/train/tensor_store.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace runner::worker {
namespace {

const std::map<at::ScalarType, std::string>& dtype_names() {
  static const std::map<at::ScalarType, std::string> names = {
      {at::kDouble, "F64"}, {at::kFloat, "F32"}, {at::kHalf, "F16"}, {at::kBFloat16, "BF16"}, {at::kLong, "I64"},
      {at::kInt, "I32"},    {at::kShort, "I16"}, {at::kChar, "I8"},  {at::kByte, "U8"},       {at::kBool, "BOOL"}};
  return names;
}

std::string dtype_of(const std::string& name, at::ScalarType type) {
  const auto found = dtype_names().find(type);
  if (found != dtype_names().end()) return found->second;
  throw std::invalid_argument("the tensor " + name + " has the type " + at::toString(type) +
                              ", which cannot be saved; use a real, integer or boolean one");
}

// Of a file that has been opened: it has no other dtypes.
at::ScalarType type_of(const std::string& dtype) {
  const auto found = std::find_if(dtype_names().begin(), dtype_names().end(),
                                  [&](const auto& entry) { return entry.second == dtype; });
  return found->first;
}

// "F32 [3, 4]"
std::string text_of(const std::string& dtype, at::IntArrayRef shape) {
  std::ostringstream out;
  out << dtype << ' ' << shape;
  return out.str();
}

std::string text_of(const std::string& name, const at::Tensor& tensor) {
  return text_of(dtype_of(name, tensor.scalar_type()), tensor.sizes());
}

using StoredByName = std::map<std::string, const StoredTensor*>;

StoredByName by_name(const TensorFile& file) {
  StoredByName stored;
  for (const StoredTensor& tensor : file.tensors()) stored[tensor.name] = &tensor;
  return stored;
}

void check_fit(const StoredByName& stored, const NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors) {
    const auto found = stored.find(name);
    const std::string expected = name + " " + text_of(name, tensor);
    if (found == stored.end())
      throw std::invalid_argument("expected a tensor " + expected + ", found none of that name");
    const std::string held = text_of(found->second->dtype, found->second->shape);
    if (name + " " + held != expected) throw std::invalid_argument("expected " + expected + ", found " + held);
  }
  if (stored.size() == tensors.size()) return;
  throw std::invalid_argument("expected " + std::to_string(tensors.size()) + " tensors, found " +
                              std::to_string(stored.size()));
}

// A file holds the elements in a row; a sparse or packed tensor has none.
void require_elements(const std::string& name, const at::Tensor& tensor) {
  if (tensor.layout() == at::kStrided) return;
  std::ostringstream layout;
  layout << tensor.layout();
  throw std::invalid_argument("the tensor " + name + " is " + layout.str() +
                              ", which cannot be saved; use a dense one (to_dense())");
}

// Without its data.
TensorView view_of(const std::string& name, const at::Tensor& tensor) {
  require_elements(name, tensor);
  return {name, dtype_of(name, tensor.scalar_type()), tensor.sizes().vec(), nullptr};
}

}  // namespace

void check_storable(const NamedTensors& tensors) {
  std::vector<TensorView> views;
  for (const auto& [name, tensor] : tensors) views.push_back(view_of(name, tensor));
  check_tensor_file(views);
}

void write_tensors(const std::filesystem::path& file, const NamedTensors& tensors,
                   std::map<std::string, std::string> metadata) {
  std::vector<at::Tensor> values;  // keeps what the views show
  std::vector<TensorView> views;
  for (const auto& [name, tensor] : tensors) {
    values.push_back(tensor.detach().cpu().contiguous());
    views.push_back(view_of(name, tensor));
    views.back().data = values.back().data_ptr();
  }
  write_tensor_file(file, views, std::move(metadata));
}

std::map<std::string, at::Tensor> read_tensors(const TensorFile& file) {
  std::map<std::string, at::Tensor> tensors;
  for (const StoredTensor& stored : file.tensors()) {
    const at::Tensor tensor = at::empty(stored.shape, type_of(stored.dtype));
    file.read(stored, tensor.data_ptr());
    tensors[stored.name] = tensor;
  }
  return tensors;
}

void read_tensors(const TensorFile& file, const NamedTensors& tensors) {
  const StoredByName stored = by_name(file);
  check_fit(stored, tensors);
  const at::NoGradGuard no_grad;
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor values = at::empty(tensor.sizes(), tensor.scalar_type());
    file.read(*stored.at(name), values.data_ptr());
    at::Tensor(tensor).copy_(values);
  }
}

}  // namespace runner::worker
