// The options that every character-level dataset has.
#pragma once

#include <runner/params.h>

#include <cstdint>
#include <string>

namespace runner::text {

struct TextOptions {
  int64_t max_chars = 0;                 // characters taken from the start of the text; 0 = all
  int64_t num_steps = 35;                // T, steps of a batch
  int64_t batch_size = 32;               // N, rows of a batch
  std::string sampling = "consecutive";  // consecutive | random: see batches.h
  double valid_fraction = 0;             // the last part of the text, kept from training; 0 = none
};

// Adds the parameters above to the schema of a struct that derives from TextOptions.
template <typename Options>
void add_text_options(Schema<Options>& schema) {
  schema.add("max_chars", &TextOptions::max_chars)
      .at_least(0)
      .unit("characters")
      .doc("characters taken from the start of the text, 0 = all");
  schema.add("num_steps", &TextOptions::num_steps).range(1, 1e6).unit("steps").doc("time steps of a batch");
  schema.add("batch_size", &TextOptions::batch_size).range(1, 1e6).unit("rows").doc("rows of a batch");
  schema.add("sampling", &TextOptions::sampling)
      .choices({"consecutive", "random"})
      .doc("consecutive: each row goes on where it ended in the batch before; random: windows in random order");
  schema.add("valid_fraction", &TextOptions::valid_fraction)
      .range(0, 0.99)
      .doc("part of the text, at its end, that is kept for validation");
}

}  // namespace runner::text
