// What the library is tried on: makes a file by calls that it knows, in the process and then in one that it forks, each
// in its folder, and prints what became of each call. Its role is that of the name it is copied to.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

void report(const char* who, const char* call, long result) {
  std::printf("%s %s %s\n", who, call,
              result >= 0       ? "done"
              : errno == ENOSPC ? "ENOSPC"
              : errno == EIO    ? "EIO"
                                : "other");
  std::fflush(stdout);
}

void make_file(const char* who, const std::string& folder) {
  const std::string name = folder + "/" + who;
  std::string temporary = name + ".XXXXXX";
  const int file = mkostemp(temporary.data(), O_CLOEXEC);
  report(who, "mkostemp", file);
  report(who, "write", write(file, "first ", 6));
  report(who, "pwrite", pwrite(file, "second", 6, 6));
  report(who, "fsync", fsync(file));
  report(who, "fdatasync", fdatasync(file));
  report(who, "ftruncate", ftruncate(file, 12));
  report(who, "rename", rename(temporary.c_str(), name.c_str()));
  close(file);
  report(who, "open", open((name + ".lock").c_str(), O_CREAT | O_WRONLY, 0600));
}

}  // namespace

int main(int, char**) {
  const char* folder = std::getenv("SUBJECT_FOLDER");
  make_file("parent", folder);
  const pid_t child = fork();
  if (child == 0) {
    make_file("child", folder);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  std::printf("child %s\n", WIFSIGNALED(status) ? "killed" : "left");
}
