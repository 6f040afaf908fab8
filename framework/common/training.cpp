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

const std::vector<OptimizerKind>& optimizer_kinds() {
  static const std::vector<OptimizerKind> kinds = {{"sgd", SgdOptions::schema().specs()},
                                                   {"adam", AdamOptions::schema().specs()},
                                                   {"adamw", AdamwOptions::schema().specs()},
                                                   {"rmsprop", RmspropOptions::schema().specs()}};
  return kinds;
}

const std::vector<std::string>& metric_names() {
  static const std::vector<std::string> names = {"perplexity",       "loss",       "bits_per_character",
                                                 "valid_perplexity", "valid_loss", "valid_bits_per_character",
                                                 "grad_norm",        "seconds",    "tokens_per_second"};
  return names;
}

}  // namespace runner
