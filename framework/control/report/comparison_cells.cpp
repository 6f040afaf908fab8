#include "control/report/comparison_cells.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "common/text.h"

namespace runner::report {

using store::Cell;

namespace {

std::vector<double> numbers(const ComparedArm& arm, Measure measure) {
  std::vector<double> values;
  for (const ComparedTrial* trial : arm.counted()) {
    if (const auto value = trial->trial.*measure) values.push_back(*value);
  }
  return values;
}

}  // namespace

Cell cell_of(const std::optional<double>& value) { return value ? Cell(*value) : Cell(); }

Cell whole_cell(const std::optional<double>& value) {
  return value ? Cell(static_cast<int64_t>(std::llround(*value))) : Cell();
}

std::vector<std::string> varying(const std::vector<const ComparedArm*>& arms) {
  std::set<std::string> names, varying;
  for (const ComparedArm* arm : arms) {
    for (const auto& [name, value] : arm->parameters) names.insert(name);
  }
  const auto value = [](const ComparedArm& arm, const std::string& name) {
    const auto found = arm.parameters.find(name);
    return found == arm.parameters.end() ? std::optional<Cell>() : found->second;
  };
  for (const std::string& name : names) {
    for (const ComparedArm* arm : arms) {
      if (value(*arm, name) != value(*arms.front(), name)) varying.insert(name);
    }
  }
  return {varying.begin(), varying.end()};
}

void add_parameters(std::vector<Cell>& row, const ComparedArm& arm, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const auto found = arm.parameters.find(name);
    row.push_back(found == arm.parameters.end() ? Cell() : found->second);
  }
}

std::vector<const ComparedArm*> arms_of(const ComparisonTable& table) {
  std::vector<const ComparedArm*> arms;
  for (const JudgedArm& arm : table.arms) arms.push_back(&arm.arm);
  return arms;
}

std::string sweeps_text(const ComparedArm& arm) {
  std::vector<std::string> ids;
  for (const int64_t id : arm.sweeps()) ids.push_back(std::to_string(id));
  return join(ids, ", ");
}

std::optional<double> mean_of(const ComparedArm& arm, Measure measure) { return summarize(numbers(arm, measure)).mean; }

std::optional<double> causal_of(const ComparedArm& arm) {
  std::vector<double> nats = numbers(arm, &ArmTrial::causal);
  for (double& value : nats) value = std::log(value);
  const auto mean = summarize(nats).mean;
  return mean ? std::optional(std::exp(*mean)) : std::nullopt;
}

std::optional<Epochs> best_epochs(const ComparedArm& arm) {
  std::optional<Epochs> epochs;
  for (const ComparedTrial* trial : arm.counted()) {
    const int64_t epoch = trial->best_epoch;
    if (epoch == 0) continue;
    if (!epochs) epochs = Epochs{epoch, epoch};
    epochs = Epochs{std::min(epochs->first, epoch), std::max(epochs->last, epoch)};
  }
  return epochs;
}

}  // namespace runner::report
