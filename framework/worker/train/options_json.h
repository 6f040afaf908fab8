#pragma once

#include "common/params_json.h"

namespace runner::worker {

// An options struct of common/training.h, filled from a resolved configuration. Throws std::invalid_argument for an
// unknown name and for a value of the wrong type.
template <typename Options>
Options options_from(const Json& json) {
  const auto schema = Options::schema();
  return schema.fill(values_from_json(schema.specs(), json));
}

}  // namespace runner::worker
