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
  add_layer_options(schema);
  add_stack_options(schema);
  add_bidirectional(schema);
  return schema;
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
