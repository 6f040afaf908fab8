// Parameter schemas and values as JSON: on their way from a plugin to the runner, and back as a trial's options.
//
// Values: boolean, integer, number and string as themselves; a path as its text; a list of strings as an array; a
// duration as seconds (number); a size as bytes (integer). A `number` is always a JSON float, so that 1 and 1.0 have
// one text.
#pragma once

#include <runner/params.h>

#include "common/json.h"

namespace runner {

Json to_json(const ParamValue& value);
Json to_json(const ParamSpec& spec);

// The value in the type that `type` asks for. Throws std::invalid_argument when the JSON value has another type.
ParamValue value_from_json(ParamType type, const Json& json);

// Throws std::invalid_argument when a field is missing or has the wrong type.
ParamSpec spec_from_json(const Json& json);

// The values of an object of parameters. Throws std::invalid_argument for a name that `specs` does not declare.
ParamValues values_from_json(const std::vector<ParamSpec>& specs, const Json& object);

// An options struct filled from an object of parameters; throws like values_from_json.
template <typename Options>
Options options_from(const Json& object) {
  const auto schema = Options::schema();
  return schema.fill(values_from_json(schema.specs(), object));
}

}  // namespace runner
