#include "models/fused/fused_layer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <runner/recurrent/plain_float.h>
#include <torch/nn/init.h>

#include <cmath>

#include "models/fused/fused_function.h"

namespace runner::fused {
namespace {

using recurrent::Inputs;

// What cuDNN calls a network of such cells (cudnnRNNMode_t).
int64_t cudnn_mode(Cell cell) { return cell == Cell::rnn ? 1 : cell == Cell::lstm ? 2 : 3; }

std::vector<at::Tensor> blocks(const at::Tensor& parameter, int64_t gates) { return parameter.chunk(gates, 0); }

}  // namespace

FusedLayer::FusedLayer(Cell cell, int64_t inputs, int64_t hidden_size)
    : cell_(cell), module_(register_module("module", std::make_shared<torch::nn::Module>())) {
  const double limit = 1 / std::sqrt(static_cast<double>(hidden_size));
  const int64_t rows = gate_count(cell) * hidden_size;
  const auto make = [&](const char* name, at::IntArrayRef shape) {
    return module_->register_parameter(name, torch::nn::init::uniform_(at::empty(shape), -limit, limit));
  };
  weights_.input = make("weight_ih_l0", {rows, inputs});
  weights_.recurrent = make("weight_hh_l0", {rows, hidden_size});
  weights_.input_bias = make("bias_ih_l0", {rows});
  weights_.recurrent_bias = make("bias_hh_l0", {rows});
  lay_out();
}

void FusedLayer::to(at::Device device, at::ScalarType type, bool non_blocking) {
  Layer::to(device, type, non_blocking);
  lay_out();
}

void FusedLayer::to(at::ScalarType type, bool non_blocking) {
  Layer::to(type, non_blocking);
  lay_out();
}

void FusedLayer::to(at::Device device, bool non_blocking) {
  Layer::to(device, non_blocking);
  lay_out();
}

bool FusedLayer::has_kernels() const { return recurrent::is_plain_float(weights_.input); }

void FusedLayer::lay_out() {
  const at::NoGradGuard no_grad;
  for (at::Tensor* matrix : {&weights_.input, &weights_.recurrent}) {
    const at::Tensor values = matrix->detach();
    matrix->set_data(has_kernels() ? values.t().contiguous().t() : values.contiguous());
  }
  if (cell_ == Cell::gru_before || !at::cudnn_is_acceptable(weights_.input)) return;
  at::_cudnn_rnn_flatten_weight({weights_.input, weights_.recurrent, weights_.input_bias, weights_.recurrent_bias},
                                /*weight_stride0=*/4, weights_.input.size(1), cudnn_mode(cell_),
                                weights_.recurrent.size(1), /*proj_size=*/0, /*num_layers=*/1, /*batch_first=*/false,
                                /*bidirectional=*/false);
}

std::vector<recurrent::Gate> FusedLayer::gates() {
  const int64_t count = gate_count(cell_);
  const auto input = blocks(weights_.input, count), recurrent = blocks(weights_.recurrent, count);
  const auto first = blocks(weights_.input_bias, count), second = blocks(weights_.recurrent_bias, count);
  std::vector<recurrent::Gate> result;
  for (size_t i = 0; i < input.size(); ++i) {
    const bool forgets = cell_ == Cell::lstm && i == 1;
    result.push_back({input[i], recurrent[i], {first[i], second[i]}, forgets});
  }
  return result;
}

at::Tensor FusedLayer::forward(const Inputs& x, std::vector<at::Tensor>& state) {
  if (has_kernels()) return run_layer(cell_, x.compact(), weights_, state);
  return cell_ == Cell::gru_before ? run_reset_before(x, state) : run_library(x, state);
}

at::Tensor FusedLayer::run_library(const Inputs& x, std::vector<at::Tensor>& state) const {
  const std::vector<at::Tensor> parameters = {weights_.input, weights_.recurrent, weights_.input_bias,
                                              weights_.recurrent_bias};
  const at::Tensor h = state[0].unsqueeze(0);
  if (cell_ == Cell::lstm) {
    auto [outputs, last_h, last_c] =
        at::lstm(x.dense(), {h, state[1].unsqueeze(0)}, parameters, true, 1, 0, is_training(), false, false);
    state = {last_h.squeeze(0), last_c.squeeze(0)};
    return outputs;
  }
  auto [outputs, last_h] = cell_ == Cell::gru
                               ? at::gru(x.dense(), h, parameters, true, 1, 0, is_training(), false, false)
                               : at::rnn_tanh(x.dense(), h, parameters, true, 1, 0, is_training(), false, false);
  state = {last_h.squeeze(0)};
  return outputs;
}

at::Tensor FusedLayer::run_reset_before(const Inputs& x, std::vector<at::Tensor>& state) const {
  const auto from_x = (x.times(weights_.input.t()) + weights_.input_bias).unbind(0);
  const auto w = blocks(weights_.recurrent, 3), b = blocks(weights_.recurrent_bias, 3);
  at::Tensor h = state[0];
  std::vector<at::Tensor> outputs;
  for (const at::Tensor& xw : from_x) {
    const auto parts = xw.chunk(3, 1);
    const at::Tensor r = sigmoid(parts[0] + at::linear(h, w[0], b[0]));
    const at::Tensor z = sigmoid(parts[1] + at::linear(h, w[1], b[1]));
    const at::Tensor n = tanh(parts[2] + at::linear(r * h, w[2], b[2]));
    h = n + z * (h - n);
    outputs.push_back(h);
  }
  state[0] = h;
  return at::stack(outputs);
}

Schema<GruOptions> GruOptions::schema() {
  Schema<GruOptions> schema;
  recurrent::add_network_options(schema);
  recurrent::add_reset_after(schema);
  return schema;
}

Schema<LstmOptions> LstmOptions::schema() {
  Schema<LstmOptions> schema;
  recurrent::add_network_options(schema);
  recurrent::add_forget_bias(schema);
  return schema;
}

}  // namespace runner::fused
