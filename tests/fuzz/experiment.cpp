// Experiment files. A line that begins with "#! ", a comment for YAML, is an override of the command line.
#include <sstream>
#include <string>
#include <vector>

#include "common/text.h"
#include "control/sweep/plan.h"
#include "control/sweep/to_yaml.h"
#include "fuzz/target.h"
#include "unit/sweep/planning.h"

namespace runner::fuzz {
namespace {

std::vector<std::string> overrides_in(const std::string& text) {
  constexpr std::string_view kMark = "#! ";
  std::vector<std::string> overrides;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.compare(0, kMark.size(), kMark) == 0) overrides.push_back(line.substr(kMark.size()));
  }
  return overrides;
}

// The file that `runner best --yaml` would print.
void check_written_out(const sweep::Plan& plan, const sweep::Trial& trial, const config::Schemas& schemas) {
  const std::string yaml = sweep::experiment_yaml(plan.name, trial.config, trial.seed, &schemas);
  const sweep::Plan again = sweep::make_plan(testing::source_of(yaml), schemas);
  require(again.trials.size() == 1, "a trial written out is one trial");
  require(again.trials[0].config == trial.config, "a trial written out has the same configuration");
  require(again.trials[0].seed == trial.seed, "a trial written out has the same seed");
}

void check_plan(const sweep::Plan& plan, const config::Schemas& schemas) {
  require(!plan.trials.empty(), "a plan has trials");
  require(!plan.config_hash.empty(), "a plan has a hash");
  for (const char* path : {"data.path", "model.hidden_size", "train.optimizer.lr", "samples.prefixes[1]", "", "a..b"}) {
    plan.locate(plan.trials.size() - 1, path);
  }
  check_written_out(plan, plan.trials.front(), schemas);
  check_written_out(plan, plan.trials.back(), schemas);
}

}  // namespace

void run(std::string_view input) {
  static const config::Schemas schemas = testing::distinct_schemas();
  const std::string text(input);
  std::optional<sweep::Plan> plan;
  try {
    plan = sweep::make_plan(testing::source_of(text, overrides_in(text)), schemas);
  } catch (const config::ConfigError& error) {
    const std::string message = error.what();
    require(!message.empty(), "an error says something");
    require(!invalid_utf8_offset(message), "an error is valid UTF-8");
  }
  if (plan) check_plan(*plan, schemas);
}

}  // namespace runner::fuzz
