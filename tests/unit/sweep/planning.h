// Short ways to make a plan of a text and to speak of what is in it.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "control/sweep/plan.h"
#include "example_schemas.h"

namespace runner::testing {

// The example's plugins, each model with a parameter that the others lack.
inline config::Schemas distinct_schemas() {
  config::Schemas schemas = example_schemas();
  for (config::ComponentSchema& model : schemas.models.usable) {
    if (model.name == "lstm") model.params.push_back(real("forget_bias", 0, -100, 100));
    if (model.name == "gru") model.params.push_back(param("reset_after", ParamValue(true), ParamType::boolean));
  }
  return schemas;
}

// A file /exp/a.yaml, with the command line given in /here.
inline sweep::Source source_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return {"a.yaml", "/exp", text, overrides, "/here"};
}

inline sweep::Plan plan_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return sweep::make_plan(source_of(text, overrides), distinct_schemas());
}

// What make_plan says is wrong; empty: nothing.
inline std::string error_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    plan_of(text, overrides);
  } catch (const config::ConfigError& error) {
    return error.what();
  }
  return "";
}

// A complete single trial, to append a `sweep:` to.
inline const std::string kBase =
    "name: base\n"
    "data: {plugin: fortunes, corpus: tang300}\n"
    "model: {plugin: lstm, hidden_size: 64}\n"
    "train: {epochs: 3, optimizer: {name: sgd, lr: 1}}\n";

inline std::vector<std::string> labels(const sweep::Plan& plan) {
  std::vector<std::string> result;
  for (const sweep::Trial& trial : plan.trials) result.push_back(trial.label);
  return result;
}

// One value of every trial: values(plan, "/model/num_layers").
inline std::vector<Json> values(const sweep::Plan& plan, const std::string& pointer) {
  std::vector<Json> result;
  for (const sweep::Trial& trial : plan.trials) {
    const Json::json_pointer where(pointer);
    result.push_back(trial.config.contains(where) ? trial.config.at(where) : Json());
  }
  return result;
}

inline std::vector<std::string> hashes(const sweep::Plan& plan) {
  std::vector<std::string> result;
  for (const sweep::Trial& trial : plan.trials) result.push_back(trial.config_hash);
  return result;
}

}  // namespace runner::testing
