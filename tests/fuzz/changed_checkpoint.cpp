#include "fuzz/changed_checkpoint.h"

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/json.h"
#include "common/tensor_file.h"

namespace runner::fuzz {
namespace {

constexpr const char* kValues = "values";  // the name of the tensor that holds them
constexpr uint64_t kMostBytes = 1 << 20;

struct Tensor {
  std::string dtype;
  std::vector<int64_t> shape;
  std::string bytes;
};

using Tensors = std::map<std::string, Tensor>;

Tensors tensors_of(const TensorFile& file) {
  Tensors tensors;
  for (const StoredTensor& stored : file.tensors()) {
    std::string bytes(stored.end - stored.begin, '\0');
    file.read(stored, bytes.data());
    tensors[stored.name] = {stored.dtype, stored.shape, bytes};
  }
  return tensors;
}

Tensor tensor_from_json(const Json& json) {
  Tensor tensor{json.at("dtype"), json.at("shape"), ""};
  const uint64_t size = byte_size(tensor.dtype, tensor.shape);
  if (size > kMostBytes) throw std::invalid_argument("too large");
  tensor.bytes.assign(size, static_cast<char>(integer_in(json, "byte", 0) & 0xff));
  return tensor;
}

void change_values(Tensors& tensors, const Json& patch) {
  Json values = parse_json(tensors.at(kValues).bytes);
  values.merge_patch(patch);
  const std::string text = values.dump();
  tensors[kValues] = {"U8", {static_cast<int64_t>(text.size())}, text};
}

void change_tensors(Tensors& tensors, const Json& change) {
  for (const auto& [name, json] : change.items()) {
    if (json.is_null()) {
      tensors.erase(name);
    } else {
      tensors[name] = tensor_from_json(json);
    }
  }
}

void write(const std::filesystem::path& file, const Tensors& tensors, const Json& metadata) {
  std::vector<TensorView> views;
  for (const auto& [name, tensor] : tensors) views.push_back({name, tensor.dtype, tensor.shape, tensor.bytes.data()});
  write_tensor_file(file, views, metadata);
}

}  // namespace

void write_changed_checkpoint(const std::filesystem::path& right, std::string_view change,
                              const std::filesystem::path& file) {
  const TensorFile read(right);
  Tensors tensors = tensors_of(read);
  Json metadata = read.metadata();
  try {
    const Json json = parse_json(change);
    metadata.merge_patch(json.value("metadata", Json::object()));
    change_values(tensors, json.value("values", Json::object()));
    change_tensors(tensors, json.value("tensors", Json::object()));
    write(file, tensors, metadata);
  } catch (const Json::exception& error) {
    throw std::invalid_argument(error.what());
  }
}

}  // namespace runner::fuzz
