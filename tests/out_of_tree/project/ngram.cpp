// A model: embeddings of the last few tokens, side by side, through one hidden layer. Its state is the tokens it still
// remembers, which shows that a state means what its model wants.
#include <runner/nn.h>
#include <runner/plugin.h>
#include <torch/torch.h>

#include <cstdint>

namespace {

struct Options {
  int64_t context = 3;       // tokens that decide the next one
  int64_t embedding = 8;     // width of a token's vector
  int64_t hidden_size = 32;  // units of the hidden layer

  static runner::Schema<Options> schema() {
    runner::Schema<Options> schema;
    schema.add("context", &Options::context).range(1, 64).unit("tokens").doc("tokens that decide the next one");
    schema.add("embedding", &Options::embedding).range(1, 4096).doc("width of a token's vector");
    schema.add("hidden_size", &Options::hidden_size).range(1, 65536).unit("units").doc("width of the hidden layer");
    return schema;
  }
};

class Ngram : public torch::nn::Module {
 public:
  using Options = ::Options;

  Ngram(const Options& options, const runner::ModelContext& context)
      : options_(options),
        embed_(context.vocabulary, options.embedding),
        hidden_(options.context * options.embedding, options.hidden_size),
        output_(options.hidden_size, context.vocabulary) {
    register_module("embed", embed_);
    register_module("hidden", hidden_);
    register_module("output", output_);
  }

  at::Tensor forward(const at::Tensor& tokens, runner::State& state) {
    const at::Tensor seen = torch::cat({state.at(0).value, tokens});  // [context - 1 + T, N]
    const int64_t steps = tokens.size(0);
    state.at(0).value = seen.slice(0, seen.size(0) - (options_.context - 1));
    const at::Tensor windows = embed_(seen.unfold(0, options_.context, 1));  // [T, N, context, embedding]
    return output_(torch::tanh(hidden_(windows.reshape({steps, tokens.size(1), -1}))));
  }

  runner::State initial_state(int64_t batch_size) {
    const at::TensorOptions like_tokens = embed_->weight.options().dtype(at::kLong).requires_grad(false);
    return {{torch::zeros({options_.context - 1, batch_size}, like_tokens), 1}};
  }

 private:
  const Options options_;
  torch::nn::Embedding embed_;
  torch::nn::Linear hidden_, output_;
};

}  // namespace

RUNNER_PLUGIN("1.0.0", runner::model<runner::ModuleModel<Ngram>>("ngram", "the last few tokens through a hidden layer"))
