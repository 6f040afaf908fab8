#include "models/scratch/models.h"

namespace runner::scratch {
namespace {

template <typename L>
recurrent::LayerKind kind_of(const AnyCellOptions& options) {
  return {L::kStateParts, [options](int64_t inputs) { return std::make_shared<L>(inputs, options); }};
}

}  // namespace

void AnyCellOptions::check() const {
  RecurrentOptions::check();
  if (!reset_after && cell != "gru") {
    throw OptionError("reset_after", "reset_after: false concerns a GRU's reset gate, but cell is " + cell +
                                         "; set cell to gru, or leave reset_after out");
  }
  if (forget_bias != 0 && cell != "lstm") {
    throw OptionError("forget_bias", "forget_bias concerns an LSTM's forget gate, but cell is " + cell +
                                         "; set cell to lstm, or leave forget_bias out");
  }
}

TokenWork AnyCellOptions::token_work() const {
  if (cell == "rnn") return work_of_gates(RnnLayer::kGates);
  return work_of_gates(cell == "gru" ? GruLayer::kGates : LstmLayer::kGates);
}

recurrent::LayerKind layer_kind(const AnyCellOptions& options) {
  if (options.cell == "rnn") return kind_of<RnnLayer>(options);
  if (options.cell == "gru") return kind_of<GruLayer>(options);
  return kind_of<LstmLayer>(options);
}

Schema<DeepNet::Options> DeepNet::Options::schema() {
  Schema<Options> schema;
  add_cell_options(schema);
  add_stack_options(schema);
  return schema;
}

Schema<BidirectionalNet::Options> BidirectionalNet::Options::schema() {
  Schema<Options> schema;
  add_cell_options(schema);
  return schema;
}

}  // namespace runner::scratch
