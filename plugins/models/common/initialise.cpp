#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <runner/recurrent/initialise.h>
#include <torch/nn/init.h>

#include <cmath>

namespace runner::recurrent {
namespace {

void zero(std::vector<at::Tensor>& biases) {
  for (at::Tensor& bias : biases) torch::nn::init::zeros_(bias);
}

// Drawn in the order of rows, however the matrix lies in memory: the same numbers for all that stand for one model.
template <typename Draw>
void fill(at::Tensor& matrix, const Draw& draw) {
  const at::NoGradGuard no_grad;
  matrix.copy_(draw(at::empty(matrix.sizes(), matrix.options())));
}

void draw_normal(Gate& gate, double std) {
  const auto normal = [std](const at::Tensor& matrix) { return torch::nn::init::normal_(matrix, 0, std); };
  fill(gate.input, normal);
  fill(gate.recurrent, normal);
  zero(gate.biases);
}

void draw_orthogonal(Gate& gate) {
  fill(gate.input, [](const at::Tensor& matrix) { return torch::nn::init::xavier_uniform_(matrix); });
  torch::nn::init::orthogonal_(gate.recurrent);
  zero(gate.biases);
}

void set_forget_bias(Gate& gate, double total) {
  zero(gate.biases);
  torch::nn::init::constant_(gate.biases.front(), total);
}

}  // namespace

void initialise(Layer& layer, const RecurrentOptions& options) {
  for (Gate& gate : layer.gates()) {
    if (options.init == "normal") draw_normal(gate, options.init_std);
    if (options.init == "orthogonal") draw_orthogonal(gate);
    if (gate.forgets && options.forget_bias != 0) set_forget_bias(gate, options.forget_bias);
  }
}

void initialise(torch::nn::Linear& output, const RecurrentOptions& options) {
  if (options.init != "normal") return;
  torch::nn::init::normal_(output->weight, 0, options.init_std);
  torch::nn::init::zeros_(output->bias);
}

void initialise_embedding(at::Tensor& weight, const RecurrentOptions& options) {
  if (options.init == "normal") {
    torch::nn::init::normal_(weight, 0, options.init_std);
  } else if (options.tie_weights) {
    const double limit = 1 / std::sqrt(static_cast<double>(options.embedding_size));
    torch::nn::init::uniform_(weight, -limit, limit);
  }
}

void draw_default(Layer& layer, int64_t hidden_size) {
  const double limit = 1 / std::sqrt(static_cast<double>(hidden_size));
  for (at::Tensor& parameter : layer.parameters()) torch::nn::init::uniform_(parameter, -limit, limit);
}

}  // namespace runner::recurrent
