#include "common/training.h"

namespace runner {
namespace {

template <typename Options>
void add_step_options(Schema<Options>& schema) {
  schema.add("lr", &Options::lr).greater_than(0).doc("learning rate");
  schema.add("weight_decay", &Options::weight_decay).at_least(0).doc("weight decay coefficient");
}

template <typename Options>
Schema<Options> adam_schema() {
  Schema<Options> schema;
  add_step_options(schema);
  schema.add("beta1", &Options::beta1).range(0, 0.9999999).doc("decay of the mean of gradients");
  schema.add("beta2", &Options::beta2).range(0, 0.9999999).doc("decay of the mean of squared gradients");
  schema.add("eps", &Options::eps).greater_than(0).doc("added to the denominator");
  return schema;
}

template <typename Options>
Schema<Options> schedule_schema() {
  Schema<Options> schema;
  schema.add("warmup", &Options::warmup)
      .range(0, 1e9)
      .unit("epochs")
      .doc("epochs in which the learning rate rises linearly from 0, 0 = none");
  return schema;
}

template <typename Options>
typename Schema<Options>::Entry add_factor(Schema<Options>& schema, const char* doc) {
  return schema.add("factor", &Options::factor).range(0, 1).greater_than(0).doc(doc);
}

template <typename Options>
void add_min_lr(Schema<Options>& schema) {
  schema.add("min_lr", &Options::min_lr).at_least(0).doc("smallest learning rate after the warm-up");
}

template <typename Options>
void add_improvement_options(Schema<Options>& schema) {
  schema.add("metric", &Options::metric).choices(followed_metric_names()).doc("what shall improve, which is to fall");
  schema.add("min_delta", &Options::min_delta)
      .at_least(0)
      .doc("a metric improves when it falls by more than this below its best");
}

}  // namespace

Schema<TrainOptions> TrainOptions::schema() {
  Schema<TrainOptions> schema;
  schema.add("epochs", &TrainOptions::epochs)
      .required()
      .range(1, 1e9)
      .unit("epochs")
      .doc("passes over the training data");
  schema.add("clip_norm", &TrainOptions::clip_norm).at_least(0).doc("largest global gradient norm, 0 = no clipping");
  schema.add("reset_state", &TrainOptions::reset_state)
      .choices({"epoch", "never"})
      .doc("when carried state starts anew: with every epoch, or never");
  schema.add("device", &TrainOptions::device).doc("auto, cpu, cuda or cuda:N");
  return schema;
}

Schema<SampleOptions> SampleOptions::schema() {
  Schema<SampleOptions> schema;
  schema.add("every", &SampleOptions::every)
      .range(0, 1e9)
      .unit("epochs")
      .doc("epochs between samples, 0 = last epoch only");
  schema.add("length", &SampleOptions::length).range(1, 1e6).unit("tokens").doc("tokens generated after each prefix");
  schema.add("prefixes", &SampleOptions::prefixes).doc("texts to continue; none = no samples");
  schema.add("temperature", &SampleOptions::temperature)
      .at_least(0)
      .doc("tokens are drawn from softmax(logits / temperature), 0 = always the most likely one");
  schema.add("top_k", &SampleOptions::top_k)
      .range(0, 1e9)
      .unit("tokens")
      .doc("drawn from so many most likely tokens, 0 = all (Fan et al. 2018)");
  schema.add("top_p", &SampleOptions::top_p)
      .range(0, 1)
      .greater_than(0)
      .doc("drawn from the fewest tokens that have this probability together, 1 = all (Holtzman et al. 2020)");
  return schema;
}

void SampleOptions::check() const {
  if (temperature > 0) return;
  const char* const cure = " has no effect at temperature 0, which takes the most likely token; set a temperature";
  if (top_k > 0) throw OptionError("top_k", std::string("top_k") + cure);
  if (top_p < 1) throw OptionError("top_p", std::string("top_p") + cure);
}

Schema<SgdOptions> SgdOptions::schema() {
  Schema<SgdOptions> schema;
  add_step_options(schema);
  schema.add("momentum", &SgdOptions::momentum).at_least(0).doc("momentum factor");
  schema.add("nesterov", &SgdOptions::nesterov).doc("Nesterov momentum");
  return schema;
}

Schema<AdamOptions> AdamOptions::schema() { return adam_schema<AdamOptions>(); }

Schema<AdamwOptions> AdamwOptions::schema() { return adam_schema<AdamwOptions>(); }

Schema<RmspropOptions> RmspropOptions::schema() {
  Schema<RmspropOptions> schema;
  add_step_options(schema);
  schema.add("alpha", &RmspropOptions::alpha).range(0, 1).doc("smoothing of the mean of squared gradients");
  schema.add("eps", &RmspropOptions::eps).greater_than(0).doc("added to the denominator");
  schema.add("momentum", &RmspropOptions::momentum).at_least(0).doc("momentum factor");
  return schema;
}

Schema<ConstantOptions> ConstantOptions::schema() { return schedule_schema<ConstantOptions>(); }

Schema<StepOptions> StepOptions::schema() {
  auto schema = schedule_schema<StepOptions>();
  schema.add("every", &StepOptions::every).required().range(1, 1e9).unit("epochs").doc("epochs between two steps");
  add_factor(schema, "what each step multiplies the learning rate by");
  return schema;
}

Schema<ExponentialOptions> ExponentialOptions::schema() {
  auto schema = schedule_schema<ExponentialOptions>();
  add_factor(schema, "what every epoch multiplies the learning rate by").required();
  schema.add("after", &ExponentialOptions::after).range(1, 1e9).unit("epochs").doc("epochs at the full learning rate");
  return schema;
}

Schema<CosineOptions> CosineOptions::schema() {
  auto schema = schedule_schema<CosineOptions>();
  add_min_lr(schema);
  return schema;
}

Schema<HalveOnPlateauOptions> HalveOnPlateauOptions::schema() {
  auto schema = schedule_schema<HalveOnPlateauOptions>();
  add_improvement_options(schema);
  schema.add("patience", &HalveOnPlateauOptions::patience)
      .range(1, 1e9)
      .unit("epochs")
      .doc("epochs without an improvement after which the learning rate falls");
  add_factor(schema, "what the learning rate is multiplied by then");
  add_min_lr(schema);
  return schema;
}

Schema<EarlyStoppingOptions> EarlyStoppingOptions::schema() {
  Schema<EarlyStoppingOptions> schema;
  add_improvement_options(schema);
  schema.add("patience", &EarlyStoppingOptions::patience)
      .range(0, 1e9)
      .unit("epochs")
      .doc("epochs without an improvement after which training ends, 0 = never");
  return schema;
}

Schema<CheckpointOptions> CheckpointOptions::schema() {
  Schema<CheckpointOptions> schema;
  schema.add("every", &CheckpointOptions::every)
      .at_least(0)
      .unit("s")
      .doc("time between two checkpoints of a trial, 0s = none");
  schema.add("keep_latest", &CheckpointOptions::keep_latest)
      .range(1, 1000)
      .unit("checkpoints")
      .doc("how many of the latest checkpoints are kept until the trial is completed");
  schema.add("keep_best", &CheckpointOptions::keep_best)
      .range(0, 1000)
      .unit("epochs")
      .doc("of how many of the best epochs, by the sweep's metric, the weights are kept, 0 = none");
  return schema;
}

const std::vector<OptionKind>& optimizer_kinds() {
  static const std::vector<OptionKind> kinds = {{"sgd", SgdOptions::schema().specs()},
                                                {"adam", AdamOptions::schema().specs()},
                                                {"adamw", AdamwOptions::schema().specs()},
                                                {"rmsprop", RmspropOptions::schema().specs()}};
  return kinds;
}

const std::vector<OptionKind>& schedule_kinds() {
  static const std::vector<OptionKind> kinds = {{"constant", ConstantOptions::schema().specs()},
                                                {"step", StepOptions::schema().specs()},
                                                {"exponential", ExponentialOptions::schema().specs()},
                                                {"cosine", CosineOptions::schema().specs()},
                                                {"halve_on_plateau", HalveOnPlateauOptions::schema().specs()}};
  return kinds;
}

const std::vector<std::string>& metric_names() {
  static const std::vector<std::string> names = {"perplexity",       "loss",       "bits_per_character",
                                                 "valid_perplexity", "valid_loss", "valid_bits_per_character",
                                                 "grad_norm",        "seconds",    "tokens_per_second"};
  return names;
}

const std::vector<std::string>& followed_metric_names() {
  static const std::vector<std::string> names = {"perplexity", "loss", "valid_perplexity", "valid_loss"};
  return names;
}

}  // namespace runner
