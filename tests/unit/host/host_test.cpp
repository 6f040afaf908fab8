// The host's life: one job after another, each in a child of its own, and nobody left behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <iterator>

#include "common/error.h"
#include "common/paths.h"
#include "common/text.h"
#include "unit/host/worker_process.h"

namespace runner {
namespace {

using protocol::command_line;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::fixture;
using ::testing::HasSubstr;
using testing::of_type;
using testing::train_job;
using testing::types;
using testing::WorkerProcess;

std::ptrdiff_t threads_of(pid_t pid) {
  using Iterator = std::filesystem::directory_iterator;
  return std::distance(Iterator("/proc/" + std::to_string(pid) + "/task"), Iterator());
}

protocol::CheckJob check_tiny() { return {{{"tiny_model", fixture("tiny"), {{"work", 1}}}}, {}}; }

void expect_left_by_itself(const Json& exited) {
  EXPECT_EQ(exited.at("code"), 0);
  EXPECT_EQ(exited.at("signal"), 0);
}

TEST(Host, SaysWhatItComputesWith) {
  WorkerProcess worker;
  const Json environment = worker.ready().at("environment");
  EXPECT_EQ(worker.ready().at("pid"), worker.pid());
  EXPECT_FALSE(environment.at("libtorch").get<std::string>().empty());
  EXPECT_FALSE(environment.at("blas").at("file").get<std::string>().empty());
  EXPECT_FALSE(environment.at("blas").at("description").get<std::string>().empty());
  EXPECT_FALSE(environment.at("compiler").get<std::string>().empty());
  EXPECT_TRUE(environment.at("sdk_abi").is_number_integer());
  EXPECT_TRUE(environment.at("cuda_compiled").is_boolean());
}

TEST(Host, PrintsTheSameOnRequest) {
  const CapturedRun run = run_and_capture({{worker_executable().string(), "--environment"}, {}});
  EXPECT_TRUE(run.status.succeeded()) << run.errors;
  EXPECT_EQ(protocol::parse(run.output).type, "ready");
}

// As when the runner was gone before the worker had loaded LibTorch: its parent, here a shell, is not who started it.
TEST(Worker, LeavesAtOnceWhenWhoStartedItIsGone) {
  const std::string worker = quoted_for_shell(worker_executable().string());
  for (const std::string& program :
       {worker, worker + " --environment", worker + " --describe " + quoted_for_shell(fixture("tiny"))}) {
    const CapturedRun run = run_and_capture({{"/bin/sh", "-c", program + "; exit $?"}, {}});
    EXPECT_EQ(run.status.code, static_cast<int>(ExitCode::environment)) << program;
    EXPECT_EQ(run.output + run.errors, "");
  }
}

TEST(Host, TrainsInAChild) {
  WorkerProcess worker;
  const auto events = worker.run(command_line(train_job("tiny", "tiny_model", Json::object(), 2)));
  EXPECT_EQ(events.front().type, "forked");
  EXPECT_NE(events.front().body.at("pid"), worker.pid());
  EXPECT_EQ(of_type(events, "epoch").size(), 2u) << worker.errors();
  EXPECT_EQ(of_type(events, "finished").size(), 1u) << worker.errors();
  expect_left_by_itself(events.back().body);
}

TEST(Host, PreparesADataset) {
  WorkerProcess worker;
  const auto events =
      worker.run(command_line(protocol::PrepareJob{{"tiny_data", fixture("tiny"), Json::object()}, {}, ""}));
  ASSERT_THAT(types(events), ElementsAre("forked", "prepared", "exited")) << worker.errors();
  EXPECT_EQ(events[1].body.at("facts").at("vocabulary"), 5);
}

TEST(Host, ListsDevices) {
  WorkerProcess worker;
  const auto events = worker.run(protocol::list_devices_line());
  ASSERT_THAT(types(events), ElementsAre("forked", "devices", "exited"));
  EXPECT_TRUE(events[1].body.at("cuda").is_array());
}

TEST(Host, ForksAHundredChildrenAndNoneHangs) {
  WorkerProcess worker;
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(threads_of(worker.pid()), 1);
    if (i % 4 == 0) {
      ASSERT_THAT(types(worker.run(command_line(check_tiny()))), ElementsAre("forked", "checked", "exited"));
      continue;
    }
    protocol::TrainJob job = train_job("tiny", "tiny_model", {{"work", 300}});
    job.threads = 1 + i % 2;
    const auto events = worker.run(command_line(job));
    ASSERT_EQ(of_type(events, "finished").size(), 1u) << worker.errors();
    expect_left_by_itself(events.back().body);
  }
  worker.close_input();
  EXPECT_TRUE(worker.wait_for_all().succeeded());
}

TEST(Host, RefusesToForkFromSeveralThreads) {
  WorkerProcess worker(testing::Variables{{"LD_PRELOAD", EXTRA_THREAD_LIBRARY}});
  const auto events = worker.run(command_line(train_job("tiny", "tiny_model", Json::object())));
  ASSERT_THAT(types(events), ElementsAre("failed", "exited"));
  EXPECT_EQ(events[0].body.at("trial"), 7);
  EXPECT_THAT(events[0].body.at("message").get<std::string>(), HasSubstr("2 threads"));
  EXPECT_EQ(events[1].body.at("code"), static_cast<int>(ExitCode::environment));
  EXPECT_THAT(types(worker.run(command_line(check_tiny()))), ElementsAre("problem", "exited"));
}

TEST(Host, StopsATraining) {
  WorkerProcess worker;
  worker.send(command_line(train_job("tiny", "tiny_model", Json::object(), 1000000000)));
  worker.until("started");
  worker.send(protocol::stop_line());
  const auto events = worker.until("exited");
  EXPECT_EQ(of_type(events, "stopped").size(), 1u);
  expect_left_by_itself(events.back().body);
}

TEST(Host, KillsATrainingAndGoesOn) {
  WorkerProcess worker;
  worker.send(command_line(train_job("misbehaving", "misbehaving", {{"place", "forward"}, {"manner", "wait"}})));
  worker.until("started");
  worker.send(protocol::kill_line());
  EXPECT_EQ(worker.until("exited").back().body.at("signal"), SIGKILL);
  worker.send(protocol::kill_line());  // nothing is in hand
  worker.send(protocol::stop_line());
  EXPECT_THAT(types(worker.run(command_line(check_tiny()))), ElementsAre("forked", "checked", "exited"));
}

// Returns when the training, which has no end, is in the group of its host.
void train_outside_its_group(WorkerProcess& worker) {
  worker.send(command_line(train_job("misbehaving", "misbehaving", {{"manner", "leave_group"}}, 1000000000)));
  worker.until("epoch");
}

TEST(Host, KillsATrainingThatLeftItsGroup) {
  WorkerProcess worker;
  train_outside_its_group(worker);
  worker.send(protocol::kill_line());
  EXPECT_EQ(worker.until("exited").back().body.at("signal"), SIGKILL);
}

TEST(Host, LeavesNoChildThatLeftItsGroup) {
  WorkerProcess worker;
  train_outside_its_group(worker);
  worker.close_input();
  EXPECT_TRUE(worker.wait_for_all().succeeded());
}

TEST(Host, IgnoresCtrlC) {
  WorkerProcess worker;
  worker.kill(SIGINT);
  worker.send(command_line(train_job("misbehaving", "misbehaving", {{"place", "forward"}, {"manner", "wait"}})));
  const pid_t child = worker.until("started").front().body.at("pid");
  ::kill(child, SIGINT);
  worker.send(protocol::kill_line());
  EXPECT_EQ(worker.until("exited").back().body.at("signal"), SIGKILL);
}

// The pipes of host and child end only when both are gone, so waiting for them proves it.
TEST(Host, LeavesNoChildWhenItsInputEnds) {
  WorkerProcess worker;
  worker.send(command_line(train_job("misbehaving", "misbehaving", {{"place", "forward"}, {"manner", "wait"}})));
  const pid_t child = worker.until("started").front().body.at("pid");
  worker.close_input();
  EXPECT_TRUE(worker.wait_for_all().succeeded());
  EXPECT_EQ(::kill(child, 0), -1);
}

TEST(Host, HandsOnThatItShallEnd) {
  WorkerProcess worker;
  worker.send(command_line(train_job("tiny", "tiny_model", Json::object(), 1000000000)));
  worker.until("epoch");
  worker.kill(SIGTERM);
  const auto events = worker.until("exited");
  EXPECT_EQ(of_type(events, "stopped").size(), 1u);
  EXPECT_THAT(types(worker.run(command_line(check_tiny()))), ElementsAre("forked", "checked", "exited"));
  worker.kill(SIGTERM);  // it has nobody to hand it on to
  EXPECT_EQ(worker.wait_for_all().code, static_cast<int>(ExitCode::terminated));
}

TEST(Host, TakesItsChildAlongWhenItIsKilled) {
  WorkerProcess worker;
  worker.send(command_line(train_job("misbehaving", "misbehaving", {{"place", "constructor"}, {"manner", "wait"}})));
  worker.until("forked");
  worker.kill(SIGKILL);
  EXPECT_EQ(worker.wait_for_all().signal, SIGKILL);
}

TEST(Host, RefusesWhatIsNoCommand) {
  for (const std::string line : {"nonsense\n", "{\"v\":3,\"type\":\"dance\"}\n", "{\"v\":99,\"type\":\"list\"}\n"}) {
    WorkerProcess worker;
    worker.send(line);
    EXPECT_EQ(worker.wait_for_all().code, static_cast<int>(ExitCode::bad_request));
    EXPECT_THAT(worker.errors(), HasSubstr("worker: "));
  }
}

TEST(Host, FailsAJobWithoutItsFields) {
  WorkerProcess worker;
  const auto events = worker.run("{\"v\":3,\"type\":\"train\",\"trial\":3}\n");
  ASSERT_THAT(types(events), ElementsAre("forked", "failed", "exited"));
  EXPECT_EQ(events[1].body.at("trial"), 3);
}

TEST(Host, NamesThePluginThatCannotBeOpened) {
  WorkerProcess worker;
  const auto events = worker.run(command_line(train_job("missing", "some_model", Json::object())));
  ASSERT_THAT(types(events), ElementsAre("forked", "failed", "exited"));
  EXPECT_THAT(events[1].body.at("message").get<std::string>(),
              AllOf(HasSubstr("\"some_model\""), HasSubstr("missing.so"), HasSubstr("No such file")));
}

}  // namespace
}  // namespace runner
