// The options of recurrent models: one struct, of which each plugin offers the parts that apply to it.
#pragma once

#include <runner/params.h>

#include <cstdint>
#include <string>

namespace runner::recurrent {

struct RecurrentOptions {
  int64_t hidden_size = 256;     // H, of each direction
  int64_t num_layers = 1;        // L, each fed with the outputs of the one below
  bool bidirectional = false;    // a second pass from the last step to the first: it sees the tokens to be predicted
  double dropout = 0;            // probability of dropping an output between two layers, in training
  bool residual = false;         // adds the input of each layer but the first to its output
  bool layer_norm = false;       // normalises the output of each layer
  int64_t embedding_size = 0;    // E, width of learnt input vectors; 0: one-hot inputs
  bool tie_weights = false;      // the output layer uses the matrix of the embedding
  std::string init = "default";  // default | normal | orthogonal: see initialise.h
  double init_std = 0.01;        // standard deviation of `init: normal`
  double forget_bias = 0;        // of an LSTM's forget gate before training; 0: what `init` makes of it
  bool reset_after = true;       // of a GRU: where its reset gate acts

  static Schema<RecurrentOptions> schema();
  // Throws OptionError for options that have no effect or exclude each other.
  void check() const;
  // Of layers that have one matrix for the state. Options of cells with gates have a token_work() of their own.
  TokenWork token_work() const { return work_of_gates(1); }

 protected:
  // `gates`: blocks of H columns that the weights of a layer have.
  TokenWork work_of_gates(int64_t gates) const;
};

// Each adds some of the parameters to the schema of a struct that is or derives from RecurrentOptions.

// hidden_size, layer_norm, embedding_size, tie_weights, init, init_std: every model has them.
template <typename Options>
void add_layer_options(Schema<Options>& schema);
// num_layers, dropout, residual.
template <typename Options>
void add_stack_options(Schema<Options>& schema);
template <typename Options>
void add_bidirectional(Schema<Options>& schema);
// All of the above.
template <typename Options>
void add_network_options(Schema<Options>& schema);
template <typename Options>
void add_forget_bias(Schema<Options>& schema);
template <typename Options>
void add_reset_after(Schema<Options>& schema);

template <typename Options>
void add_layer_options(Schema<Options>& schema) {
  schema.add("hidden_size", &RecurrentOptions::hidden_size)
      .range(1, 65536)
      .unit("units")
      .doc("width of the hidden state, of each direction");
  schema.add("layer_norm", &RecurrentOptions::layer_norm)
      .doc("normalises the output of each layer over its units (Ba, Kiros, Hinton 2016)");
  schema.add("embedding_size", &RecurrentOptions::embedding_size)
      .range(0, 65536)
      .unit("units")
      .doc("width of learnt input vectors (Bengio et al. 2003), 0 = one-hot inputs");
  schema.add("tie_weights", &RecurrentOptions::tie_weights)
      .doc("the output layer uses the matrix of the embedding (Press, Wolf 2017; Inan et al. 2017)");
  schema.add("init", &RecurrentOptions::init)
      .choices({"default", "normal", "orthogonal"})
      .doc("initial weights: as LibTorch draws them, N(0, init_std), or orthogonal recurrent ones (Saxe et al. 2014)");
  schema.add("init_std", &RecurrentOptions::init_std)
      .greater_than(0)
      .doc("standard deviation of the weights with init: normal");
}

template <typename Options>
void add_stack_options(Schema<Options>& schema) {
  schema.add("num_layers", &RecurrentOptions::num_layers)
      .range(1, 1024)
      .unit("layers")
      .doc("recurrent layers, each fed with the outputs of the one below");
  schema.add("dropout", &RecurrentOptions::dropout)
      .range(0, 0.99)
      .doc("probability of dropping an output between two layers while training (Zaremba et al. 2014)");
  schema.add("residual", &RecurrentOptions::residual)
      .doc("adds the input of each layer but the first to its output (He et al. 2016)");
}

template <typename Options>
void add_bidirectional(Schema<Options>& schema) {
  schema.add("bidirectional", &RecurrentOptions::bidirectional)
      .doc("adds a pass from the last step to the first; it sees the tokens that the model shall predict");
}

template <typename Options>
void add_network_options(Schema<Options>& schema) {
  add_layer_options(schema);
  add_stack_options(schema);
  add_bidirectional(schema);
}

template <typename Options>
void add_forget_bias(Schema<Options>& schema) {
  schema.add("forget_bias", &RecurrentOptions::forget_bias)
      .range(-100, 100)
      .doc("total bias of an LSTM's forget gate before training (Jozefowicz et al. 2015), 0 = as init makes it");
}

template <typename Options>
void add_reset_after(Schema<Options>& schema) {
  schema.add("reset_after", &RecurrentOptions::reset_after)
      .doc("a GRU's reset gate scales R * (H W), as in torch::nn::GRU; false: (R * H) W, as its paper has it");
}

}  // namespace runner::recurrent
