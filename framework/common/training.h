// The options of training and sampling that every trial has, whatever its plugins: declared once, read by the runner
// that validates them and by the worker that obeys them.
#pragma once

#include <runner/params.h>

#include <cstdint>
#include <string>
#include <vector>

namespace runner {

// `train:` without the sections in it.
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

// `train.schedule:`, one struct for each name: what becomes of the optimizer's `lr` through training. Each has the
// warm-up: the rate rises linearly from its first step on to what the schedule says (Goyal et al. 2017; Vaswani et al.
// 2017). Epochs are counted from 1 and from the start of training, warm-up or not.
struct ConstantOptions {
  double warmup = 0;  // epochs, also in parts; 0 = none
  static Schema<ConstantOptions> schema();
};
struct StepOptions : ConstantOptions {
  int64_t every = 0;    // epochs between two steps; required
  double factor = 0.1;  // of each step
  static Schema<StepOptions> schema();
};
struct ExponentialOptions : ConstantOptions {  // Zaremba, Sutskever and Vinyals 2014, with their `after`
  double factor = 0;                           // of every epoch; required
  int64_t after = 1;                           // epochs at the full rate
  static Schema<ExponentialOptions> schema();
};
struct CosineOptions : ConstantOptions {  // Loshchilov and Hutter 2017: one fall, after the warm-up
  double min_lr = 0;
  static Schema<CosineOptions> schema();
};
struct HalveOnPlateauOptions : ConstantOptions {
  std::string metric = "valid_perplexity";  // one of followed_metric_names()
  int64_t patience = 1;                     // epochs without an improvement, then the rate falls
  double min_delta = 0;                     // an improvement is larger, in the metric's unit
  double factor = 0.5;
  double min_lr = 0;
  static Schema<HalveOnPlateauOptions> schema();
};

// `train.early_stopping:`
struct EarlyStoppingOptions {
  std::string metric = "valid_perplexity";  // one of followed_metric_names()
  int64_t patience = 0;                     // epochs without an improvement, then training ends; 0 = never
  double min_delta = 0;                     // an improvement is larger, in the metric's unit
  static Schema<EarlyStoppingOptions> schema();
};

// `train.checkpoint:`. It changes no number, so it is no part of what a trial is known by.
struct CheckpointOptions {
  Duration every{60};       // between two checkpoints; 0 = none
  int64_t keep_latest = 2;  // the one before the last stands in for it when that is damaged
  int64_t keep_best = 0;    // so many of the best epochs, by the sweep's metric, leave their weights
  static Schema<CheckpointOptions> schema();
};

// What a section's `name` may say, and the parameters that stand beside it.
struct OptionKind {
  std::string name;
  std::vector<ParamSpec> params;
};

inline constexpr const char* kDefaultOptimizer = "adam";
inline constexpr const char* kDefaultSchedule = "constant";

// sgd, adam, adamw, rmsprop
const std::vector<OptionKind>& optimizer_kinds();
// constant, step, exponential, cosine, halve_on_plateau
const std::vector<OptionKind>& schedule_kinds();

// What sweep.metric.name may be: of what a trial reports of every epoch, all that says something of its result. Those
// of held-out text begin with kHeldOutPrefix.
const std::vector<std::string>& metric_names();
inline constexpr const char* kHeldOutPrefix = "valid_";

// What training itself may follow. All are the better the smaller; none depends on the speed of the machine, so that
// training stays reproducible, and there is each for every dataset, those of held-out text where it has some.
const std::vector<std::string>& followed_metric_names();

}  // namespace runner
