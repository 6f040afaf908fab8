#include "control/store/lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <sstream>
#include <system_error>

#include "common/error.h"
#include "common/folder.h"
#include "common/paths.h"
#include "common/text.h"

namespace runner::store {
namespace fs = std::filesystem;
namespace {

fs::path lock_file(const fs::path& database) { return database.string() + "-lock"; }

// Before anything is left beside the name.
const fs::path& with_one_name(const fs::path& database) {
  const std::string problem = problem_of_names(database);
  if (!problem.empty()) throw EnvironmentError(problem);
  return database;
}

fs::path made_files_folder(const fs::path& database) {
  fs::path folder = files_folder(database);
  make_folders(folder);
  return folder;
}

// Locks that belong to an open file: unlike the older kind, they outlive the closing of another descriptor of it, and
// unlike those of flock() they can be asked for without being taken.
struct flock whole_file() {
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  return range;
}

bool is_locked(int file) {
  struct flock range = whole_file();
  return fcntl(file, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
}

// A lock file is a small one, and no link: what somebody else put in its place is neither followed nor waited for.
FileDescriptor open_lock(const fs::path& file, int flags) {
  return FileDescriptor(open(file.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644));
}

std::string describe_holder(int file) {
  std::array<char, 256> text{};
  const ssize_t size = pread(file, text.data(), text.size(), 0);
  std::istringstream words(std::string(text.data(), size > 0 ? static_cast<size_t>(size) : 0));
  pid_t pid = 0;
  std::string host;
  if (!(words >> pid >> host)) return "another process";
  return "process " + std::to_string(pid) + " on host " + replace_invalid_utf8(host);
}

[[noreturn]] void fail_to_write(const fs::path& file, int error) {
  throw EnvironmentError("cannot write the lock file " + file.string() + ": " + std::generic_category().message(error) +
                         "; whoever writes a database needs it: make its folder writable and make room there, or name "
                         "another database with --db");
}

void lock(int file, const fs::path& name, const fs::path& subject) {
  struct flock range = whole_file();
  if (fcntl(file, F_OFD_SETLK, &range) == 0) return;
  if (errno != EAGAIN && errno != EACCES) {
    throw EnvironmentError("cannot lock " + name.string() + ": " + std::generic_category().message(errno) +
                           "; its file system has no locks (a network folder?): name a database on a local disk with "
                           "--db");
  }
  throw EnvironmentError(subject.string() + " is being written by " + describe_holder(file) +
                         "; one runner at a time writes a database and the files of its trials: wait for its end, or "
                         "name another database with --db");
}

}  // namespace

ProcessLock::ProcessLock(const fs::path& file, const fs::path& subject) : file_(open_lock(file, O_RDWR | O_CREAT)) {
  if (!file_.is_open()) fail_to_write(file, errno);
  lock(file_.get(), file, subject);
  const std::string holder = std::to_string(getpid()) + " " + host_name() + "\n";
  if (ftruncate(file_.get(), 0) != 0 || !write_all(file_.get(), holder)) fail_to_write(file, errno);
}

ProcessLock::~ProcessLock() {
  // A name that stays behind does no harm: the lock decides, and the process is gone.
  if (ftruncate(file_.get(), 0) != 0) return;
}

WriterLock::WriterLock(const fs::path& database)
    : database_(lock_file(with_one_name(database)), database),
      files_(made_files_folder(database) / "lock", files_folder(database)) {}

std::string problem_of_names(const fs::path& database) {
  std::error_code error;
  const auto names = fs::hard_link_count(database, error);
  if (error || names <= 1) return "";
  return database.string() + " is one of " + std::to_string(names) +
         " names (hard links) of the same file, and SQLite's log belongs to one name: writing it would damage it for "
         "the others. Remove them, or copy the file and name the copy with --db";
}

std::string writer_of(const fs::path& database) {
  const FileDescriptor file = open_lock(lock_file(database), O_RDONLY);
  return file.is_open() && is_locked(file.get()) ? describe_holder(file.get()) : "";
}

}  // namespace runner::store
