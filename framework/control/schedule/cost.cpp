#include "control/schedule/cost.h"

#include <algorithm>

namespace runner::schedule {
namespace {

// A number of a mapping, at least 1: that of a dataset that says less is not known.
double number_in(const Json& mapping, const std::string& name) {
  const auto found = mapping.find(name);
  return found != mapping.end() && found->is_number() ? std::max(1.0, found->get<double>()) : 1;
}

}  // namespace

double estimated_work(const Json& config, const Json& facts, const TokenWork& model) {
  const double weights = model.inside + model.per_output * number_in(facts, "vocabulary");
  return number_in(config.at("train"), "epochs") * number_in(facts, "train_tokens") * std::max(1.0, weights);
}

void order_longest_first(std::vector<Task>& tasks) {
  std::stable_sort(tasks.begin(), tasks.end(), [](const Task& a, const Task& b) { return a.view.work > b.view.work; });
}

}  // namespace runner::schedule
