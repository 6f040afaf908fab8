#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "data/common/documents.h"
#include "data/common/lexicon.h"
#include "data/common/text_options.h"
#include "data/common/token_buffer.h"
#include "data/common/tokenizer.h"

namespace runner::text {

// Documents in, raw ids out. A byte-order mark at the start of a document is no character; a line end (LF, CR or both
// together) is one character, a space or a newline as the option says; a document that does not end with a line end is
// given one when another follows. Then lower case, then the first max_chars characters; a word that this cuts is left
// out. Throws OptionError for what is not UTF-8, naming the document and the first wrong byte, counted from 0.
class TextReader final : public DocumentSink {
 public:
  // Called with every token and its document, before it is kept: may throw.
  using Check = std::function<void(int32_t id, const Token& token, const std::string& document)>;

  // `option` named the text; borrows the lexicon.
  TextReader(const TextOptions& options, std::string option, Lexicon& lexicon, Check check = nullptr);

  void begin(const std::string& name) override;
  bool add(std::string_view bytes) override;
  void end() override;

  // After the last document: the tokens. Call it once.
  TokenBuffer finish();
  // Whether max_chars left something out.
  bool is_cut() const { return cut_; }
  int64_t characters() const { return characters_; }

 private:
  bool complete_carried(std::string_view& bytes);
  bool take(std::string_view bytes);
  bool take_character(char32_t character, size_t offset);
  bool put_line_end(size_t offset);
  bool put(char32_t character, size_t offset);
  void keep(const Token& token);

  const std::string option_;
  const int64_t max_chars_;
  const bool lowercase_;
  const char32_t line_end_;
  Lexicon& lexicon_;
  const Check check_;
  Tokenizer tokenizer_;
  TokenBuffer tokens_;

  std::string document_;
  size_t offset_ = 0;    // in the document, of what comes next
  std::string carried_;  // the beginning of a character whose end comes with the next piece
  bool after_cr_ = false, ended_line_ = true, joins_ = false, cut_ = false;
  int64_t characters_ = 0;
};

}  // namespace runner::text
