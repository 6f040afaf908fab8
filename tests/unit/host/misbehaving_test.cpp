// Whatever a model does, the host hears how it ended and does the next job.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "unit/host/worker_process.h"

namespace runner {
namespace {

using ::testing::HasSubstr;
using testing::of_type;
using testing::train_job;
using testing::WorkerProcess;

struct Misbehaviour {
  std::string manner;
  std::string message;  // of `failed`; empty: it leaves without a word
  int signal = 0;
};

void PrintTo(const Misbehaviour& misbehaviour, std::ostream* out) { *out << misbehaviour.manner; }

class Misbehaving : public ::testing::TestWithParam<std::tuple<std::string, Misbehaviour>> {
 protected:
  std::string place() const { return std::get<0>(GetParam()); }
  const Misbehaviour& misbehaviour() const { return std::get<1>(GetParam()); }
  std::string job() const {
    return protocol::command_line(
        train_job("misbehaving", "misbehaving", {{"place", place()}, {"manner", misbehaviour().manner}}));
  }
};

TEST_P(Misbehaving, EndsItsOwnTrialOnly) {
  WorkerProcess worker;
  const auto events = worker.run(job());
  const auto failed = of_type(events, "failed");
  ASSERT_EQ(failed.size(), misbehaviour().message.empty() ? 0u : 1u) << worker.errors();
  if (!failed.empty()) {
    EXPECT_EQ(failed[0].at("trial"), 7);
    EXPECT_THAT(failed[0].at("message").get<std::string>(), HasSubstr(misbehaviour().message));
  }
  EXPECT_EQ(events.back().body.at("signal"), misbehaviour().signal);
  EXPECT_TRUE(of_type(events, "finished").empty());
  const auto next = worker.run(protocol::command_line(train_job("tiny", "tiny_model", Json::object())));
  EXPECT_EQ(of_type(next, "finished").size(), 1u) << worker.errors();
}

INSTANTIATE_TEST_SUITE_P(
    Everywhere, Misbehaving,
    ::testing::Combine(::testing::Values("constructor", "forward"),
                       ::testing::Values(Misbehaviour{"throw", "misbehaving as asked"},
                                         Misbehaviour{"throw_number", "exception"},
                                         Misbehaviour{"out_of_memory", "memory"}, Misbehaviour{"exit", "exit(0)"},
                                         Misbehaviour{"segfault", "", SIGSEGV}, Misbehaviour{"abort", "", SIGABRT},
                                         Misbehaviour{"kill", "", SIGKILL})),
    [](const auto& each) { return std::get<0>(each.param) + "_" + std::get<1>(each.param).manner; });

TEST(Printing, DoesNotDisturbTheEvents) {
  WorkerProcess worker;
  const auto events = worker.run(
      protocol::command_line(train_job("misbehaving", "misbehaving", {{"place", "forward"}, {"manner", "print"}})));
  const auto finished = of_type(events, "finished");
  ASSERT_EQ(finished.size(), 1u) << worker.errors();
  EXPECT_EQ(finished[0].at("trial"), 7);
  worker.close_input();
  worker.wait_for_all();
  EXPECT_THAT(worker.errors(), HasSubstr("garbage on stdout without a newline"));
  EXPECT_THAT(worker.errors(), HasSubstr("garbage on stderr"));
  EXPECT_THAT(worker.errors(), HasSubstr("raw garbage"));
}

}  // namespace
}  // namespace runner
