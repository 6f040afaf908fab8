#include "control/cli/difference.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "common/json.h"
#include "common/text.h"

namespace runner::cli {
namespace {

constexpr size_t kMostValues = 10;  // of one parameter, in print

// The distinct values that trials give a parameter, in their order.
class Values {
 public:
  void add(const std::string& value) {
    if (known_.insert(value).second) in_order_.push_back(value);
  }
  bool have(const std::string& value) const { return known_.count(value) > 0; }
  bool are_those_of(const Values& other) const { return known_ == other.known_; }

  // Where there are too many to be shown, "…" stands for the others, and those that `other` lacks come first.
  std::string text(const Values& other) const {
    if (in_order_.empty()) return "(none)";
    std::set<size_t> shown;
    for (const bool lacking : {true, false}) {
      for (size_t i = 0; i < in_order_.size() && shown.size() < kMostValues; ++i) {
        if (other.have(in_order_[i]) != lacking) shown.insert(i);
      }
    }
    std::vector<std::string> words;
    size_t next = 0;
    for (const size_t i : shown) {
      if (i > next) words.emplace_back("…");
      words.push_back(in_order_[i]);
      next = i + 1;
    }
    if (next < in_order_.size()) words.emplace_back("…");
    return join(words, ", ");
  }

 private:
  std::vector<std::string> in_order_;
  std::set<std::string> known_;
};

// What decides a trial's numbers, by path. How often it is saved does not: a sweep goes on with another `checkpoint`.
template <typename Trial>
std::map<std::string, std::string> parameters_of(const Trial& trial) {
  std::map<std::string, std::string> parameters = {{"seed", std::to_string(trial.seed)}};
  for (const auto& [path, value] : leaves_of(trial.config)) {
    if (path.rfind("train.checkpoint", 0) != 0) parameters[path] = value.dump();
  }
  return parameters;
}

template <typename Trials>
std::map<std::string, Values> values_of(const Trials& trials) {
  std::map<std::string, Values> values;
  for (const auto& trial : trials) {
    for (const auto& [path, value] : parameters_of(trial)) values[path].add(value);
  }
  return values;
}

// Calls `use` with every path that is in either, and with what each has under it.
template <typename Value, typename Use>
void for_each_path(std::map<std::string, Value> before, std::map<std::string, Value> now, const Use& use) {
  for (const auto& [path, ignored] : before) now.emplace(path, Value());
  for (const auto& [path, value] : now) use(path, before[path], value);
}

std::string line(const std::string& path, const std::string& before, const std::string& now) {
  return before == now ? "" : "  " + path + ": " + before + " -> " + now + "\n";
}

std::string metric_difference(const store::SweepState& stored, const sweep::Metric& metric) {
  const auto goal = [](bool minimize) { return minimize ? "minimize" : "maximize"; };
  return line("sweep.metric.name", stored.metric, metric.name) +
         line("sweep.metric.goal", goal(stored.minimize), goal(metric.minimize));
}

std::string value_difference(const store::SweepState& stored, const sweep::Plan& plan) {
  std::string text;
  for_each_path(values_of(stored.trials), values_of(plan.trials),
                [&](const std::string& path, const Values& before, const Values& now) {
                  if (!before.are_those_of(now)) text += line(path, before.text(now), now.text(before));
                });
  return text;
}

// Of trials that share their values out among them otherwise than before, or are fewer or more.
std::string trial_difference(const store::SweepState& stored, const sweep::Plan& plan) {
  const size_t before = stored.trials.size(), now = plan.trials.size();
  const std::string count = line("trials", std::to_string(before), std::to_string(now));
  for (size_t i = 0; i < std::min(before, now); ++i) {
    std::vector<std::string> changes;
    for_each_path(parameters_of(stored.trials[i]), parameters_of(plan.trials[i]),
                  [&](const std::string& path, const std::string& old_value, const std::string& new_value) {
                    const auto shown = [](const std::string& value) { return value.empty() ? "(none)" : value; };
                    if (old_value != new_value)
                      changes.push_back(path + ": " + shown(old_value) + " -> " + shown(new_value));
                  });
    if (changes.empty()) continue;
    return count + "  the first trial that differs is " + std::to_string(i + 1) + ": " + join(changes, "; ") + "\n";
  }
  return count;
}

}  // namespace

std::string difference(const store::SweepState& stored, const sweep::Plan& plan) {
  const std::string values = value_difference(stored, plan);
  const std::string text =
      metric_difference(stored, plan.metric) + (values.empty() ? trial_difference(stored, plan) : values);
  return text.empty() ? "  in nothing but the sweep's config_hash, which the runner of today makes otherwise\n" : text;
}

}  // namespace runner::cli
