#include "control/store/stored_json.h"

#include "common/error.h"

namespace runner::store {
namespace {

constexpr int kDeepest = 64;

EnvironmentError changed(const std::string& where, const std::string& problem) {
  return EnvironmentError("the database's " + where + " is not as a runner writes it: " + problem +
                          ". Another program changed it, or it is damaged: `runner doctor FILE` examines it");
}

}  // namespace

Json stored_json(const std::string& text, const std::string& where) {
  const auto require_shallow = [&](int depth, Json::parse_event_t, const Json&) {
    if (depth > kDeepest) throw changed(where, "it is nested too deeply");
    return true;
  };
  try {
    return Json::parse(text, require_shallow);
  } catch (const Json::exception& error) {
    throw changed(where, error.what());
  }
}

}  // namespace runner::store
