// The options that every recurrent model has.
#pragma once

#include <runner/params.h>

#include <cstdint>

namespace runner::recurrent {

struct RecurrentOptions {
  int64_t hidden_size = 256;   // H, of each direction
  int64_t num_layers = 1;      // L, each fed with the outputs of the one below
  bool bidirectional = false;  // a second pass from the last step to the first: it sees the tokens to be predicted
  double dropout = 0;          // probability of dropping an output between two layers, in training

  static Schema<RecurrentOptions> schema();
  // Throws OptionError for dropout without a second layer: there is nothing between layers then.
  void check() const;
};

// Adds the parameters above to the schema of a struct that derives from RecurrentOptions.
template <typename Options>
void add_recurrent_options(Schema<Options>& schema) {
  schema.add("hidden_size", &RecurrentOptions::hidden_size)
      .range(1, 65536)
      .unit("units")
      .doc("width of the hidden state, of each direction");
  schema.add("num_layers", &RecurrentOptions::num_layers)
      .range(1, 1024)
      .unit("layers")
      .doc("recurrent layers, each fed with the outputs of the one below");
  schema.add("bidirectional", &RecurrentOptions::bidirectional)
      .doc("adds a pass from the last step to the first; it sees the tokens that the model shall predict");
  schema.add("dropout", &RecurrentOptions::dropout)
      .range(0, 0.99)
      .doc("probability of dropping an output between two layers while training");
}

}  // namespace runner::recurrent
