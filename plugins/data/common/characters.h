// From UTF-8 to token ids and back.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace runner::text {

// The distinct characters of a text in ascending order; a token is an index into it.
class Vocabulary {
 public:
  explicit Vocabulary(std::vector<char32_t> sorted) : characters_(std::move(sorted)) {}

  int64_t size() const { return static_cast<int64_t>(characters_.size()); }
  const std::vector<char32_t>& characters() const { return characters_; }
  // Throws EncodeError naming the first character that is not in the vocabulary, or the first byte that is not UTF-8.
  std::vector<int64_t> encode(std::string_view utf8) const;
  // Throws EncodeError for a token outside 0 … size()-1.
  std::string decode(const std::vector<int64_t>& tokens) const;

 private:
  std::vector<char32_t> characters_;
};

struct Characters {
  Vocabulary vocabulary;
  at::Tensor tokens;  // [characters] int32
  bool cut = false;   // max_chars left something out
};

// The offset of the first byte (from 0) that is not part of valid UTF-8.
std::optional<size_t> invalid_utf8(std::string_view text);

// Takes the first `max_chars` characters (0 = all) of valid UTF-8. A line end (LF, CR or both together) is one space; a
// byte-order mark at the start is no character. Memory: four bytes a character, and a table of five megabytes
// meanwhile.
Characters take_characters(std::string_view utf8, int64_t max_chars);

}  // namespace runner::text
