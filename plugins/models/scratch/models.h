// The networks made of the cells in this folder.
#pragma once

#include <runner/recurrent/net.h>

#include "models/scratch/gru_layer.h"
#include "models/scratch/lstm_layer.h"
#include "models/scratch/rnn_layer.h"

namespace runner::scratch {

// One layer of one cell, with the options that apply to it.
template <typename L>
struct SingleOptions : ScratchOptions {
  static Schema<SingleOptions> schema() {
    Schema<SingleOptions> schema;
    add_layer_options(schema);
    if constexpr (std::is_same_v<L, GruLayer>) add_reset_after(schema);
    if constexpr (std::is_same_v<L, LstmLayer>) add_forget_bias(schema);
    return schema;
  }
  TokenWork token_work() const { return this->work_of_gates(L::kGates); }
};

template <typename L>
class SingleNet : public recurrent::RecurrentNet {
 public:
  using Options = SingleOptions<L>;
  static constexpr bool kIsRecordable = L::kIsRecordable;
  SingleNet(const Options& options, const ModelContext& context)
      : RecurrentNet(options, context,
                     {L::kStateParts, [&](int64_t inputs) { return std::make_shared<L>(inputs, options); }}) {}
};

// Any of the three cells: `cell` decides.
struct AnyCellOptions : ScratchOptions {
  std::string cell = "lstm";  // rnn | gru | lstm

  // Throws OptionError for options that the cell does not have, beside the checks of RecurrentOptions.
  void check() const;
  TokenWork token_work() const;

 protected:
  template <typename Options>
  static void add_cell_options(Schema<Options>& schema) {
    schema.add("cell", &AnyCellOptions::cell).choices({"rnn", "gru", "lstm"}).doc("what each layer computes");
    add_layer_options(schema);
    add_reset_after(schema);
    add_forget_bias(schema);
  }
};

recurrent::LayerKind layer_kind(const AnyCellOptions& options);

// H_t^(l) = phi(H_t^(l-1) W_xh^(l) + H_{t-1}^(l) W_hh^(l) + b_h^(l)), the cell's equations at every layer.
class DeepNet : public recurrent::RecurrentNet {
 public:
  struct Options : AnyCellOptions {
    Options() { num_layers = 2; }
    static Schema<Options> schema();
  };
  static constexpr bool kIsRecordable = true;  // as its layers
  DeepNet(const Options& options, const ModelContext& context) : RecurrentNet(options, context, layer_kind(options)) {}
};

// The forward state comes from step t-1, the backward state from t+1; H_t is both side by side (Schuster, Paliwal
// 1997).
class BidirectionalNet : public recurrent::RecurrentNet {
 public:
  struct Options : AnyCellOptions {
    Options() { bidirectional = true; }
    static Schema<Options> schema();
  };
  static constexpr bool kIsRecordable = true;  // as its layers
  BidirectionalNet(const Options& options, const ModelContext& context)
      : RecurrentNet(options, context, layer_kind(options)) {}
};

}  // namespace runner::scratch
