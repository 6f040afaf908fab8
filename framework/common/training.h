// The options of training and sampling that every trial has, whatever its plugins: declared once, read by the runner
// that validates them and by the worker that obeys them.
#pragma once

#include <runner/params.h>

#include <cstdint>
#include <string>
#include <vector>

namespace runner {

// `train:` without its optimizer.
struct TrainOptions {
  int64_t epochs = 0;                 // required
  double clip_norm = 0;               // largest global gradient norm; 0 = no clipping
  std::string reset_state = "epoch";  // epoch: a new state at the start of every epoch; never: carried on
  std::string device = "auto";        // auto | cpu | cuda | cuda:N
  static Schema<TrainOptions> schema();
};

// `samples:`
struct SampleOptions {
  int64_t every = 0;    // sample after every that many epochs, and after the last; 0 = after the last only
  int64_t length = 50;  // tokens generated after each prefix
  std::vector<std::string> prefixes;  // empty = no samples
  double temperature = 0;             // tokens are drawn from softmax(logits / temperature); 0 = the most likely one
  int64_t top_k = 0;                  // drawn from so many most likely tokens; 0 = from all
  double top_p = 1;                   // drawn from the fewest tokens with this probability together; 1 = from all
  static Schema<SampleOptions> schema();
  // Throws OptionError for options that do not go together.
  void check() const;
};

// `train.optimizer:`, one struct for each name. Update rules and defaults are those of torch::optim.
struct SgdOptions {
  double lr = 0.01, momentum = 0, weight_decay = 0;
  bool nesterov = false;
  static Schema<SgdOptions> schema();
};
struct AdamOptions {  // Kingma and Ba, 2015
  double lr = 0.001, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
  static Schema<AdamOptions> schema();
};
struct AdamwOptions : AdamOptions {  // Loshchilov and Hutter, 2019: decays the weights themselves, not the gradient
  AdamwOptions() { weight_decay = 0.01; }
  static Schema<AdamwOptions> schema();
};
struct RmspropOptions {
  double lr = 0.01, alpha = 0.99, eps = 1e-8, momentum = 0, weight_decay = 0;
  static Schema<RmspropOptions> schema();
};

struct OptimizerKind {
  std::string name;
  std::vector<ParamSpec> params;
};

inline constexpr const char* kDefaultOptimizer = "adam";

// sgd, adam, adamw, rmsprop: what `optimizer.name` may be and the parameters that stand beside it.
const std::vector<OptimizerKind>& optimizer_kinds();

// What a trial reports of every epoch, and so what sweep.metric.name may be. Those of held-out text begin with
// "valid_".
const std::vector<std::string>& metric_names();

}  // namespace runner
