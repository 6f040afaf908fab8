// A model and a dataset with nothing to compute: what a trial costs when training costs nothing.
#include <ATen/ATen.h>
#include <runner/plugin.h>

namespace {

constexpr int64_t kVocabulary = 2;

struct NoOptions {
  static runner::Schema<NoOptions> schema() { return {}; }
};

// Logits are one trainable number a token, whatever was read.
class Idle final : public runner::Model {
 public:
  using Options = NoOptions;
  Idle(const Options&, const runner::ModelContext& context)
      : logits_(at::zeros({context.vocabulary}).requires_grad_(true)) {}

  at::Tensor forward(const at::Tensor& tokens, runner::State&) override {
    return logits_.expand({tokens.size(0), tokens.size(1), logits_.size(0)});
  }
  runner::State initial_state(int64_t) override { return {}; }
  runner::NamedTensors named_parameters() override { return {{"logits", logits_}}; }
  runner::NamedTensors named_buffers() override { return {}; }
  void train(bool) override {}
  void to(at::Device, at::ScalarType) override {}

 private:
  at::Tensor logits_;
};

// One batch an epoch, of one row with two steps.
class OneBatch final : public runner::BatchStream {
 public:
  int64_t size() const override { return 1; }
  void seek(int64_t batch) override { next_ = batch; }
  bool next(runner::Batch& batch) override {
    if (next_++ > 0) return false;
    batch = {at::zeros({2, 1}, at::kLong), at::ones({2, 1}, at::kLong), false};
    return true;
  }

 private:
  int64_t next_ = 0;
};

class TwoTokens final : public runner::Dataset {
 public:
  using Options = NoOptions;
  explicit TwoTokens(const Options&) {}
  int64_t vocabulary_size() const override { return kVocabulary; }
  bool has_split(runner::Split split) const override { return split == runner::Split::train; }
  std::unique_ptr<runner::BatchStream> batches(runner::Split, int64_t, uint64_t) const override {
    return std::make_unique<OneBatch>();
  }
  std::string content_hash() const override { return "00"; }
};

}  // namespace

RUNNER_PLUGIN("1.0.0", runner::model<Idle>("idle", "nothing to compute"),
              runner::dataset<TwoTokens>("two_tokens", "one batch of two tokens"))
