#include "control/store/stored_json.h"

#include <stdexcept>

#include "common/error.h"

namespace runner::store {
namespace {

EnvironmentError changed(const std::string& where, const std::string& problem) {
  return EnvironmentError("the database's " + where + " is not as a runner writes it: " + problem +
                          ". Another program changed it, or it is damaged: `runner doctor FILE` examines it");
}

}  // namespace

Json stored_json(const std::string& text, const std::string& where) {
  try {
    return parse_json(text);
  } catch (const std::invalid_argument& error) {
    throw changed(where, error.what());
  }
}

}  // namespace runner::store
