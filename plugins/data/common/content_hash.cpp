#include "data/common/content_hash.h"

#include "data/common/fingerprint.h"

namespace runner::text {
namespace {

// Characters as code points of four bytes; words each with a zero byte behind it.
void add_vocabulary(Fingerprint& fingerprint, const Vocabulary& vocabulary) {
  for (const std::string& text : vocabulary.texts()) {
    if (vocabulary.kind() == TokenKind::character) {
      const char32_t character = first_character(text);
      fingerprint.add(&character, sizeof(character));
    } else {
      fingerprint.add(text.c_str(), text.size() + 1);
    }
  }
  if (vocabulary.unknown()) fingerprint.add(kUnknownWord.c_str(), kUnknownWord.size() + 1);
}

}  // namespace

std::string content_hash(const Corpus& corpus) {
  Fingerprint fingerprint;
  const int64_t sizes[] = {corpus.vocabulary.size(), corpus.train.tokens.numel(), corpus.valid.tokens.numel()};
  fingerprint.add(sizes, sizeof(sizes));
  add_vocabulary(fingerprint, corpus.vocabulary);
  for (const Part* part : {&corpus.train, &corpus.valid, &corpus.test}) {
    fingerprint.add(part->tokens.data_ptr(), part->tokens.nbytes());
  }
  return fingerprint.finish();
}

}  // namespace runner::text
