#include "control/store/configuration.h"

#include <SQLiteCpp/Statement.h>

#include <cmath>
#include <map>

namespace runner::store {

std::vector<std::pair<std::string, Json>> resolved_parameters(const NewTrial& trial) {
  std::vector<std::pair<std::string, Json>> leaves;
  if (trial.config.is_object()) {
    for (auto& [path, value] : leaves_of(trial.config)) leaves.emplace_back(path, std::move(value));
  }
  leaves.emplace_back("seed", trial.seed);
  return leaves;
}

std::vector<std::string> varied_parameters(const std::vector<NewTrial>& trials) {
  struct Seen {
    Json first;
    size_t times = 0;
    bool differs = false;
  };
  std::map<std::string, Seen> seen;
  for (const NewTrial& trial : trials) {
    for (auto& [name, value] : resolved_parameters(trial)) {
      Seen& parameter = seen[name];
      if (parameter.times++ == 0) {
        parameter.first = std::move(value);
      } else if (parameter.first != value) {
        parameter.differs = true;
      }
    }
  }
  std::vector<std::string> varied;
  for (const auto& [name, parameter] : seen) {
    if (parameter.differs || parameter.times != trials.size()) varied.push_back(name);
  }
  return varied;
}

void bind_number(SQLite::Statement& statement, int index, double value) {
  if (std::isfinite(value)) {
    statement.bind(index, value);
  } else {
    statement.bind(index);
  }
}

void bind_json(SQLite::Statement& statement, int index, const Json& value) {
  if (value.is_null()) {
    statement.bind(index);
  } else if (value.is_boolean()) {
    statement.bind(index, value.get<bool>() ? 1 : 0);
  } else if (value.is_number_integer()) {
    statement.bind(index, value.get<int64_t>());
  } else if (value.is_number()) {
    bind_number(statement, index, value.get<double>());
  } else {
    statement.bind(index, value.is_string() ? value.get<std::string>() : value.dump());
  }
}

}  // namespace runner::store
