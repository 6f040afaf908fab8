#include <runner/recurrent/initialise.h>
#include <runner/recurrent/linear.h>
#include <runner/recurrent/net.h>

namespace runner::recurrent {
namespace {

// LibTorch's own generator decides: cuDNN's dropout inside of a stack of layers cannot be repeated exactly.
at::Tensor drop_outputs(const at::Tensor& outputs, double p, bool training) {
  return training && p > 0 ? at::dropout(outputs, p, true) : outputs;
}

std::vector<std::vector<at::Tensor>> rows_of(const State& state) {
  std::vector<std::vector<at::Tensor>> rows;
  for (const StateTensor& part : state) rows.push_back(part.value.unbind(0));
  return rows;
}

State state_of(const std::vector<std::vector<at::Tensor>>& rows) {
  State state;
  for (const auto& part : rows) state.push_back({at::stack(part), 1});
  return state;
}

}  // namespace

RecurrentNet::RecurrentNet(RecurrentOptions options, const ModelContext& context, const LayerKind& kind)
    : options_(std::move(options)),
      vocabulary_(context.vocabulary),
      width_(options_.hidden_size * (options_.bidirectional ? 2 : 1)),
      state_parts_(kind.state_parts) {
  const int64_t inputs = options_.embedding_size > 0 ? options_.embedding_size : vocabulary_;
  for (int64_t l = 0; l < options_.num_layers; ++l) levels_.push_back(make_level(l, l == 0 ? inputs : width_, kind));
  if (options_.embedding_size > 0) {
    embedding_ = register_module("embedding", torch::nn::Embedding(vocabulary_, options_.embedding_size))->weight;
    initialise_embedding(embedding_, options_);
  }
  make_output();
}

RecurrentNet::Level RecurrentNet::make_level(int64_t l, int64_t inputs, const LayerKind& kind) {
  const std::string name = "layer" + std::to_string(l);
  Level level;
  level.directions.push_back(register_module(name, kind.make(inputs)));
  if (options_.bidirectional) level.directions.push_back(register_module(name + "_reverse", kind.make(inputs)));
  for (const auto& layer : level.directions) initialise(*layer, options_);
  if (options_.layer_norm) {
    level.norm = register_module(name + "_norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({width_})));
  }
  return level;
}

void RecurrentNet::make_output() {
  if (options_.tie_weights) {
    tied_bias_ = register_parameter("output_bias", at::zeros({vocabulary_}));
    return;
  }
  output_ = register_module("output", torch::nn::Linear(width_, vocabulary_));
  initialise(output_, options_);
}

at::Tensor RecurrentNet::forward(const at::Tensor& tokens, State& state) {
  Rows rows = rows_of(state);
  const size_t directions = levels_.front().directions.size();
  at::Tensor h = run_level(levels_.front(), inputs_of(tokens), rows, 0);
  for (size_t l = 1; l < levels_.size(); ++l) {
    const Inputs x = Inputs::vectors(drop_outputs(h, options_.dropout, is_training()));
    const at::Tensor y = run_level(levels_[l], x, rows, l * directions);
    h = options_.residual ? h + y : y;
  }
  state = state_of(rows);
  return logits(h);
}

at::Tensor RecurrentNet::run_level(Level& level, const Inputs& x, Rows& rows, size_t row) {
  at::Tensor outputs = run_direction(*level.directions[0], x, rows, row);
  if (level.directions.size() > 1) {
    const at::Tensor backward = run_direction(*level.directions[1], x.reversed(), rows, row + 1);
    outputs = at::cat({outputs, backward.flip(0)}, 2);
  }
  return level.norm ? level.norm->forward(outputs) : outputs;
}

at::Tensor RecurrentNet::run_direction(Layer& layer, const Inputs& x, Rows& rows, size_t row) {
  std::vector<at::Tensor> state;
  for (const auto& part : rows) state.push_back(part[row]);
  at::Tensor outputs = layer.forward(x, state);
  for (size_t part = 0; part < rows.size(); ++part) rows[part][row] = state[part];
  return outputs;
}

Inputs RecurrentNet::inputs_of(const at::Tensor& tokens) {
  if (embedding_.defined()) return Inputs::vectors(lookup(embedding_, tokens));
  return Inputs::one_hot(tokens, vocabulary_, parameters().front().scalar_type());
}

at::Tensor RecurrentNet::logits(const at::Tensor& h) {
  return output_ ? linear(h, output_->weight, output_->bias) : linear(h, embedding_, tied_bias_);
}

State RecurrentNet::initial_state(int64_t batch_size) {
  const at::Tensor like = parameters().front();
  const int64_t rows = options_.num_layers * (options_.bidirectional ? 2 : 1);
  State state;
  for (size_t part = 0; part < state_parts_; ++part) {
    state.push_back({at::zeros({rows, batch_size, options_.hidden_size}, like.options().requires_grad(false)), 1});
  }
  return state;
}

}  // namespace runner::recurrent
