// A model that goes wrong in the place and the manner that its options choose, and a dataset that never opens.
#include <ATen/ATen.h>
#include <fcntl.h>
#include <runner/plugin.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

struct MisbehavingOptions {
  std::string place = "forward";
  std::string manner = "throw";
  std::string text;
  int64_t times = 1;
  static runner::Schema<MisbehavingOptions> schema() {
    runner::Schema<MisbehavingOptions> schema;
    schema.add("place", &MisbehavingOptions::place)
        .choices({"check", "constructor", "forward"})
        .doc("where it goes wrong");
    schema.add("manner", &MisbehavingOptions::manner)
        .choices({"throw", "throw_number", "out_of_memory", "hoard", "hoard_tensors", "hoard_shared", "segfault",
                  "abort", "print", "exit", "kill", "wait", "fork", "fork_away", "fork_on", "leave_group", "say",
                  "babble"})
        .doc("how it goes wrong");
    schema.add("text", &MisbehavingOptions::text).doc("what it writes among the events: say as lines, babble as none");
    schema.add("times", &MisbehavingOptions::times).range(0, 1e9).doc("how often");
    return schema;
  }
  void check() const;
};

void print_garbage() {
  std::cout << "{\"v\":3,\"type\":\"finished\"}\n" << std::flush;
  std::printf("garbage on stdout without a newline");
  std::fputs("garbage on stderr \xff\xfe\n", stderr);
  if (write(STDOUT_FILENO, "raw garbage\n", 12) != 12) std::abort();
}

// Says so first, and closes `said`.
[[noreturn]] void wait_forever(int said = -1) {
  std::cerr << "waiting" << std::endl;
  close(said);
  while (true) pause();
}

// What operator new does, but for that of the address sanitizer, which ends the process when there is no more. None of
// it is touched, so that a limit that does not work costs the machine nothing.
[[noreturn]] void hoard() {
  while (true) {
    const void* block = std::malloc(64 << 20);
    if (!block) throw std::bad_alloc();
    std::cerr << block << '\n';
  }
}

[[noreturn]] void hoard_tensors() {
  for (std::vector<at::Tensor> hoarded; true;) hoarded.push_back(at::empty({16 << 20}));
}

// Memory that no limit on a process's own knows of. Training goes on.
void hoard_shared() {
  constexpr size_t kBytes = 256 << 20;
  void* memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  std::memset(memory, 1, kBytes);
}

// The fault and its signal, and no sanitizer's report in their place.
__attribute__((no_sanitize("undefined"))) void crash() {
  signal(SIGSEGV, SIG_DFL);
  volatile int* nowhere = nullptr;
  *nowhere = 1;
}

// Once in the life of the process: false for every later call.
bool is_first_call() {
  static bool called = false;
  return !std::exchange(called, true);
}

// Leaves group, session and parent.
void become_daemon() {
  setsid();
  if (fork() > 0) _exit(0);
}

// Starts a process that waits for ever, with every pipe of ours in its hands, and returns when it does.
void leave_a_process(bool as_daemon) {
  int said[2];
  if (!is_first_call() || pipe(said) != 0) return;
  if (fork() == 0) {
    if (as_daemon) become_daemon();
    wait_forever(said[1]);
  }
  close(said[1]);
  char nothing = 0;
  if (read(said[0], &nothing, 1) != 0) std::abort();
  close(said[0]);
}

// For that of the host, where a signal to the one it leaves does not find it. Training goes on.
void leave_group() {
  if (setpgid(0, getpgid(getppid())) != 0) std::abort();
}

// The pipe that the worker writes its events to: the one beside standard error that can be written.
int event_pipe() {
  for (int fd = STDERR_FILENO + 1; fd < 256; ++fd) {
    struct stat found {};
    const bool is_pipe = fstat(fd, &found) == 0 && S_ISFIFO(found.st_mode);
    if (is_pipe && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY) return fd;
  }
  std::abort();
}

void write_to_events(const std::string& text, int64_t times) {
  if (!is_first_call()) return;
  const int fd = event_pipe();
  for (int64_t i = 0; i < times; ++i) {
    for (size_t written = 0; written < text.size();) {
      const ssize_t count = write(fd, text.data() + written, text.size() - written);
      if (count < 0) std::abort();
      written += static_cast<size_t>(count);
    }
  }
}

void misbehave(const MisbehavingOptions& options) {
  const std::string& manner = options.manner;
  if (manner == "throw") throw std::runtime_error("misbehaving as asked");
  if (manner == "throw_number") throw 42;
  if (manner == "out_of_memory") throw std::bad_alloc();
  if (manner == "hoard") hoard();
  if (manner == "hoard_tensors") hoard_tensors();
  if (manner == "hoard_shared" && is_first_call()) hoard_shared();
  if (manner == "segfault") crash();
  if (manner == "abort") std::abort();
  if (manner == "print") print_garbage();
  if (manner == "exit") std::exit(0);
  if (manner == "kill") raise(SIGKILL);
  if (manner == "wait") wait_forever();
  if (manner == "fork" || manner == "fork_away") leave_a_process(manner == "fork_away");
  if (manner == "fork_on" && is_first_call() && fork() < 0) std::abort();
  if (manner == "leave_group") leave_group();
  if (manner == "say") write_to_events(options.text + "\n", options.times);
  if (manner == "babble") write_to_events(options.text, options.times);
}

void MisbehavingOptions::check() const {
  if (place == "check") misbehave(*this);
}

class Misbehaving final : public runner::Model {
 public:
  using Options = MisbehavingOptions;
  Misbehaving(const Options& options, const runner::ModelContext& context)
      : options_(options), table_(at::zeros({context.vocabulary, context.vocabulary}).requires_grad_(true)) {
    if (options.place == "constructor") misbehave(options);
  }

  at::Tensor forward(const at::Tensor& tokens, runner::State&) override {
    if (options_.place == "forward") misbehave(options_);
    return at::embedding(table_, tokens);
  }
  runner::State initial_state(int64_t batch_size) override { return {{at::zeros({1, batch_size, 1}), 1}}; }
  runner::NamedTensors named_parameters() override { return {{"table", table_}}; }
  runner::NamedTensors named_buffers() override { return {}; }
  void train(bool) override {}
  void to(at::Device, at::ScalarType) override {}

 private:
  const Options options_;
  at::Tensor table_;
};

struct EndlessOptions {
  static runner::Schema<EndlessOptions> schema() { return {}; }
};

class EndlessData final : public runner::Dataset {
 public:
  using Options = EndlessOptions;
  explicit EndlessData(const Options&) { wait_forever(); }
  int64_t vocabulary_size() const override { return 0; }
  bool has_split(runner::Split) const override { return false; }
  std::unique_ptr<runner::BatchStream> batches(runner::Split, int64_t, uint64_t) const override { return nullptr; }
  std::string content_hash() const override { return ""; }
};

}  // namespace

RUNNER_PLUGIN("1.0.0", runner::model<Misbehaving>("misbehaving", "goes wrong as its options say"),
              runner::dataset<EndlessData>("endless_data", "waits for ever while it is opened"))
