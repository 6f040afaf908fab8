#include <runner/recurrent/options.h>

#include <sstream>

namespace runner::recurrent {

Schema<RecurrentOptions> RecurrentOptions::schema() {
  Schema<RecurrentOptions> schema;
  add_recurrent_options(schema);
  return schema;
}

void RecurrentOptions::check() const {
  if (dropout == 0 || num_layers > 1) return;
  std::ostringstream message;
  message << "dropout acts between layers, so " << dropout
          << " has no effect with num_layers: 1; set num_layers to 2 or more, or dropout to 0";
  throw OptionError("dropout", message.str());
}

}  // namespace runner::recurrent
