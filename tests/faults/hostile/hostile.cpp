// A model that does to its process what a plugin could do, by mistake or not, and goes on training if it still can.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/DefaultDtype.h>
#include <runner/plugin.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr int kDescriptors = 64;  // more than a worker has open

[[noreturn]] void wait_forever() {
  while (true) pause();
}

void throw_up() { throw std::runtime_error("thrown on purpose"); }

// The fault and its signal, and no sanitizer's report in their place.
__attribute__((no_sanitize("undefined"))) void crash() {
  signal(SIGSEGV, SIG_DFL);
  volatile int* nowhere = nullptr;
  *nowhere = 1;
}

void leave() { std::exit(0); }

void loop() {
  for (volatile bool on = true; on;) continue;
}

// As operator new does, but for that of the address sanitizer, which ends the process when there is no more.
void allocate() {
  constexpr size_t kBlock = 16 << 20;
  void* volatile block = nullptr;  // so that the compiler takes none of it for useless
  while ((block = std::malloc(kBlock))) std::memset(block, 1, kBlock);
  throw std::bad_alloc();
}

void print() {
  std::cout << "{\"v\":3,\"type\":\"finished\",\"trial\":1}\n" << std::flush;
  std::printf("garbage \xff\xfe without a newline");
}

void write_on_all(const std::string& bytes) {
  for (int descriptor = 0; descriptor < kDescriptors; ++descriptor) {
    if (write(descriptor, bytes.data(), bytes.size()) < 0) continue;
  }
}

void write_garbage() { write_on_all(std::string("\0{\"\xff]garbage\n", 13)); }

// What only a host may say, and what only this trial's training may.
void forge() {
  write_on_all("{\"v\":3,\"type\":\"exited\",\"code\":0,\"signal\":0}\n");
  write_on_all("{\"v\":3,\"type\":\"ready\",\"environment\":7}\n");
  write_on_all("{\"v\":3,\"type\":\"forked\",\"pid\":1}\n");
  write_on_all("{\"v\":3,\"type\":\"epoch\",\"trial\":1,\"epoch\":\"all\",\"metrics\":[]}\n");
}

void close_all() {
  for (int descriptor = 0; descriptor < kDescriptors; ++descriptor) close(descriptor);
}

// For its parent's, where a signal to the group that it leaves does not find it.
void leave_group() {
  if (setpgid(0, getpgid(getppid())) != 0) std::abort();
  wait_forever();
}

void outlive() {
  if (fork() == 0) wait_forever();
}

// Leaves group, session and parent, as daemons do.
void start_daemon() {
  if (fork() != 0) return;
  setsid();
  if (fork() == 0) wait_forever();
  _exit(0);
}

void start_daemon_and_throw() {
  start_daemon();
  throw_up();
}

void start_daemon_and_wait() {
  start_daemon();
  wait_forever();
}

void change_settings() {
  at::set_num_threads(4);
  c10::set_default_dtype(caffe2::TypeMeta::Make<double>());
}

// No signal but SIGKILL ends it.
void ignore_signals() {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, nullptr);
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_IGN);
  wait_forever();
}

void change_surroundings() {
  if (chdir("/") != 0) std::abort();
  for (const char* name : {"HOME", "TMPDIR", "LD_PRELOAD", "OMP_NUM_THREADS", "RUNNER_DB"}) setenv(name, "/nowhere", 1);
}

const std::map<std::string, void (*)()> kManners = {{"throw", throw_up},
                                                    {"abort", std::abort},
                                                    {"segfault", crash},
                                                    {"exit", leave},
                                                    {"loop", loop},
                                                    {"silence", wait_forever},
                                                    {"allocate", allocate},
                                                    {"print", print},
                                                    {"write_garbage", write_garbage},
                                                    {"forge", forge},
                                                    {"close_all", close_all},
                                                    {"own_group", leave_group},
                                                    {"outlive", outlive},
                                                    {"daemon", start_daemon},
                                                    {"daemon_throw", start_daemon_and_throw},
                                                    {"daemon_silence", start_daemon_and_wait},
                                                    {"settings", change_settings},
                                                    {"ignore_signals", ignore_signals},
                                                    {"surroundings", change_surroundings}};

struct HostileOptions {
  std::string manner = "throw";
  static runner::Schema<HostileOptions> schema() {
    std::vector<std::string> names;
    for (const auto& manner : kManners) names.push_back(manner.first);
    runner::Schema<HostileOptions> schema;
    schema.add("manner", &HostileOptions::manner).choices(names).doc("what it does in its first forward pass");
    return schema;
  }
};

class Hostile final : public runner::Model {
 public:
  using Options = HostileOptions;
  Hostile(const Options& options, const runner::ModelContext& context)
      : manner_(kManners.at(options.manner)),
        table_(at::zeros({context.vocabulary, context.vocabulary}, at::kFloat).requires_grad_(true)) {}

  at::Tensor forward(const at::Tensor& tokens, runner::State&) override {
    if (manner_) std::exchange(manner_, nullptr)();
    return at::embedding(table_, tokens);
  }
  runner::State initial_state(int64_t) override { return {}; }
  runner::NamedTensors named_parameters() override { return {{"table", table_}}; }
  runner::NamedTensors named_buffers() override { return {}; }
  void train(bool) override {}
  void to(at::Device, at::ScalarType) override {}

 private:
  void (*manner_)();  // nullptr once it has been done
  at::Tensor table_;
};

}  // namespace

RUNNER_PLUGIN("1.0.0", runner::model<Hostile>("hostile", "does what its manner says to its process"))
