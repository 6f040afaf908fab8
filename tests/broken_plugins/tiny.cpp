// A sound plugin, as small as can be: a model that is a table of next-token logits, and a dataset that counts.
#include <ATen/ATen.h>
#include <runner/plugin.h>

#include <string>

namespace {

constexpr int64_t kVocabulary = 5, kSteps = 3, kRows = 2, kBatches = 4;

struct ModelOptions {
  int64_t work = 0;  // side of a matrix product done in every step, to keep threads busy
  std::string rule = "none";
  static runner::Schema<ModelOptions> schema() {
    runner::Schema<ModelOptions> schema;
    schema.add("work", &ModelOptions::work).range(0, 4096).unit("rows").doc("side of an extra matrix product");
    schema.add("rule", &ModelOptions::rule).choices({"none", "option", "whole", "crash"}).doc("which check fails");
    return schema;
  }
  void check() const {
    if (rule == "option") throw runner::OptionError("work", "work and rule do not go together");
    if (rule == "whole") throw runner::OptionError("", "nothing goes together");
    if (rule == "crash") throw 42;
  }
  runner::TokenWork token_work() const { return {static_cast<double>(work * work * work), 1}; }
};

class TinyModel final : public runner::Model {
 public:
  using Options = ModelOptions;
  TinyModel(const Options& options, const runner::ModelContext& context)
      : work_(options.work), table_(at::zeros({context.vocabulary, context.vocabulary}).requires_grad_(true)) {}

  at::Tensor forward(const at::Tensor& tokens, runner::State&) override {
    if (work_ > 0) work();
    return at::embedding(table_, tokens);
  }
  runner::State initial_state(int64_t batch_size) override { return {{at::zeros({1, batch_size, 1}), 1}}; }
  runner::NamedTensors named_parameters() override { return {{"table", table_}}; }
  runner::NamedTensors named_buffers() override { return {}; }
  void train(bool) override {}
  void to(at::Device, at::ScalarType) override {}

 private:
  // Large enough for BLAS and for LibTorch's own loops to use every thread they may.
  void work() const {
    const at::Tensor ones = at::ones({work_, work_});
    TORCH_CHECK(at::mm(ones, ones).sum().item<double>() > 0, "wrong product");
  }

  const int64_t work_;
  at::Tensor table_;
};

// Tokens 0, 1, 2, 3, 4, 0, 1, …; row n of the batches is n steps ahead.
class CountingStream final : public runner::BatchStream {
 public:
  int64_t size() const override { return kBatches; }
  void seek(int64_t batch) override { next_ = batch; }
  bool next(runner::Batch& batch) override {
    if (next_ == kBatches) return false;
    const at::Tensor start = at::arange(kSteps).unsqueeze(1) + at::arange(kRows) + kSteps * next_++;
    batch.inputs = start.remainder(kVocabulary);
    batch.targets = (start + 1).remainder(kVocabulary);
    batch.fresh_state = false;
    return true;
  }

 private:
  int64_t next_ = 0;
};

struct DataOptions {
  static runner::Schema<DataOptions> schema() { return {}; }
};

class TinyData final : public runner::Dataset {
 public:
  using Options = DataOptions;
  explicit TinyData(const Options&) {}
  int64_t vocabulary_size() const override { return kVocabulary; }
  bool has_split(runner::Split split) const override { return split == runner::Split::train; }
  std::unique_ptr<runner::BatchStream> batches(runner::Split, int64_t, uint64_t) const override {
    return std::make_unique<CountingStream>();
  }
  std::string content_hash() const override { return "00"; }
};

}  // namespace

RUNNER_PLUGIN("1.2.3", runner::model<TinyModel>("tiny_model", "a table of next-token logits"),
              runner::dataset<TinyData>("tiny_data", "counts to five, again and again"))
