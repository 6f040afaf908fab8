// Whatever a model does, the host hears how it ended and does the next job.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <fstream>

#include "common/process_memory.h"
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

// A training of the misbehaving model that goes wrong in forward().
protocol::TrainJob misbehaving_job(const std::string& manner, Json options = Json::object()) {
  options["manner"] = manner;
  return train_job("misbehaving", "misbehaving", std::move(options));
}

TEST(Printing, DoesNotDisturbTheEvents) {
  WorkerProcess worker;
  const auto events = worker.run(protocol::command_line(misbehaving_job("print")));
  const auto finished = of_type(events, "finished");
  ASSERT_EQ(finished.size(), 1u) << worker.errors();
  EXPECT_EQ(finished[0].at("trial"), 7);
  worker.close_input();
  worker.wait_for_all();
  EXPECT_THAT(worker.errors(), HasSubstr("garbage on stdout without a newline"));
  EXPECT_THAT(worker.errors(), HasSubstr("garbage on stderr"));
  EXPECT_THAT(worker.errors(), HasSubstr("raw garbage"));
}

TEST(MemoryLimit, RefusesWhatGoesBeyondIt) {
  for (const char* manner : {"hoard", "hoard_tensors"}) {
    WorkerProcess worker;
    protocol::TrainJob job = misbehaving_job(manner);
    job.memory = int64_t{1} << 30;
    const auto events = worker.run(protocol::command_line(job));
    const auto failed = of_type(events, "failed");
    ASSERT_EQ(failed.size(), 1u) << manner << worker.errors();
    EXPECT_EQ(failed[0].at("cause"), protocol::kMemory);
    EXPECT_THAT(failed[0].at("message").get<std::string>(),
                HasSubstr("run.memory allows 1024 MiB beside what an idle worker has, and it asked for more"));
    EXPECT_EQ(events.back().body.at("signal"), 0);
  }
}

constexpr rlim_t kGiB = 1 << 30;

// Gives a process limits on its data (`ulimit -d`) beside what it has. Returns what that is.
rlim_t limit_data(pid_t process, rlim_t soft, rlim_t hard) {
  const auto mapped = static_cast<rlim_t>(memory_of(process)->mapped);
  const auto beside = [mapped](rlim_t bytes) { return bytes == RLIM_INFINITY ? bytes : mapped + bytes; };
  const rlimit limit{beside(soft), beside(hard)};
  EXPECT_EQ(prlimit(process, RLIMIT_DATA, &limit, nullptr), 0);
  return mapped;
}

// How much a trial may map beside what its host has, which was started under these limits.
rlim_t allowed_to_trial(rlim_t run_memory, rlim_t soft, rlim_t hard = RLIM_INFINITY) {
  WorkerProcess worker;
  const rlim_t mapped = limit_data(worker.pid(), soft, hard);
  protocol::TrainJob job = misbehaving_job("wait");
  job.memory = static_cast<int64_t>(run_memory);
  worker.send(protocol::command_line(job));
  rlimit found{};
  EXPECT_EQ(prlimit(worker.until("started").front().body.at("pid").get<pid_t>(), RLIMIT_DATA, nullptr, &found), 0);
  return found.rlim_cur == RLIM_INFINITY ? RLIM_INFINITY : found.rlim_cur - mapped;
}

TEST(MemoryLimit, IsBesideWhatTheHostHas) {
  EXPECT_NEAR(static_cast<double>(allowed_to_trial(kGiB, RLIM_INFINITY)), kGiB, 16 << 20);
  EXPECT_NEAR(static_cast<double>(allowed_to_trial(kGiB, 4 * kGiB, 4 * kGiB)), kGiB, 16 << 20);
  EXPECT_EQ(allowed_to_trial(0, RLIM_INFINITY), RLIM_INFINITY);
}

TEST(MemoryLimit, OfTheShellStaysWhereItIsStricter) {
  EXPECT_EQ(allowed_to_trial(4 * kGiB, kGiB), kGiB);
  EXPECT_EQ(allowed_to_trial(4 * kGiB, kGiB, kGiB), kGiB);
  EXPECT_EQ(allowed_to_trial(0, kGiB), kGiB);
}

TEST(MemoryLimit, OfTheShellIsNamedWhenItIsReached) {
  WorkerProcess worker;
  limit_data(worker.pid(), kGiB, RLIM_INFINITY);
  protocol::TrainJob job = misbehaving_job("hoard");
  job.memory = 4 * kGiB;
  const auto failed = of_type(worker.run(protocol::command_line(job)), "failed");
  ASSERT_EQ(failed.size(), 1u) << worker.errors();
  EXPECT_THAT(failed[0].at("message").get<std::string>(), HasSubstr("ulimit -d allows a process "));
}

TEST(MemoryLimit, LeavesATrialThatKeepsItAlone) {
  WorkerProcess worker;
  protocol::TrainJob job = train_job("tiny", "tiny_model", {{"work", 300}});
  job.memory = int64_t{1} << 30;
  EXPECT_EQ(of_type(worker.run(protocol::command_line(job)), "finished").size(), 1u) << worker.errors();
}

