#include "control/store/lock.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>

#include "common/error.h"
#include "common/process.h"

namespace runner::store {
namespace fs = std::filesystem;
namespace {

struct Holder {
  pid_t pid = 0;
  std::string host;
};

fs::path lock_file(const fs::path& database) { return database.string() + "-lock"; }

// A pid of 0: the file names nobody.
Holder read_holder(const fs::path& file) {
  Holder holder;
  std::ifstream stream(file);
  if (!(stream >> holder.pid >> holder.host)) return {};
  return holder;
}

std::string describe(const Holder& holder) {
  if (holder.pid == 0) return "another process";
  return "process " + std::to_string(holder.pid) + " on host " + holder.host;
}

}  // namespace

WriterLock::WriterLock(const fs::path& database) {
  const fs::path file = lock_file(database);
  file_ = FileDescriptor(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file_.is_open()) throw EnvironmentError("cannot open the lock file " + file.string(), errno);
  if (flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) throw EnvironmentError("cannot lock " + file.string(), errno);
    throw EnvironmentError(database.string() + " is being written by " + describe(read_holder(file)) +
                           "; one runner at a time writes a database: wait for its end or name another one with --db");
  }
  if (ftruncate(file_.get(), 0) != 0 || !write_all(file_.get(), std::to_string(getpid()) + " " + host_name() + "\n")) {
    throw EnvironmentError("cannot write the lock file " + file.string(), errno);
  }
}

WriterLock::~WriterLock() {
  // A name that stays behind does no harm: the lock decides, and the process is gone.
  if (ftruncate(file_.get(), 0) != 0) return;
}

bool has_writer(const fs::path& database) {
  const Holder holder = read_holder(lock_file(database));
  if (holder.pid == 0) return false;
  if (holder.host != host_name()) return true;
  return kill(holder.pid, 0) == 0 || errno == EPERM;
}

}  // namespace runner::store
