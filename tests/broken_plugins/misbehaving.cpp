// A model that goes wrong in the place and the manner that its options choose.
#include <ATen/ATen.h>
#include <runner/plugin.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <new>
#include <stdexcept>
#include <string>

namespace {

struct MisbehavingOptions {
  std::string place = "forward";
  std::string manner = "throw";
  static runner::Schema<MisbehavingOptions> schema() {
    runner::Schema<MisbehavingOptions> schema;
    schema.add("place", &MisbehavingOptions::place).choices({"constructor", "forward"}).doc("where it goes wrong");
    schema.add("manner", &MisbehavingOptions::manner)
        .choices({"throw", "throw_number", "out_of_memory", "segfault", "abort", "print", "exit", "kill", "wait"})
        .doc("how it goes wrong");
    return schema;
  }
};

void print_garbage() {
  std::cout << "{\"v\":1,\"type\":\"finished\"}\n" << std::flush;
  std::printf("garbage on stdout without a newline");
  std::fputs("garbage on stderr \xff\xfe\n", stderr);
  if (write(STDOUT_FILENO, "raw garbage\n", 12) != 12) std::abort();
}

[[noreturn]] void wait_forever() {
  std::cerr << "waiting" << std::endl;
  while (true) pause();
}

void misbehave(const std::string& manner) {
  volatile int* nowhere = nullptr;
  if (manner == "throw") throw std::runtime_error("misbehaving as asked");
  if (manner == "throw_number") throw 42;
  if (manner == "out_of_memory") throw std::bad_alloc();
  if (manner == "segfault") *nowhere = 1;
  if (manner == "abort") std::abort();
  if (manner == "print") print_garbage();
  if (manner == "exit") std::exit(0);
  if (manner == "kill") raise(SIGKILL);
  if (manner == "wait") wait_forever();
}

class Misbehaving final : public runner::Model {
 public:
  using Options = MisbehavingOptions;
  Misbehaving(const Options& options, const runner::ModelContext& context)
      : manner_(options.place == "forward" ? options.manner : ""),
        table_(at::zeros({context.vocabulary, context.vocabulary}).requires_grad_(true)) {
    if (options.place == "constructor") misbehave(options.manner);
  }

  at::Tensor forward(const at::Tensor& tokens, runner::State&) override {
    misbehave(manner_);
    return at::embedding(table_, tokens);
  }
  runner::State initial_state(int64_t batch_size) override { return {{at::zeros({1, batch_size, 1}), 1}}; }
  runner::NamedTensors named_parameters() override { return {{"table", table_}}; }
  runner::NamedTensors named_buffers() override { return {}; }
  void train(bool) override {}
  void to(at::Device, at::ScalarType) override {}

 private:
  const std::string manner_;
  at::Tensor table_;
};

}  // namespace

RUNNER_PLUGIN("1.0.0", runner::model<Misbehaving>("misbehaving", "goes wrong as its options say"))
