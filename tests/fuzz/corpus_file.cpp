// Files of the corpus cache. The checksum in them keeps accidents away, not a fuzzer: it is computed anew here.
#include "data/common/corpus_file.h"

#include <ATen/ATen.h>

#include <cstring>

#include "data/common/checksum.h"
#include "fuzz/target.h"

namespace runner::fuzz {
namespace {

const std::string kKey(64, '0');  // the inputs' own

// Of the header, see corpus_file.cpp.
constexpr size_t kHeader = 232, kChecksum = 16, kTokens = 152, kTextBytes = 208;

uint64_t number_at(const std::string& bytes, size_t offset) {
  uint64_t number = 0;
  std::memcpy(&number, bytes.data() + offset, sizeof(number));
  return number;
}

// Puts in the checksum that fits, where the file can hold the sizes it states.
void fit_checksum(std::string& bytes) {
  if (bytes.size() < kHeader) return;
  const uint64_t text_bytes = number_at(bytes, kTextBytes);
  if (text_bytes > bytes.size() - kHeader) return;
  std::memset(bytes.data() + kChecksum, 0, sizeof(uint64_t));
  uint64_t sum = text::checksum(0, bytes.data(), kHeader);
  sum = text::checksum(sum, bytes.data() + kHeader, text_bytes);
  size_t at = (kHeader + text_bytes + 63) / 64 * 64;
  for (size_t part = 0; part < 3; ++part) {
    const uint64_t tokens = number_at(bytes, kTokens + part * sizeof(uint64_t));
    if (at > bytes.size() || tokens > (bytes.size() - at) / sizeof(int32_t)) return;
    sum = text::checksum(sum, bytes.data() + at, tokens * sizeof(int32_t));
    at += tokens * sizeof(int32_t);
  }
  std::memcpy(bytes.data() + kChecksum, &sum, sizeof(sum));
}

void check(const text::Corpus& corpus) {
  for (const text::Part* part : {&corpus.train, &corpus.valid, &corpus.test}) {
    const at::Tensor tokens = part->tokens.to(at::kLong);
    corpus.vocabulary.decode({tokens.data_ptr<int64_t>(), tokens.data_ptr<int64_t>() + tokens.numel()});
  }
}

}  // namespace

void run(std::string_view input) {
  std::string bytes(input);
  fit_checksum(bytes);
  const std::filesystem::path file = as_file(bytes, "a.tokens");
  for (const char* token : {"char", "word", "byte"}) {
    text::TextOptions options;
    options.token = token;
    if (const auto corpus = text::read_corpus(file, kKey, options)) check(*corpus);
  }
}

}  // namespace runner::fuzz
