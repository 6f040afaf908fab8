// The `check` job: rules across options, judged by the plugins themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/host/worker_process.h"

namespace runner {
namespace {

using ::testing::ElementsAre;
using testing::fixture;
using ::testing::HasSubstr;
using testing::types;

protocol::Component tiny_model(const std::string& rule) {
  return {"tiny_model", fixture("tiny"), {{"work", 3}, {"rule", rule}}};
}

std::vector<Json> problems(const protocol::CheckJob& job) {
  testing::WorkerProcess worker;
  return testing::of_type(worker.run(protocol::command_line(job)), "problem");
}

TEST(CheckJob, SaysNothingAboutSoundOptions) {
  const protocol::Component data = {"tiny_data", fixture("tiny"), Json::object()};
  EXPECT_TRUE(problems({{tiny_model("none")}, {data}}).empty());
}

TEST(CheckJob, PassesOnWhatModelsSayOfTheirWork) {
  testing::WorkerProcess worker;
  const protocol::CheckJob job = {{tiny_model("none"), tiny_model("option")}, {}};
  const auto checked = testing::of_type(worker.run(protocol::command_line(job)), "checked");
  ASSERT_EQ(checked.size(), 1u);
  EXPECT_EQ(checked[0].at("token_work"), (Json{{27.0, 1.0}, nullptr}));
}

TEST(CheckJob, NamesTheOption) {
  const auto found = problems({{tiny_model("none"), tiny_model("option")}, {}});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].at("path"), "models.1.work");
  EXPECT_EQ(found[0].at("message"), "work and rule do not go together");
}

TEST(CheckJob, NamesThePluginAsAWhole) {
  const auto found = problems({{tiny_model("whole"), tiny_model("crash")}, {}});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].at("path"), "models.0");
  EXPECT_EQ(found[1].at("path"), "models.1");
  EXPECT_THAT(found[1].at("message").get<std::string>(), HasSubstr("an exception of type int"));
}

TEST(CheckJob, ReportsOptionsAndComponentsThatThePluginLacks) {
  const protocol::Component changed = {"tiny_model", fixture("tiny"), {{"height", 3}}};
  const protocol::Component gone = {"huge_data", fixture("tiny"), Json::object()};
  const auto found = problems({{changed}, {gone}});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].at("path"), "models.0");
  EXPECT_THAT(found[0].at("message").get<std::string>(), HasSubstr("\"height\""));
  EXPECT_EQ(found[1].at("path"), "datasets.0");
  EXPECT_THAT(found[1].at("message").get<std::string>(), HasSubstr("\"huge_data\""));
}

}  // namespace
}  // namespace runner
