#include "common/tensor_header.h"

#include <algorithm>
#include <functional>
#include <set>
#include <stdexcept>
#include <tuple>

#include "common/json.h"

namespace runner {
namespace {

constexpr const char* kMetadata = "__metadata__";
constexpr uint64_t kMostBytes = uint64_t{1} << 62;  // sums of two sizes cannot overflow
constexpr size_t kMostDimensions = 64;              // of a tensor that LibTorch computes with
constexpr int kDeepest = 2;                         // levels below the outermost object

[[noreturn]] void refuse(const std::string& reason) { throw std::invalid_argument(reason); }

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

uint64_t element_size(const std::string& dtype) {
  static const std::map<std::string, uint64_t> sizes = {{"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"I64", 8},
                                                        {"I32", 4}, {"I16", 2}, {"I8", 1},  {"U8", 1},   {"BOOL", 1}};
  const auto found = sizes.find(dtype);
  if (found == sizes.end()) refuse("the type " + quoted(dtype) + " is unknown");
  return found->second;
}

// The JSON library keeps the last of two equal keys and takes any depth; a header has neither.
class Strictness {
 public:
  bool operator()(int depth, Json::parse_event_t event, const Json& parsed) {
    using Event = Json::parse_event_t;
    if ((event == Event::object_start || event == Event::array_start) && depth > kDeepest)
      refuse("it is nested too deep");
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end) keys_.pop_back();
    if (event == Event::key && !keys_.back().insert(parsed.get<std::string>()).second) {
      refuse("the name " + parsed.dump() + " occurs twice");
    }
    return true;
  }

 private:
  std::vector<std::set<std::string>> keys_;  // of the objects that are open
};

Json parse_strictly(std::string_view text) {
  Strictness strictness;
  try {
    Json json = Json::parse(text.begin(), text.end(), std::ref(strictness));
    if (!json.is_object()) refuse("it is no JSON object");
    return json;
  } catch (const Json::exception& error) {
    refuse(std::string("it is no JSON: ") + error.what());
  }
}

const Json& member(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (!object.is_object() || found == object.end()) refuse(std::string("it lacks ") + key);
  return *found;
}

std::vector<uint64_t> counts(const Json& json, const char* key) {
  const Json& list = member(json, key);
  const auto is_count = [](const Json& item) {
    return item.is_number_unsigned() && item.get<uint64_t>() <= kMostBytes;
  };
  if (!list.is_array() || !std::all_of(list.begin(), list.end(), is_count)) {
    refuse(std::string(key) + " must be a list of counts");
  }
  return list.get<std::vector<uint64_t>>();
}

StoredTensor tensor_from_json(const std::string& name, const Json& json) {
  if (!json.is_object() || json.size() != 3) refuse("expected dtype, shape and data_offsets");
  const Json& dtype = member(json, "dtype");
  if (!dtype.is_string()) refuse("dtype must be a text");
  const std::vector<uint64_t> shape = counts(json, "shape"), offsets = counts(json, "data_offsets");
  if (offsets.size() != 2 || offsets[0] > offsets[1]) refuse("data_offsets must be a begin and an end");
  StoredTensor tensor{name, dtype.get<std::string>(), {shape.begin(), shape.end()}, offsets[0], offsets[1]};
  const uint64_t needed = byte_size(tensor.dtype, tensor.shape);
  if (needed != tensor.end - tensor.begin) {
    refuse("its shape needs " + std::to_string(needed) + " bytes, its data_offsets hold " +
           std::to_string(tensor.end - tensor.begin));
  }
  return tensor;
}

std::map<std::string, std::string> metadata_from_json(const Json& json) {
  const auto is_text = [](const Json& value) { return value.is_string(); };
  if (!json.is_object() || !std::all_of(json.begin(), json.end(), is_text)) {
    refuse(std::string(kMetadata) + " must be an object of texts");
  }
  return json.get<std::map<std::string, std::string>>();
}

void read_entry(const std::string& name, const Json& value, TensorHeader& header) {
  if (name == kMetadata) {
    header.metadata = metadata_from_json(value);
    return;
  }
  try {
    header.tensors.push_back(tensor_from_json(name, value));
  } catch (const std::invalid_argument& error) {
    refuse("the tensor " + quoted(name) + ": " + error.what());
  }
}

void check_layout(const std::vector<StoredTensor>& tensors, uint64_t data_size) {
  uint64_t end = 0;
  for (const StoredTensor& tensor : tensors) {
    if (tensor.begin != end) {
      refuse("the tensor " + quoted(tensor.name) + " begins at byte " + std::to_string(tensor.begin) +
             " of the data, expected " + std::to_string(end));
    }
    end = tensor.end;
  }
  if (end != data_size) {
    refuse("it describes " + std::to_string(end) + " bytes of data, the file holds " + std::to_string(data_size));
  }
}

}  // namespace

uint64_t byte_size(const std::string& dtype, const std::vector<int64_t>& shape) {
  if (shape.size() > kMostDimensions) {
    refuse("its shape has " + std::to_string(shape.size()) + " dimensions, of at most " +
           std::to_string(kMostDimensions));
  }
  const bool is_empty = std::find(shape.begin(), shape.end(), 0) != shape.end();
  uint64_t bytes = element_size(dtype);
  for (const int64_t length : shape) {
    if (length == 0) continue;  // the other lengths are the strides of an empty tensor, too
    if (length < 0 || bytes > kMostBytes / static_cast<uint64_t>(length)) refuse("its shape is too large");
    bytes *= static_cast<uint64_t>(length);
  }
  return is_empty ? 0 : bytes;
}

std::string to_text(const TensorHeader& header) {
  Json json = {{kMetadata, header.metadata}};
  for (const StoredTensor& tensor : header.tensors) {
    if (json.contains(tensor.name)) refuse("two tensors are called " + quoted(tensor.name));
    json[tensor.name] = {
        {"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {tensor.begin, tensor.end}}};
  }
  try {
    return json.dump();
  } catch (const Json::exception&) {
    refuse("the name of a tensor is not valid UTF-8");
  }
}

TensorHeader parse_tensor_header(std::string_view text, uint64_t data_size) {
  TensorHeader header;
  const Json json = parse_strictly(text);
  for (const auto& [name, value] : json.items()) read_entry(name, value, header);
  std::sort(header.tensors.begin(), header.tensors.end(), [](const StoredTensor& a, const StoredTensor& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  check_layout(header.tensors, data_size);
  return header;
}

}  // namespace runner
