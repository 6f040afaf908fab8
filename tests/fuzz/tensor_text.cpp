#include "fuzz/tensor_text.h"

#include <algorithm>
#include <cstdint>

#include "common/sha256.h"

namespace runner::fuzz {

std::string tensor_file_of(std::string_view input) {
  if (input.empty() || input.front() != '{') return std::string(input);
  const size_t end = std::min(input.find('\n'), input.size());
  const std::string header(input.substr(0, end));
  std::string file;
  for (int i = 0; i < 8; ++i) file += static_cast<char>(static_cast<uint64_t>(header.size()) >> (8 * i) & 0xff);
  file += header;
  file += input.substr(std::min(end + 1, input.size()));
  const std::string zeros(64, '0');
  const size_t place = file.find("\"sha256\":\"" + zeros);
  if (place != std::string::npos) file.replace(file.find(zeros, place), zeros.size(), sha256_hex(file));
  return file;
}

}  // namespace runner::fuzz
