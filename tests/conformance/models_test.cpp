// What every model of this tree must do, whatever its cell and options: the checks of runner/testing.h.
#include <gtest/gtest.h>

#include "gru/gru_layer.h"
#include "lstm/lstm_layer.h"
#include "models/fused/fused_layer.h"
#include "models/scratch/models.h"
#include "rnn/rnn_layer.h"
#include "runner/recurrent/net.h"
#include "runner/testing.h"

namespace runner {
namespace {

struct Case {
  std::string name;
  const ModelFactory* factory;
  ParamValues values;
  bool causal = true;
};

template <typename M>
const ModelFactory* factory_of() {
  return static_cast<const ModelFactory*>(model<M>("test", "").factory);
}
template <typename L>
const ModelFactory* module_factory() {
  return factory_of<recurrent::RecurrentModel<L>>();
}
template <typename L>
const ModelFactory* scratch_factory() {
  return factory_of<ModuleModel<scratch::SingleNet<L>>>();
}

using Factories = std::vector<std::pair<std::string, const ModelFactory*>>;

// Of plugins that stack their layers, in one or both directions.
Factories stacks() {
  return {{"rnn", module_factory<recurrent::RnnLayer>()},   {"gru", module_factory<recurrent::GruLayer>()},
          {"lstm", module_factory<recurrent::LstmLayer>()}, {"rnn_fused", module_factory<fused::RnnLayer>()},
          {"gru_fused", module_factory<fused::GruLayer>()}, {"lstm_fused", module_factory<fused::LstmLayer>()}};
}

Factories single_layers() {
  return {{"rnn_scratch", scratch_factory<scratch::RnnLayer>()},
          {"gru_scratch", scratch_factory<scratch::GruLayer>()},
          {"lstm_scratch", scratch_factory<scratch::LstmLayer>()}};
}

// Large enough weights that every part of the equations matters.
ParamValues with(ParamValues more) {
  more.insert({{"hidden_size", int64_t{5}}, {"init_std", 0.5}});
  return more;
}

void add_options(std::vector<Case>& cases, const std::string& name, const ModelFactory* factory,
                 const ParamValues& base, bool causal) {
  const auto add = [&](const std::string& option, ParamValues values) {
    values.insert(base.begin(), base.end());
    cases.push_back({name + "_" + option, factory, with(std::move(values)), causal});
  };
  const std::string normal = "normal", orthogonal = "orthogonal", standard = "default";
  const int64_t width = causal ? 5 : 10;
  add("normal", {{"init", normal}});
  add("default", {{"init", standard}});
  add("orthogonal", {{"init", orthogonal}});
  add("norm", {{"init", normal}, {"layer_norm", true}});
  add("embedding", {{"init", normal}, {"embedding_size", int64_t{3}}});
  add("tied", {{"init", normal}, {"embedding_size", width}, {"tie_weights", true}});
}

std::vector<Case> cases() {
  std::vector<Case> cases;
  for (const auto& [name, factory] : single_layers()) add_options(cases, name, factory, {}, true);
  for (const auto& [name, factory] : stacks()) {
    const ParamValues deep = {{"num_layers", int64_t{3}}, {"dropout", 0.3}};
    add_options(cases, name, factory, {}, true);
    add_options(cases, name + "_deep", factory, deep, true);
    add_options(cases, name + "_residual", factory, {{"num_layers", int64_t{2}}, {"residual", true}}, true);
    add_options(cases, name + "_both", factory, {{"num_layers", int64_t{2}}, {"bidirectional", true}}, false);
  }
  for (const std::string cell : {"rnn", "gru", "lstm"}) {
    const ParamValues deep = {{"cell", cell}, {"num_layers", int64_t{3}}};
    add_options(cases, "deep_" + cell, factory_of<ModuleModel<scratch::DeepNet>>(), deep, true);
    ParamValues residual = deep;
    residual.insert({"residual", true});
    add_options(cases, "residual_" + cell, factory_of<ModuleModel<scratch::DeepNet>>(), residual, true);
    add_options(cases, "bidirectional_" + cell, factory_of<ModuleModel<scratch::BidirectionalNet>>(), {{"cell", cell}},
                false);
  }
  add_options(cases, "gru_fused_reset_before", module_factory<fused::GruLayer>(), {{"reset_after", false}}, true);
  add_options(cases, "lstm_fused_forget_bias", module_factory<fused::LstmLayer>(), {{"forget_bias", 1.0}}, true);
  add_options(cases, "gru_reset_before", scratch_factory<scratch::GruLayer>(), {{"reset_after", false}}, true);
  add_options(cases, "lstm_forget_bias", scratch_factory<scratch::LstmLayer>(), {{"forget_bias", 1.0}}, true);
  return cases;
}

class Models : public ::testing::TestWithParam<Case> {};

TEST_P(Models, KeepEveryPromise) {
  testing::ModelChecks checks;
  checks.causal = GetParam().causal;
  for (const auto& finding : testing::check_model(*GetParam().factory, GetParam().values, checks)) {
    ADD_FAILURE() << finding.check << ": " << finding.message;
  }
}

// The matrices that a token is multiplied by. A one-hot token chooses a row of the first layer's, and one of an
// embedding.
int64_t matrix_elements(const NamedTensors& parameters) {
  const auto named = [](const std::string& name, const char* part) { return name.find(part) != std::string::npos; };
  bool embeds = false, ties = true;
  for (const auto& [name, value] : parameters) {
    embeds |= name == "embedding.weight";
    ties &= name != "output.weight";
  }
  int64_t elements = 0;
  for (const auto& [name, value] : parameters) {
    const bool reads_tokens = named(name, "layer0") && (named(name, "weight_ih") || named(name, "W_x"));
    const bool only_chooses = embeds ? name == "embedding.weight" && !ties : reads_tokens;
    if (value.dim() == 2 && !only_chooses) elements += value.numel();
  }
  return elements;
}

TEST_P(Models, TellTheWorkOfAToken) {
  constexpr int64_t kVocabulary = 11;
  const auto model = GetParam().factory->create(GetParam().values, {kVocabulary, at::kCPU, at::kFloat});
  const TokenWork work = GetParam().factory->token_work(GetParam().values);
  EXPECT_EQ(work.inside + work.per_output * kVocabulary, matrix_elements(model->named_parameters()));
}

INSTANTIATE_TEST_SUITE_P(All, Models, ::testing::ValuesIn(cases()),
                         [](const auto& tested) { return tested.param.name; });

TEST(Conformance, FindsAModelThatSeesTheFuture) {
  const ParamValues values = with({{"bidirectional", true}});
  const auto findings = testing::check_model(*module_factory<recurrent::GruLayer>(), values);
  std::vector<std::string> checks;
  for (const auto& finding : findings) checks.push_back(finding.check);
  EXPECT_EQ(checks, (std::vector<std::string>{"chunks", "causality"}));
}

}  // namespace
}  // namespace runner
