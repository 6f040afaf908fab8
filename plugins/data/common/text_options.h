// The options that every dataset of text has.
#pragma once

#include <runner/params.h>

#include <cstdint>
#include <string>

namespace runner::text {

struct TextOptions {
  int64_t max_chars = 0;                 // characters taken from the start of each text; 0 = all
  std::string token = "char";            // char | word | byte: see tokenizer.h
  bool lowercase = false;                // every character in lower case
  std::string newline = "space";         // space | keep: what a line end becomes
  int64_t vocabulary_limit = 0;          // size of the vocabulary with its unknown token; 0 = no limit
  bool unknown = false;                  // an unknown token even without a limit
  int64_t num_steps = 35;                // T, steps of a batch
  int64_t batch_size = 32;               // N, rows of a batch
  std::string sampling = "consecutive";  // consecutive | random: see batches.h
  double valid_fraction = 0;             // part of the text kept for validation; 0 = none
  double test_fraction = 0;              // part of the text, its last, kept for testing; 0 = none

  // Throws OptionError for options that do not go together.
  void check() const {
    if (valid_fraction + test_fraction > 0.99)
      throw OptionError("test_fraction",
                        "valid_fraction and test_fraction leave nothing to train on; together they may be 0.99");
    if (vocabulary_limit == 1)
      throw OptionError("vocabulary_limit", "a vocabulary of 1 is the unknown token alone; expected 0 or at least 2");
    if (token != "byte") return;
    const char* const cure = " has no meaning for token: byte, whose vocabulary is always the 256 bytes; leave it out";
    if (vocabulary_limit > 0) throw OptionError("vocabulary_limit", std::string("vocabulary_limit") + cure);
    if (unknown) throw OptionError("unknown", std::string("unknown") + cure);
  }
};

// Adds the parameters above to the schema of a struct that derives from TextOptions.
template <typename Options>
void add_text_options(Schema<Options>& schema) {
  schema.add("max_chars", &TextOptions::max_chars)
      .at_least(0)
      .unit("characters")
      .doc("characters taken from the start of each text, 0 = all");
  schema.add("token", &TextOptions::token)
      .choices({"char", "word", "byte"})
      .doc("what one token is: a character, a word between white space, or a byte of UTF-8");
  schema.add("lowercase", &TextOptions::lowercase).doc("turns every character into its lower case");
  schema.add("newline", &TextOptions::newline)
      .choices({"space", "keep"})
      .doc("what a line end becomes: a space, or a token of its own (<eos> among words)");
  schema.add("vocabulary_limit", &TextOptions::vocabulary_limit)
      .range(0, 1e9)
      .unit("tokens")
      .doc("size of the vocabulary: the most frequent tokens, and an unknown token for the others; 0 = no limit");
  schema.add("unknown", &TextOptions::unknown)
      .doc("an unknown token, even without a limit, for what the training text lacks");
  schema.add("num_steps", &TextOptions::num_steps).range(1, 1e6).unit("steps").doc("time steps of a batch");
  schema.add("batch_size", &TextOptions::batch_size).range(1, 1e6).unit("rows").doc("rows of a batch");
  schema.add("sampling", &TextOptions::sampling)
      .choices({"consecutive", "random"})
      .doc("consecutive: each row goes on where it ended in the batch before; random: windows in random order");
  schema.add("valid_fraction", &TextOptions::valid_fraction)
      .range(0, 0.99)
      .doc("part of the text, at its end, that is kept for validation");
  schema.add("test_fraction", &TextOptions::test_fraction)
      .range(0, 0.99)
      .doc("part of the text, after that for validation, that is kept for testing");
}

}  // namespace runner::text
