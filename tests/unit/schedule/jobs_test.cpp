// Jobs that never end are ended, and what they are of is told.
#include <gmock/gmock.h>

#include "common/error.h"
#include "control/schedule/preparation.h"
#include "control/schedule/sampling.h"
#include "unit/host/worker_process.h"

namespace runner::schedule {
namespace {

using ::testing::AllOf;
using testing::fixture;
using ::testing::HasSubstr;

// One trial of these plugins.
sweep::Plan plan_of(const Json& model, const std::string& dataset) {
  sweep::Plan plan;
  plan.metric.name = "perplexity";
  sweep::Trial trial;
  trial.config = {{"data", {{"plugin", dataset}}},
                  {"model", model},
                  {"train", {{"device", "cpu"}, {"schedule", Json::object()}, {"early_stopping", Json::object()}}},
                  {"samples", {{"prefixes", Json::array()}}}};
  plan.trials.push_back(trial);
  return plan;
}

const Json kTinyModel = {{"plugin", "tiny_model"}};

Preparation prepare(const sweep::Plan& plan, const Duration& time_to_answer) {
  const PluginFiles files = {{{"misbehaving", fixture("misbehaving")}, {"tiny_model", fixture("tiny")}},
                             {{"endless_data", fixture("misbehaving")}, {"tiny_data", fixture("tiny")}}};
  Signals signals;
  WorkerPool pool({1, 1});
  return schedule::prepare(plan, files, "", pool, signals, time_to_answer);
}

// Short, but long enough for a plugin that answers, and for a last word, on a machine that has much to do.
const Duration kShort{3}, kLong{1000};

TEST(EndlessJobs, ACheckOfOptionsIsEndedAfterItsTime) {
  const Json model = {{"plugin", "misbehaving"}, {"place", "check"}, {"manner", "wait"}};
  sweep::Plan plan = plan_of(model, "tiny_data");
  plan.run.hang_timeout = kLong;
  const Preparation preparation = prepare(plan, kShort);
  ASSERT_EQ(preparation.problems.size(), 1u);
  EXPECT_EQ(preparation.problems[0].path, "model");
  EXPECT_THAT(preparation.problems[0].message,
              AllOf(HasSubstr("the worker that checked the options of \"misbehaving\" was killed after 3 s without a "
                              "sign of life: check() and token_work()"),
                    HasSubstr("its last words:\nwaiting")));
  EXPECT_EQ(preparation.facts.at(0).at("vocabulary"), 5) << "the other jobs are done";
}

TEST(EndlessJobs, APreparationOfDataIsEndedAfterTheHangTimeout) {
  sweep::Plan plan = plan_of(kTinyModel, "endless_data");
  plan.run.hang_timeout = kShort;
  const Preparation preparation = prepare(plan, kLong);
  ASSERT_EQ(preparation.problems.size(), 1u);
  EXPECT_EQ(preparation.problems[0].path, "data");
  EXPECT_THAT(preparation.problems[0].message,
              AllOf(HasSubstr("the worker that opened and counted the dataset \"endless_data\" was killed after 3 s "
                              "without a sign of life: run.hang_timeout allows no more"),
                    HasSubstr("its last words:\nwaiting")));
}

TEST(EndlessJobs, SamplingIsEndedAfterItsTime) {
  protocol::SampleJob job;
  job.data = {"endless_data", fixture("misbehaving"), Json::object()};
  job.model = {"tiny_model", fixture("tiny"), Json::object()};
  job.samples = {{"prefixes", {"a"}}};
  job.device = "cpu";
  try {
    sample(job, kShort);
    FAIL() << "it ended";
  } catch (const EnvironmentError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("cannot sample: the worker was killed after 3 s without a sign of life"),
                                    HasSubstr("\"endless_data\" or \"tiny_model\"")));
  }
}

}  // namespace
}  // namespace runner::schedule
