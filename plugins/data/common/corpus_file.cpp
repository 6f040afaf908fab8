#include "data/common/corpus_file.h"

#include <ATen/ATen.h>

#include <array>
#include <cstring>
#include <memory>
#include <system_error>
#include <type_traits>

#include "data/common/cache_file.h"
#include "data/common/checksum.h"
#include "data/common/mapped_file.h"

namespace runner::text {
namespace {
namespace fs = std::filesystem;

constexpr std::array<char, 8> kMagic = {'R', 'U', 'N', 'T', 'E', 'X', 'T', '\n'};
constexpr size_t kDigest = 64;  // characters of a SHA-256
constexpr size_t kAlignment = 64;

struct Header {
  std::array<char, 8> magic;
  uint64_t version;
  uint64_t checksum;  // of the header with 0 here, of the vocabulary, and of each part's tokens
  std::array<char, kDigest> key, content_hash;
  std::array<uint64_t, 3> tokens;              // of each part
  std::array<double, 3> characters_per_token;  // of each part
  uint64_t texts, text_bytes;                  // of the vocabulary: how many, and with their lengths
  uint64_t has_unknown, is_cut;                // 0 or 1
};
static_assert(std::is_trivially_copyable_v<Header>);
static_assert(sizeof(Header) == 232, "a header has no padding, whose bytes would be any");

using TextLength = uint32_t;

std::array<const Part*, 3> parts_of(const Corpus& corpus) { return {&corpus.train, &corpus.valid, &corpus.test}; }

std::array<char, kDigest> digest_bytes(const std::string& digest) {
  std::array<char, kDigest> bytes{};
  digest.copy(bytes.data(), kDigest);
  return bytes;
}

size_t tokens_offset(uint64_t text_bytes) {
  return (sizeof(Header) + text_bytes + kAlignment - 1) / kAlignment * kAlignment;
}

std::string joined_texts(const Vocabulary& vocabulary) {
  std::string joined;
  for (const std::string& text : vocabulary.texts()) {
    const auto length = static_cast<TextLength>(text.size());
    joined.append(reinterpret_cast<const char*>(&length), sizeof(length)).append(text);
  }
  return joined;
}

// The texts that were joined; none when they do not end where the bytes do.
std::optional<std::vector<std::string>> split_texts(std::string_view joined, uint64_t count) {
  std::vector<std::string> texts;
  while (joined.size() >= sizeof(TextLength)) {
    TextLength length = 0;
    std::memcpy(&length, joined.data(), sizeof(length));
    joined.remove_prefix(sizeof(length));
    if (length > joined.size()) return std::nullopt;
    texts.emplace_back(joined.substr(0, length));
    joined.remove_prefix(length);
  }
  return joined.empty() && texts.size() == count ? std::optional(std::move(texts)) : std::nullopt;
}

uint64_t checksum_of(Header header, const char* texts, const std::array<const void*, 3>& tokens) {
  header.checksum = 0;
  uint64_t sum = checksum(0, &header, sizeof(header));
  sum = checksum(sum, texts, header.text_bytes);
  for (size_t i = 0; i < tokens.size(); ++i) sum = checksum(sum, tokens[i], header.tokens[i] * sizeof(int32_t));
  return sum;
}

Header header_of(const Corpus& corpus, const std::string& key, const std::string& texts) {
  Header header{};
  header.magic = kMagic;
  header.version = kCorpusVersion;
  header.key = digest_bytes(key);
  header.content_hash = digest_bytes(corpus.content_hash);
  header.texts = corpus.vocabulary.texts().size();
  header.text_bytes = texts.size();
  header.has_unknown = corpus.vocabulary.unknown().has_value();
  header.is_cut = corpus.is_cut;
  std::array<const void*, 3> tokens{};
  for (size_t i = 0; i < tokens.size(); ++i) {
    const Part& part = *parts_of(corpus)[i];
    header.tokens[i] = static_cast<uint64_t>(part.tokens.numel());
    header.characters_per_token[i] = part.characters_per_token;
    tokens[i] = part.tokens.data_ptr();
  }
  header.checksum = checksum_of(header, texts.data(), tokens);
  return header;
}

// Half of what is free stays free: results are written to the same disk.
bool has_space(const fs::path& file, size_t size) {
  std::error_code error;
  const fs::space_info space = fs::space(file.parent_path(), error);
  return !error && space.available / 2 >= size;
}

// A file that is what its name says, or nothing.
class KeptCorpus {
 public:
  explicit KeptCorpus(const fs::path& file) : bytes_(std::make_shared<const MappedFile>(file)) {
    if (bytes_->size() >= sizeof(Header)) std::memcpy(&header_, bytes_->data(), sizeof(Header));
  }

