// What a file of named tensors says of itself, as text. See tensor_file.h for the file.
//
// The text is a JSON object with an entry for each tensor,
//
//   "output.weight": {"dtype": "F32", "shape": [3, 4], "data_offsets": [0, 48]}
//
// and "__metadata__", an object of texts. Offsets count from the start of the data.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace runner {

struct StoredTensor {
  std::string name;
  std::string dtype;           // F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL
  std::vector<int64_t> shape;  // empty: a scalar
  uint64_t begin = 0, end = 0;
};

struct TensorHeader {
  std::map<std::string, std::string> metadata;
  std::vector<StoredTensor> tensors;  // in the order of their data
};

// Bytes of one tensor, row after row. Throws std::invalid_argument for an unknown dtype and for what no file can hold.
uint64_t byte_size(const std::string& dtype, const std::vector<int64_t>& shape);

// Throws std::invalid_argument when two tensors have one name, or a name or a text is not valid UTF-8.
std::string to_text(const TensorHeader& header);

// Believes nothing: every tensor's offsets must be what its dtype and shape need, and the tensors must fill `data_size`
// bytes without gap or overlap. Throws std::invalid_argument with what is wrong.
TensorHeader parse_tensor_header(std::string_view text, uint64_t data_size);

}  // namespace runner
