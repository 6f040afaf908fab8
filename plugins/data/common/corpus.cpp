#include "data/common/corpus.h"

#include <ATen/ATen.h>
#include <runner/params.h>

#include <utility>

#include "data/common/text_file.h"
#include "data/common/text_reader.h"

namespace runner::text {
namespace {

struct Sizes {
  int64_t train, valid, test;
};

Sizes cut_sizes(int64_t total, const TextOptions& options) {
  const auto part = [total](double fraction) { return static_cast<int64_t>(static_cast<double>(total) * fraction); };
  const int64_t valid = part(options.valid_fraction), test = part(options.test_fraction);
  return {total - valid - test, valid, test};
}

// Reads all texts with one lexicon: raw ids first, then, once the vocabulary is known, tokens in their place.
class Loader {
 public:
  Loader(const TextOptions& options, const CorpusSources& sources)
      : options_(options), sources_(sources), lexicon_(token_kind(options.token), options.newline == "keep") {}

  Corpus load() {
    TextReader reader(options_, sources_.train.option, lexicon_);
    TokenBuffer text = read(sources_.train, reader);
    const Sizes sizes = cut_sizes(text.size(), options_);
    ChosenVocabulary chosen = choose(text, sizes);
    Corpus corpus{std::move(chosen.vocabulary), {}, {}, {}, reader.is_cut()};
    token_of_ = std::move(chosen.token_of);
    unknown_ = corpus.vocabulary.unknown();
    cut(text, sizes, corpus);
    if (sources_.valid) corpus.valid = read_held_out(*sources_.valid);
    if (sources_.test) corpus.test = read_held_out(*sources_.test);
    return corpus;
  }

 private:
  static TokenBuffer read(const TextSource& source, TextReader& reader) {
    source.read(reader);
    if (reader.characters() == 0) refuse_to_read(source.name, source.option, "it is empty, expected UTF-8 text");
    return reader.finish();
  }

  // A text that writes the unknown word out, as prepared corpora do, has one without being asked.
  ChosenVocabulary choose(TokenBuffer& text, const Sizes& sizes) const {
    std::vector<int64_t> counts(lexicon_.size());
    const auto count = [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) ++counts[static_cast<size_t>(text.data()[i])];
    };
    count(0, sizes.train);
    const bool has_unknown = options_.unknown || options_.vocabulary_limit > 0 || writes_unknown(counts);
    if (!has_unknown) count(sizes.train, text.size());
    return choose_vocabulary(lexicon_, counts, options_, has_unknown);
  }

  bool writes_unknown(const std::vector<int64_t>& counts) const {
    if (lexicon_.kind() != TokenKind::word) return false;
    for (size_t id = 0; id < counts.size(); ++id) {
      if (counts[id] > 0 && is_unknown_text(lexicon_, static_cast<int32_t>(id))) return true;
    }
    return false;
  }

  void cut(TokenBuffer& text, const Sizes& sizes, Corpus& corpus) const {
    const int64_t valid_end = sizes.train + sizes.valid;
    corpus.train.characters_per_token = mean_length(text, 0, sizes.train);
    corpus.valid.characters_per_token = mean_length(text, sizes.train, valid_end);
    corpus.test.characters_per_token = mean_length(text, valid_end, text.size());
    const at::Tensor tokens = to_tokens(text);
    corpus.train.tokens = tokens.narrow(0, 0, sizes.train);
    corpus.valid.tokens = tokens.narrow(0, sizes.train, sizes.valid);
    corpus.test.tokens = tokens.narrow(0, valid_end, sizes.test);
  }

  Part read_held_out(const TextSource& source) {
    const auto check = [&](int32_t id, const Token& token, const std::string& document) {
      if (!unknown_ && !is_known(id)) refuse_token(source, id, token, document);
    };
    TextReader reader(options_, source.option, lexicon_, check);
    TokenBuffer text = read(source, reader);
    const double length = mean_length(text, 0, text.size());
    return {to_tokens(text), length};
  }

  double mean_length(TokenBuffer& text, int64_t begin, int64_t end) const {
    if (begin == end) return 0;
    const int64_t characters = lexicon_.characters(text.data() + begin, text.data() + end);
    return static_cast<double>(characters) / static_cast<double>(end - begin);
  }

  bool is_known(int32_t id) const {
    return static_cast<size_t>(id) < token_of_.size() && token_of_[static_cast<size_t>(id)] >= 0;
  }

  at::Tensor to_tokens(TokenBuffer& text) const {
    int32_t* const tokens = text.data();
    for (int64_t i = 0; i < text.size(); ++i) {
      tokens[i] = is_known(tokens[i]) ? token_of_[static_cast<size_t>(tokens[i])] : static_cast<int32_t>(*unknown_);
    }
    return text.release();
  }

  [[noreturn]] void refuse_token(const TextSource& source, int32_t id, const Token& token,
                                 const std::string& document) const {
    const bool is_word = lexicon_.kind() == TokenKind::word;
    const std::string name =
        is_word ? "word \"" + printable(lexicon_.text_of(id)) + "\"" : "character " + quoted(token.code);
    throw OptionError(source.option, "the " + name + " at byte " + std::to_string(token.offset) +
                                         " (counted from 0) of " + document +
                                         " does not occur in the training text, so it has no token; set unknown: true, "
                                         "or a vocabulary_limit, to read it as an unknown token");
  }

  const TextOptions& options_;
  const CorpusSources& sources_;
  Lexicon lexicon_;
  std::vector<int32_t> token_of_;  // of every raw id of the training text
  std::optional<int64_t> unknown_;
};

}  // namespace

Corpus load_corpus(const TextOptions& options, const CorpusSources& sources) { return Loader(options, sources).load(); }

}  // namespace runner::text
