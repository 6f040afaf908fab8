#include "control/cli/identity.h"

#include <algorithm>
#include <iostream>

#include "common/error.h"
#include "control/cli/ask.h"
#include "control/cli/difference.h"

namespace runner::cli {
namespace {

// What is wrong with the trial that stands in the place of `planned`.
std::string deviation(const store::TrialState& found, const sweep::Trial& planned) {
  const std::string name = "trial " + std::to_string(found.number);
  if (found.seed != planned.seed) {
    return name + " has the seed " + std::to_string(found.seed) + ", expected " + std::to_string(planned.seed);
  }
  if (found.config_hash != planned.config_hash) {
    return name + " has the config_hash " + found.config_hash + ", expected " + planned.config_hash;
  }
  return "";
}

// The first of a sweep's trials, which are sorted by number like the plan's, that is not as planned; empty: all are.
std::string first_deviation(const std::vector<store::TrialState>& found, const std::vector<sweep::Trial>& planned) {
  for (size_t i = 0; i < std::max(found.size(), planned.size()); ++i) {
    if (i == planned.size() || (i < found.size() && found[i].number < planned[i].number)) {
      return "trial " + std::to_string(found[i].number) + " is none of its trials, which are numbered 1 to " +
             std::to_string(planned.size());
    }
    if (i == found.size() || found[i].number > planned[i].number) {
      return "trial " + std::to_string(planned[i].number) + " (seed " + std::to_string(planned[i].seed) + ") is gone";
    }
    const std::string text = deviation(found[i], planned[i]);
    if (!text.empty()) return text;
  }
  return "";
}

}  // namespace

void require_planned_trials(const std::filesystem::path& database, const store::SweepState& stored,
                            const sweep::Plan& plan) {
  const std::string text = first_deviation(stored.trials, plan.trials);
  if (text.empty()) return;
  const std::string id = std::to_string(stored.sweep_id);
  throw EnvironmentError(database.string() + ": sweep " + id + " (" + stored.name +
                         ") is not as it was planned: " + text +
                         ". Its rows were changed or lost outside the runner: go back to a copy made before, or start "
                         "another sweep with `runner sweep FILE --fresh`; `runner show " +
                         id + "` shows what is left of this one");
}

std::optional<store::SweepState> find_own_sweep(store::Store& store, const sweep::Plan& plan) {
  std::optional<store::SweepState> own = store.find_sweep(plan.name, plan.config_hash);
  if (own) return own;
  const std::optional<store::SweepState> other = store.find_unfinished_sweep(plan.name);
  if (!other) return std::nullopt;
  const std::string text = "sweep " + std::to_string(other->sweep_id) + " (" + plan.name +
                           ") is unfinished, and this experiment differs from it:\n" + difference(*other, plan);
  if (!can_ask()) {
    throw RequestError(text + "add --fresh to start another sweep beside it, or run `runner resume " +
                       std::to_string(other->sweep_id) + "` to finish that one as it was");
  }
  std::cerr << text;
  if (!ask("Start another sweep beside it?")) throw RequestError("nothing was started");
  return std::nullopt;
}

}  // namespace runner::cli
