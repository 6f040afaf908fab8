#include "control/cli/dry_run.h"

#include <map>
#include <ostream>
#include <set>

#include "control/report/table.h"

namespace runner::cli {
namespace {

using Leaves = std::map<std::string, Json>;

store::Cell cell_of(const Json& value) {
  if (value.is_number_integer()) return value.get<int64_t>();
  if (value.is_number()) return value.get<double>();
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// The paths whose value, or whose being there at all, is not the same in every trial.
std::set<std::string> varying_paths(const std::vector<Leaves>& trials) {
  std::set<std::string> varying;
  for (const Leaves& leaves : trials) {
    for (const auto& [path, value] : leaves) {
      const auto first = trials.front().find(path);
      if (first == trials.front().end() || first->second != value) varying.insert(path);
    }
    for (const auto& [path, value] : trials.front()) {
      if (!leaves.count(path)) varying.insert(path);
    }
  }
  return varying;
}

}  // namespace

void print_trials(const sweep::Plan& plan, Format format, std::ostream& out) {
  std::vector<Leaves> leaves;
  for (const sweep::Trial& trial : plan.trials) leaves.push_back(leaves_of(trial.config));
  const std::set<std::string> varying = varying_paths(leaves);
  store::Table table;
  table.columns = {"trial", "label", "seed"};
  table.columns.insert(table.columns.end(), varying.begin(), varying.end());
  for (size_t i = 0; i < plan.trials.size(); ++i) {
    const sweep::Trial& trial = plan.trials[i];
    std::vector<store::Cell> row = {trial.number, trial.label, trial.seed};
    for (const std::string& path : varying) {
      row.push_back(leaves[i].count(path) ? cell_of(leaves[i].at(path)) : store::Cell());
    }
    table.rows.push_back(std::move(row));
  }
  report::TableStyle style;
  style.max_width = report::terminal_width();
  report::print(out, table, format, style);
}

}  // namespace runner::cli
