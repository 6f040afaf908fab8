#include <gmock/gmock.h>
#include <runner/params.h>

#include "common/params_json.h"
#include "common/training.h"

namespace runner {
namespace {

struct Options {
  int64_t size = 3;
  double rate = 0.5;
  bool on = true;
  std::string mode = "slow";
  std::filesystem::path file = "a/b";
  std::vector<std::string> words = {"x", "y"};
  Duration limit{90};
  ByteSize memory{1 << 20};
};

Schema<Options> schema() {
  Schema<Options> schema;
  schema.add("size", &Options::size).range(1, 10).unit("units").doc("how large");
  schema.add("rate", &Options::rate).greater_than(0);
  schema.add("on", &Options::on);
  schema.add("mode", &Options::mode).choices({"slow", "fast"});
  schema.add("file", &Options::file).required();
  schema.add("words", &Options::words);
  schema.add("limit", &Options::limit);
  schema.add("memory", &Options::memory);
  return schema;
}

TEST(Schema, TakesDefaultsFromTheStruct) {
  const auto specs = schema().specs();
  EXPECT_EQ(std::get<int64_t>(*specs[0].default_value), 3);
  EXPECT_EQ(specs[0].type, ParamType::integer);
  EXPECT_FALSE(specs[4].default_value.has_value());
  EXPECT_EQ(specs[4].type, ParamType::path);
}

TEST(Schema, FillsWhatIsGivenAndLeavesTheRest) {
  const Options options = schema().fill({{"size", int64_t{7}}, {"mode", std::string("fast")}, {"limit", Duration{5}}});
  EXPECT_EQ(options.size, 7);
  EXPECT_EQ(options.mode, "fast");
  EXPECT_EQ(options.limit.seconds, 5);
  EXPECT_EQ(options.rate, 0.5);
}

TEST(ParamsJson, EverySpecSurvivesTheWayThroughJson) {
  for (const ParamSpec& spec : schema().specs()) {
    EXPECT_EQ(to_json(spec_from_json(to_json(spec))), to_json(spec)) << spec.name;
  }
}

TEST(ParamsJson, EveryDefaultSurvivesTheWayThroughJson) {
  const auto specs = schema().specs();
  Json object = Json::object();
  for (const ParamSpec& spec : specs) {
    if (spec.default_value) object[spec.name] = to_json(*spec.default_value);
  }
  const Options options = schema().fill(values_from_json(specs, object));
  EXPECT_EQ(options.words, Options().words);
  EXPECT_EQ(options.memory.bytes, Options().memory.bytes);
}

TEST(ParamsJson, RefusesOtherTypesAndUnknownNames) {
  const auto specs = schema().specs();
  EXPECT_THROW(values_from_json(specs, {{"size", "3"}}), std::invalid_argument);
  EXPECT_THROW(values_from_json(specs, {{"size", 3.5}}), std::invalid_argument);
  EXPECT_THROW(values_from_json(specs, {{"words", {1, 2}}}), std::invalid_argument);
  EXPECT_THROW(values_from_json(specs, {{"sise", 3}}), std::invalid_argument);
  EXPECT_THROW(spec_from_json({{"name", "x"}}), std::invalid_argument);
}

TEST(Training, KnowsTheOptimizersOfTheHouse) {
  std::vector<std::string> names;
  for (const OptionKind& kind : optimizer_kinds()) names.push_back(kind.name);
  EXPECT_THAT(names, ::testing::ElementsAre("sgd", "adam", "adamw", "rmsprop"));
}

TEST(Training, KnowsTheSchedulesOfTheHouseAndEachHasAWarmup) {
  std::vector<std::string> names;
  for (const OptionKind& kind : schedule_kinds()) {
    names.push_back(kind.name);
    EXPECT_TRUE(std::any_of(kind.params.begin(), kind.params.end(), [](const auto& p) { return p.name == "warmup"; }));
  }
  EXPECT_THAT(names, ::testing::ElementsAre("constant", "step", "exponential", "cosine", "halve_on_plateau"));
}

// What a sweep may be judged by and training cannot follow: units and speeds.
TEST(Training, FollowsMetricsThatATrialReports) {
  for (const std::string& name : followed_metric_names()) EXPECT_THAT(metric_names(), ::testing::Contains(name));
}

}  // namespace
}  // namespace runner
