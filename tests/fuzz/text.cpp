// Texts as tokens. The first line is letters that say how to read the rest (see options_of); a form feed in it ends a
// document and begins another.
#include <ATen/ATen.h>
#include <runner/params.h>

#include <algorithm>
#include <optional>

#include "data/common/corpus.h"
#include "fuzz/target.h"

namespace runner::fuzz {
namespace {

using namespace text;

TextOptions options_of(std::string_view letters) {
  const auto has = [&](char letter) { return letters.find(letter) != std::string_view::npos; };
  TextOptions options;
  options.token = has('w') ? "word" : has('b') ? "byte" : "char";
  options.newline = has('k') ? "keep" : "space";
  options.lowercase = has('l');
  options.max_chars = has('m') ? 5 : 0;
  options.valid_fraction = has('h') ? 0.3 : 0;
  options.test_fraction = has('t') ? 0.3 : 0;
  if (options.token == "byte") return options;
  options.unknown = has('u');
  options.vocabulary_limit = has('v') ? 3 : 0;
  return options;
}

// Gives a document in pieces of so many bytes. Returns whether the sink wants more.
bool give(std::string_view document, size_t piece, DocumentSink& sink) {
  sink.begin("document");
  for (size_t at = 0; at < document.size(); at += piece) {
    if (!sink.add(document.substr(at, piece))) return false;
  }
  sink.end();
  return true;
}

TextSource source_of(std::string_view text, size_t piece) {
  return {"text", "path", [text, piece](DocumentSink& sink) {
            for (size_t at = 0; at <= text.size();) {
              const size_t end = std::min(text.find('\f', at), text.size());
              if (!give(text.substr(at, end - at), piece, sink)) return;
              at = end + 1;
            }
          }};
}

struct Outcome {
  std::optional<Corpus> corpus;
  std::string refusal;
};

Outcome outcome_of(const TextOptions& options, const TextSource& source) {
  try {
    return {load_corpus(options, {source, {}, {}}), ""};
  } catch (const OptionError& error) {
    return {std::nullopt, error.what()};
  }
}

std::vector<int64_t> tokens_of(const Part& part) {
  const at::Tensor tokens = part.tokens.to(at::kLong);
  return {tokens.data_ptr<int64_t>(), tokens.data_ptr<int64_t>() + tokens.numel()};
}

void check_same(const Outcome& whole, const Outcome& pieces) {
  require(whole.refusal == pieces.refusal, "a text is refused however it is cut into pieces");
  if (!whole.corpus) return;
  const Corpus &a = *whole.corpus, &b = *pieces.corpus;
  require(a.vocabulary.texts() == b.vocabulary.texts(), "a vocabulary does not depend on pieces");
  require(tokens_of(a.train) == tokens_of(b.train), "tokens for training do not depend on pieces");
  require(tokens_of(a.valid) == tokens_of(b.valid), "tokens for validation do not depend on pieces");
  require(tokens_of(a.test) == tokens_of(b.test), "tokens for testing do not depend on pieces");
}

void check_vocabulary(const Corpus& corpus) {
  for (const Part* part : {&corpus.train, &corpus.valid, &corpus.test}) {
    const std::vector<int64_t> tokens = tokens_of(*part);
    const std::string text = corpus.vocabulary.decode(tokens);
    require(!invalid_utf8(text), "tokens decode to valid UTF-8");
    if (corpus.vocabulary.kind() == TokenKind::byte) continue;  // a part may begin within a character
    require(corpus.vocabulary.encode(text) == tokens, "tokens survive the way through text");
  }
}

}  // namespace

void run(std::string_view input) {
  const size_t end = std::min(input.find('\n'), input.size());
  const TextOptions options = options_of(input.substr(0, end));
  const std::string_view text = input.substr(std::min(end + 1, input.size()));
  const Outcome whole = outcome_of(options, source_of(text, SIZE_MAX));
  check_same(whole, outcome_of(options, source_of(text, 1 + text.size() % 7)));
  if (whole.corpus) check_vocabulary(*whole.corpus);
}

}  // namespace runner::fuzz
