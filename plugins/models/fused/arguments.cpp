#include "models/fused/arguments.h"

#include <ATen/ATen.h>
#include <runner/recurrent/plain_float.h>

#include <stdexcept>
#include <string>

namespace runner::fused {
namespace {

std::string kind_of(const at::Tensor& x) {
  return std::string(at::toString(x.scalar_type())) + " on " + x.device().str();
}

void check_kind(const char* name, const at::Tensor& x) {
  if (recurrent::is_plain_float(x)) return;
  throw std::invalid_argument("a fused layer computes in Float on cpu, but " + std::string(name) + " is " + kind_of(x) +
                              "; convert it, or use rnn, gru or lstm");
}

bool are_tokens(const at::Tensor& x) { return x.is_cpu() && x.scalar_type() == at::kLong; }

}  // namespace

void check_arguments(const at::Tensor& x, const LayerWeights& weights, const std::vector<at::Tensor>& state) {
  if (x.size(0) == 0) throw std::invalid_argument("a fused layer needs at least one time step, but x has none");
  if (!are_tokens(x)) check_kind("x", x);
  check_kind("weight_ih", weights.input);
  check_kind("weight_hh", weights.recurrent);
  check_kind("bias_ih", weights.input_bias);
  check_kind("bias_hh", weights.recurrent_bias);
  check_kind("the state h", state[0]);
  if (state.size() > 1) check_kind("the state c", state[1]);
}

}  // namespace runner::fused
