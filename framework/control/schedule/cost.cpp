#include "control/schedule/cost.h"

#include <algorithm>

namespace runner::schedule {
namespace {

constexpr double kMatrices = 4;  // between a plain cell's two and an LSTM's eight

// A number of a mapping, at least 1: that of a dataset that says less is not known.
double number_in(const Json& mapping, const std::string& name) {
  const auto found = mapping.find(name);
  return found != mapping.end() && found->is_number() ? std::max(1.0, found->get<double>()) : 1;
}

double weights_met(const Json& model, double vocabulary, const std::vector<ParamSpec>& params) {
  double layers = 1, squares = 0, widest = 1;
  for (const ParamSpec& param : params) {
    const double value = number_in(model, param.name);
    if (param.unit == "layers") layers *= value;
    if (param.unit != "units") continue;
    squares += value * value;
    widest = std::max(widest, value);
  }
  const double weights = layers * kMatrices * squares + widest * vocabulary;
  return model.value("bidirectional", Json()) == true ? 2 * weights : weights;
}

}  // namespace

double estimated_work(const Json& config, const Json& facts, const std::vector<ParamSpec>& model_params) {
  return number_in(config.at("train"), "epochs") * number_in(facts, "train_tokens") *
         weights_met(config.at("model"), number_in(facts, "vocabulary"), model_params);
}

void order_longest_first(std::vector<Task>& tasks) {
  std::stable_sort(tasks.begin(), tasks.end(), [](const Task& a, const Task& b) { return a.view.work > b.view.work; });
}

}  // namespace runner::schedule