// What a plugin started holds standard error open, so the end of that proves its end.
TEST(Forking, LeavesNoProcessBehindATrial) {
  for (const char* manner : {"fork", "fork_away"}) {
    WorkerProcess worker;
    const auto events = worker.run(protocol::command_line(misbehaving_job(manner)));
    EXPECT_EQ(of_type(events, "finished").size(), 1u) << worker.errors();
    worker.close_input();
    EXPECT_TRUE(worker.wait_for_all().succeeded());
    EXPECT_THAT(worker.errors(), HasSubstr("waiting"));
  }
}

// Of a trial that starts a process, and gets the command after an epoch where there is one. Whoever is left of it holds
// standard error open.
void expect_nobody_left(const protocol::TrainJob& job, const std::string& command = "") {
  WorkerProcess worker;
  worker.send(protocol::command_line(job));
  if (!command.empty()) worker.until("epoch");
  worker.send(command);
  EXPECT_TRUE(of_type(worker.until("exited"), "finished").empty()) << worker.errors();
  worker.close_input();
  EXPECT_TRUE(worker.wait_for_all().succeeded());
  EXPECT_THAT(worker.errors(), HasSubstr("waiting"));
}

TEST(Forking, LeavesNoDaemonBehindATrialHoweverItEnds) {
  protocol::TrainJob endless = misbehaving_job("fork_away"), fails = endless, dies = endless;
  endless.train["epochs"] = 1000000000;
  expect_nobody_left(endless, protocol::stop_line());
  expect_nobody_left(endless, protocol::kill_line());
  fails.folder = "/nowhere";
  expect_nobody_left(fails);
  dies.kill_at_step = 1;
  expect_nobody_left(dies);
}

TEST(Forking, LeavesNoProcessBehindAHostThatIsKilled) {
  WorkerProcess worker;
  protocol::TrainJob job = misbehaving_job("fork");
  job.train["epochs"] = 1000000000;
  worker.send(protocol::command_line(job));
  worker.until("epoch");
  worker.kill(SIGSTOP);
  worker.kill(SIGKILL);
  EXPECT_EQ(worker.wait_for_all().signal, SIGKILL);
}

TEST(Forking, ACopyOfTheTrialSaysNothing) {
  WorkerProcess worker;
  protocol::TrainJob job = misbehaving_job("fork_on");
  job.train["epochs"] = 5;
  const auto events = worker.run(protocol::command_line(job));
  EXPECT_EQ(of_type(events, "epoch").size(), 5u) << worker.errors();
  EXPECT_EQ(of_type(events, "finished").size(), 1u) << worker.errors();
}

// The events of a trial that writes `text` as lines among them, and what stands on standard error.
std::vector<protocol::Message> events_among(const std::string& text, int64_t times, std::string& errors) {
  WorkerProcess worker;
  auto events = worker.run(protocol::command_line(misbehaving_job("say", {{"text", text}, {"times", times}})));
  EXPECT_EQ(of_type(events, "finished").size(), 1u) << worker.errors();
  worker.close_input();
  worker.wait_for_all();
  errors = worker.errors();
  return events;
}

TEST(Writing, OfWhatOnlyAHostSaysIsNotHandedOn) {
  for (const std::string type : {"ready", "forked", "exited"}) {
    std::string errors;
    const auto events =
        events_among("{\"v\":3,\"type\":\"" + type + "\",\"pid\":1,\"code\":0,\"signal\":9}", 1, errors);
    EXPECT_THAT(errors, HasSubstr("only its host may send: {\"v\":3,\"type\":\"" + type));
    EXPECT_EQ(of_type(events, "forked").size(), 1u);
    EXPECT_EQ(events.back().body.at("signal"), 0);
  }
}

TEST(Writing, OfNoEventsIsToldTenTimes) {
  for (const std::string text :
       {"Segmentation fault", "{\"v\":3,\"type\":", "[1]", "\xff\xfe", "{\"v\":99,\"type\":\"epoch\"}"}) {
    std::string errors;
    events_among(text, 1000, errors);
    size_t told = 0;
    for (size_t at = 0; (at = errors.find("worker: dropped what is no event", at)) != std::string::npos; ++at) ++told;
    EXPECT_EQ(told, 10u) << text;
  }
}

TEST(Writing, ValuesInsideValuesAreRefused) {
  std::string errors;
  events_among("{\"v\":3,\"type\":\"epoch\",\"metrics\":" + std::string(1 << 20, '[') + "}", 1, errors);
  EXPECT_THAT(errors, HasSubstr("dropped what is no event"));
}

TEST(Writing, AFloodOfProgressIsThinnedOut) {
  std::string errors;
  const auto events = events_among("{\"v\":3,\"type\":\"progress\"}", 200'000, errors);
  EXPECT_LT(of_type(events, "progress").size(), 2000u);
}

// The largest resident set of a process so far, in kibibytes.
int64_t peak_memory(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) return std::stoll(line.substr(6));
  }
  return 0;
}

TEST(Writing, ALineWithoutAnEndIsNotKept) {
  WorkerProcess worker;
  const int64_t before = peak_memory(worker.pid());
  const auto events = worker.run(
      protocol::command_line(misbehaving_job("babble", {{"text", std::string(1 << 20, 'x')}, {"times", 600}})));
  EXPECT_LT(peak_memory(worker.pid()) - before, 300 << 10) << "of 600 MiB";
  worker.close_input();
  worker.wait_for_all();
  EXPECT_THAT(worker.errors(), HasSubstr("dropped a line without an end"));
}

}  // namespace
}  // namespace runner
