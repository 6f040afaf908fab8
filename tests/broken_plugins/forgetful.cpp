// A model with a memory that is in none of its buffers, so that a trial which resumes goes another way.
#include <ATen/ATen.h>
#include <runner/plugin.h>

namespace {

struct ForgetfulOptions {
  static runner::Schema<ForgetfulOptions> schema() { return {}; }
};

class Forgetful final : public runner::Model {
 public:
  using Options = ForgetfulOptions;
  Forgetful(const Options&, const runner::ModelContext& context)
      : table_(at::zeros({context.vocabulary, context.vocabulary}).requires_grad_(true)) {}

  at::Tensor forward(const at::Tensor& tokens, runner::State&) override {
    if (training_) ++calls_;
    return at::embedding(table_, tokens) * (1 + 0.01 * static_cast<double>(calls_));
  }
  runner::State initial_state(int64_t batch_size) override { return {{at::zeros({1, batch_size, 1}), 1}}; }
  runner::NamedTensors named_parameters() override { return {{"table", table_}}; }
  runner::NamedTensors named_buffers() override { return {}; }
  void train(bool on) override { training_ = on; }
  void to(at::Device, at::ScalarType) override {}

 private:
  at::Tensor table_;
  bool training_ = true;
  int64_t calls_ = 0;  // of training, in this process
};

}  // namespace

RUNNER_PLUGIN("1.0.0", runner::model<Forgetful>("forgetful", "remembers what no checkpoint knows"))
