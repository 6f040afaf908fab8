// No process outlives its runner, whatever ends that.
#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <optional>

#include "runner_program.h"

namespace runner::testing {
namespace {

using Pids = std::vector<pid_t>;

Pids children_of(pid_t pid) {
  const std::string name = std::to_string(pid);
  std::ifstream file("/proc/" + name + "/task/" + name + "/children");
  Pids children;
  for (pid_t child = 0; file >> child;) children.push_back(child);
  return children;
}

// A process to wait for that is not our child. It is taken hold of by this, so another one cannot get its number.
FileDescriptor hold_of(pid_t pid) { return FileDescriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))); }

void wait_for_end(const FileDescriptor& process) {
  pollfd waiting{process.get(), POLLIN, 0};
  ASSERT_EQ(poll(&waiting, 1, -1), 1);
}

// A sweep of one trial whose plugin starts a process of its own, which waits for ever.
class Orphans : public ::testing::Test {
 protected:
  Orphans() {
    runner_.add_plugin_folder(BROKEN_PLUGINS);
    runner_.write("text.txt", small_text(600));
    const fs::path file = runner_.write("forks.yaml", R"(
name: forks
data: {plugin: text, path: text.txt, num_steps: 5, batch_size: 4}
model: {plugin: misbehaving, manner: fork}
train: {epochs: 1000000, device: cpu}
samples: {every: 1}
)");
    program_.emplace(runner_.request({"sweep", file.string()}));
    EXPECT_TRUE(read_until(*program_, "epoch 1,"));
    host_ = children_of(program_->pid()).at(0);
    trial_ = children_of(host_).at(0);
    of_plugin_ = children_of(trial_).at(0);
    for (const pid_t pid : {host_, trial_, of_plugin_}) held_.push_back(hold_of(pid));
  }

  void expect_all_gone() {
    for (const FileDescriptor& process : held_) {
      ASSERT_TRUE(process.is_open());
      wait_for_end(process);
    }
  }

  RunnerProgram runner_;
  std::optional<ChildProcess> program_;
  pid_t host_ = 0, trial_ = 0, of_plugin_ = 0;
  std::vector<FileDescriptor> held_;
};

TEST_F(Orphans, OfARunnerThatIsKilledThereAreNone) {
  program_->kill(SIGKILL);
  expect_all_gone();
}

TEST_F(Orphans, OfARunnerThatIsKilledWhileItsWorkersAreStoppedThereAreNone) {
  for (const pid_t pid : {host_, trial_, of_plugin_}) kill(pid, SIGSTOP);
  program_->kill(SIGKILL);
  expect_all_gone();
}

TEST_F(Orphans, OfARunnerThatIsAskedToEndThereAreNone) {
  program_->kill(SIGTERM);
  for (std::string rest; read_available(program_->stderr_pipe().get(), rest);) rest.clear();
  EXPECT_EQ(program_->wait().code, 143);
  expect_all_gone();
}

TEST_F(Orphans, OfAHostThatIsKilledThereAreNone) {
  kill(host_, SIGKILL);
  expect_all_gone();
}

}  // namespace
}  // namespace runner::testing
