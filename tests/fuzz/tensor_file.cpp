// Files of tensors: weights, checkpoints, anybody's safetensors.
#include "common/tensor_file.h"

#include "common/error.h"
#include "fuzz/target.h"
#include "fuzz/tensor_text.h"

namespace runner::fuzz {
namespace {

using Values = std::vector<std::string>;  // of each tensor, its bytes

Values values_of(const TensorFile& file, size_t most) {
  Values values;
  size_t total = 0;
  for (const StoredTensor& tensor : file.tensors()) {
    total += tensor.end - tensor.begin;
    require(total <= most, "tensors hold no more bytes than their file");
    values.emplace_back(tensor.end - tensor.begin, '\0');
    file.read(tensor, values.back().data());
  }
  return values;
}

void check_written_again(const TensorFile& file, const Values& values) {
  std::vector<TensorView> views;
  for (size_t i = 0; i < values.size(); ++i) {
    const StoredTensor& tensor = file.tensors()[i];
    views.push_back({tensor.name, tensor.dtype, tensor.shape, values[i].data()});
  }
  write_tensor_file(folder() / "again.safetensors", views, file.metadata());
  const TensorFile again(folder() / "again.safetensors");
  require(values_of(again, SIZE_MAX) == values, "what was read can be written and read again");
  require(again.metadata().size() == file.metadata().size(), "metadata stay");
}

}  // namespace

void run(std::string_view input) {
  const std::string bytes = tensor_file_of(input);
  try {
    const TensorFile file(as_file(bytes, "a.safetensors"));
    check_written_again(file, values_of(file, bytes.size()));
  } catch (const EnvironmentError&) {
  }
}

}  // namespace runner::fuzz