  std::optional<Corpus> open(const std::string& key, const TextOptions& options) const {
    if (!is_of(key) || !has_its_size() || !is_undamaged()) return std::nullopt;
    auto texts = split_texts({bytes_->data() + sizeof(Header), header_.text_bytes}, header_.texts);
    if (!texts) return std::nullopt;
    Corpus corpus{Vocabulary(token_kind(options.token), options.newline == "keep", options.lowercase, std::move(*texts),
                             header_.has_unknown != 0),
                  part(0),
                  part(1),
                  part(2),
                  header_.is_cut != 0,
                  std::string(header_.content_hash.data(), kDigest)};
    return knows_its_tokens(corpus) ? std::optional(std::move(corpus)) : std::nullopt;
  }

 private:
  bool is_of(const std::string& key) const {
    return header_.magic == kMagic && header_.version == kCorpusVersion && header_.key == digest_bytes(key);
  }

  // Each size is compared before they are added, so that no sum overflows.
  bool has_its_size() const {
    const size_t size = bytes_->size();
    if (header_.text_bytes > size) return false;
    size_t expected = tokens_offset(header_.text_bytes);
    for (const uint64_t tokens : header_.tokens) {
      if (tokens > size / sizeof(int32_t)) return false;
      expected += tokens * sizeof(int32_t);
    }
    return expected == size;
  }

  bool is_undamaged() const {
    const char* const texts = bytes_->data() + sizeof(Header);
    return checksum_of(header_, texts, {tokens_of(0), tokens_of(1), tokens_of(2)}) == header_.checksum;
  }

  // A checksum keeps accidents away, not files that were made to do harm: what counts tokens uses them as indices.
  static bool knows_its_tokens(const Corpus& corpus) {
    for (const Part* part : parts_of(corpus)) {
      if (part->tokens.numel() == 0) continue;
      const auto [least, most] = at::aminmax(part->tokens);
      if (least.item<int32_t>() < 0 || most.item<int32_t>() >= corpus.vocabulary.size()) return false;
    }
    return corpus.train.tokens.numel() > 0;
  }

  const char* tokens_of(size_t part) const {
    const char* at = bytes_->data() + tokens_offset(header_.text_bytes);
    for (size_t i = 0; i < part; ++i) at += header_.tokens[i] * sizeof(int32_t);
    return at;
  }

  // The tokens keep the file mapped. from_blob wants a pointer that could be written through; nobody does.
  Part part(size_t index) const {
    void* const tokens = const_cast<char*>(tokens_of(index));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    const auto count = static_cast<int64_t>(header_.tokens[index]);
    return {at::from_blob(
                tokens, {count}, [bytes = bytes_](void*) {}, at::kInt),
            header_.characters_per_token[index]};
  }

  const std::shared_ptr<const MappedFile> bytes_;
  Header header_{};
};

}  // namespace

bool write_corpus(const Corpus& corpus, const std::string& key, const fs::path& file) {
  const std::string texts = joined_texts(corpus.vocabulary);
  const Header header = header_of(corpus, key, texts);
  const size_t offset = tokens_offset(texts.size());
  const std::string padding(offset - sizeof(header) - texts.size(), '\0');
  size_t size = offset;
  for (const Part* part : parts_of(corpus)) size += part->tokens.nbytes();
  if (!has_space(file, size)) return false;
  CacheFile out(file);
  out.write(&header, sizeof(header));
  out.write(texts.data(), texts.size());
  out.write(padding.data(), padding.size());
  for (const Part* part : parts_of(corpus)) out.write(part->tokens.data_ptr(), part->tokens.nbytes());
  return out.put();
}

std::optional<Corpus> read_corpus(const fs::path& file, const std::string& key, const TextOptions& options) {
  return KeptCorpus(file).open(key, options);
}

}  // namespace runner::text
