// Named tensors in a file, free of LibTorch. The container is safetensors, so other programs read it too:
//
//   8 bytes   length of the header, little-endian
//   header    JSON (see tensor_header.h), filled up with spaces to a multiple of 8 bytes
//   data      the tensors' values, little-endian, row after row, one tensor behind another
//
// Ours carry in their metadata, as `sha256`, the digest (hexadecimal) of the whole file with zeros ("000…") in the
// digest's own place: no byte of it changes unnoticed.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "common/process.h"
#include "common/tensor_header.h"

namespace runner {

// A tensor in the memory of this process, contiguous.
struct TensorView {
  std::string name, dtype;
  std::vector<int64_t> shape;
  const void* data = nullptr;
};

// Throws std::invalid_argument unless a file can hold tensors of these names, types and shapes; looks at no data.
void check_tensor_file(const std::vector<TensorView>& tensors);

// Writes the file, whole or not at all; one that is there is replaced. Throws EnvironmentError when the disk does not
// take it, std::invalid_argument for tensors or metadata that a header cannot hold.
void write_tensor_file(const std::filesystem::path& file, const std::vector<TensorView>& tensors,
                       std::map<std::string, std::string> metadata);

// An open file whose every byte has been checked, be it from wherever. Holds on to it: what replaces it under its name
// does no harm.
class TensorFile {
 public:
  // Throws EnvironmentError with what is wrong when it cannot be read, is no such file, or was damaged.
  explicit TensorFile(const std::filesystem::path& file);

  const std::filesystem::path& path() const { return path_; }
  const std::map<std::string, std::string>& metadata() const { return header_.metadata; }
  const std::vector<StoredTensor>& tensors() const { return header_.tensors; }
  // Reads one of `tensors()` into memory that has room for it.
  void read(const StoredTensor& tensor, void* destination) const;

 private:
  void read_header(uint64_t file_size);
  std::string read_header_text(uint64_t file_size);
  void check_digest(std::string header_text, uint64_t file_size) const;
  void read_at(uint64_t offset, void* destination, uint64_t size) const;

  const std::filesystem::path path_;
  FileDescriptor file_;
  uint64_t data_start_ = 0;
  TensorHeader header_;
};

}  // namespace runner
