#include <runner/recurrent/options.h>

#include <sstream>

namespace runner::recurrent {
namespace {

template <typename... Parts>
std::string text(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

}  // namespace

Schema<RecurrentOptions> RecurrentOptions::schema() {
  Schema<RecurrentOptions> schema;
  add_network_options(schema);
  return schema;
}

// One-hot vectors choose a row of the first layer's input weights, which multiplies nothing.
TokenWork RecurrentOptions::work_of_gates(int64_t gates) const {
  const int64_t directions = bidirectional ? 2 : 1, outputs = directions * hidden_size;
  const int64_t inputs_of_all_layers = embedding_size + (num_layers - 1) * outputs;
  const int64_t inside = outputs * gates * (inputs_of_all_layers + num_layers * hidden_size);
  return {static_cast<double>(inside), static_cast<double>(outputs)};
}

void RecurrentOptions::check() const {
  if (dropout > 0 && num_layers == 1) {
    throw OptionError("dropout",
                      text("dropout acts between layers, so ", dropout,
                           " has no effect with num_layers: 1; set num_layers to 2 or more, or dropout to 0"));
  }
  if (residual && num_layers == 1) {
    throw OptionError("residual",
                      "a residual connection joins layers, so it has no effect with num_layers: 1; set num_layers to 2 "
                      "or more, or residual to false");
  }
  const int64_t width = hidden_size * (bidirectional ? 2 : 1);
  if (tie_weights && embedding_size != width) {
    throw OptionError("tie_weights",
                      text("tied weights need an embedding as wide as the outputs; set embedding_size to ", width,
                           " (now ", embedding_size, "), or tie_weights to false"));
  }
}

}  // namespace runner::recurrent
