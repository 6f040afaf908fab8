#include "worker/host/lifeline.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "common/error.h"
#include "common/process.h"

namespace runner::worker {
namespace {

// This process has one thread.
std::vector<pid_t> own_children() {
  const std::string self = std::to_string(getpid());
  std::ifstream file("/proc/self/task/" + self + "/children");
  std::vector<pid_t> children;
  for (pid_t child = 0; file >> child;) children.push_back(child);
  return children;
}

}  // namespace

void follow_parent(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(static_cast<int>(ExitCode::environment));
}

pid_t take_parent() {
  const char* said = std::getenv(kParentVariable);
  const auto parent = said ? static_cast<pid_t>(std::strtol(said, nullptr, 10)) : getppid();
  unsetenv(kParentVariable);
  return parent;
}

void lead_group(int lifeline) {
  setpgid(0, 0);
  fcntl(lifeline, F_SETOWN, -getpid());
  fcntl(lifeline, F_SETSIG, SIGKILL);
  fcntl(lifeline, F_SETFL, fcntl(lifeline, F_GETFL) | O_ASYNC);
}

void adopt_orphans() { prctl(PR_SET_CHILD_SUBREAPER, 1); }

void end_children() {
  for (std::vector<pid_t> children; !(children = own_children()).empty();) {
    for (const pid_t child : children) kill(child, SIGKILL);
    for (const pid_t child : children) waitpid(child, nullptr, 0);
  }
}

}  // namespace runner::worker
