#include "worker/train/guarded_model.h"

#include <ATen/ATen.h>

#include <sstream>
#include <stdexcept>
#include <unordered_set>

#include "worker/train/state.h"
#include "worker/train/tensor_store.h"

namespace runner::worker {
namespace {

template <typename... Parts>
std::string text(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

std::string snapshot_name(const std::string& tensor) { return "model." + tensor; }

std::vector<at::Tensor> unique_trainable(const NamedTensors& named) {
  std::vector<at::Tensor> result;
  std::unordered_set<const void*> seen;
  for (const auto& [name, tensor] : named) {
    if (tensor.requires_grad() && seen.insert(tensor.unsafeGetTensorImpl()).second) result.push_back(tensor);
  }
  return result;
}

}  // namespace

GuardedModel::GuardedModel(std::unique_ptr<Model> model, std::string name, const ModelContext& context)
    : model_(std::move(model)), name_(std::move(name)), context_(context) {
  const auto check_place = [this](const char* kind, const std::string& tensor_name, const at::Tensor& tensor) {
    if (!tensor.defined()) blame(text("has an undefined tensor as its ", kind, " ", tensor_name));
    if (tensor.device() != context_.device) {
      blame(text("keeps its ", kind, " ", tensor_name, " on ", tensor.device(), ", expected ", context_.device,
                 ": build it on the context's device"));
    }
  };
  const NamedTensors parameters = model_->named_parameters();
  for (const auto& [parameter, tensor] : parameters) check_place("parameter", parameter, tensor);
  for (const auto& [buffer, tensor] : model_->named_buffers()) check_place("buffer", buffer, tensor);
  try {
    check_storable(named_tensors());
  } catch (const std::invalid_argument& error) {
    blame(text("has parameters and buffers that cannot be saved: ", error.what()));
  }
  trainable_ = unique_trainable(parameters);
  if (trainable_.empty())
    blame("has no trainable parameter: named_parameters() must return those that want a gradient");
}

at::Tensor GuardedModel::forward(const at::Tensor& tokens, State& state) {
  const State before = state;
  at::Tensor logits = model_->forward(tokens, state);
  check_logits(logits, tokens);
  check_successor(before, state);
  check_state(state, tokens.size(1), "forward()");
  return logits;
}

State GuardedModel::initial_state(int64_t batch_size) {
  State state = model_->initial_state(batch_size);
  check_state(state, batch_size, "initial_state()");
  return state;
}

int64_t GuardedModel::parameter_count() const {
  int64_t count = 0;
  for (const at::Tensor& tensor : trainable_) count += tensor.numel();
  return count;
}

NamedTensors GuardedModel::named_tensors() {
  NamedTensors tensors = model_->named_parameters();
  for (auto& buffer : model_->named_buffers()) tensors.push_back(std::move(buffer));
  return tensors;
}

void GuardedModel::save(Snapshot& snapshot) {
  for (const auto& [name, tensor] : named_tensors()) {
    if (snapshot.tensors.emplace(snapshot_name(name), tensor).second) continue;
    blame(text("has two tensors called ", name, ": name every parameter and buffer differently"));
  }
}

void GuardedModel::restore(const Snapshot& snapshot) {
  for (const auto& [name, tensor] : named_tensors()) snapshot.copy_to(snapshot_name(name), tensor);
}

void GuardedModel::check_logits(const at::Tensor& logits, const at::Tensor& tokens) const {
  if (!logits.defined()) blame("returned an undefined tensor from forward(), expected logits [T, N, V]");
  const std::vector<int64_t> expected = {tokens.size(0), tokens.size(1), context_.vocabulary};
  if (logits.sizes() != at::IntArrayRef(expected)) {
    blame(text("returned logits of shape ", logits.sizes(), ", expected [T, N, V] = ", at::IntArrayRef(expected)));
  }
  if (logits.device() != context_.device) {
    blame(text("returned logits on ", logits.device(), ", expected ", context_.device));
  }
  if (logits.scalar_type() != context_.dtype) {
    blame(text("returned logits of type ", logits.scalar_type(), ", expected ", context_.dtype));
  }
  if (at::GradMode::is_enabled() && !logits.requires_grad()) {
    blame(
        "returned logits that no gradient can go through: forward() must compute them from the parameters, without "
        "detach() or a NoGradGuard");
  }
}

void GuardedModel::check_state(const State& state, int64_t batch_size, const char* source) const {
  for (size_t i = 0; i < state.size(); ++i) {
    const StateTensor& part = state[i];
    const std::string place = text("left state tensor ", i, " of ", source, " ");
    if (!part.value.defined()) blame(place + "undefined");
    if (part.batch_dim < 0 || part.batch_dim >= part.value.dim() || part.value.size(part.batch_dim) != batch_size) {
      blame(text(place, "with shape ", part.value.sizes(), ", expected N = ", batch_size, " in its batch dimension ",
                 part.batch_dim));
    }
    if (part.value.device() != context_.device) {
      blame(text(place, "on ", part.value.device(), ", expected ", context_.device));
    }
  }
}

void GuardedModel::check_successor(const State& before, const State& after) const {
  if (after.size() != before.size()) {
    blame(text("was given a state of ", before.size(), " tensors and left one of ", after.size(),
               ": forward() must replace each tensor that initial_state() made"));
  }
  for (size_t i = 0; i < after.size(); ++i) {
    if (!after[i].value.defined() || is_alike(before[i], after[i])) continue;
    blame(text("was given state tensor ", i, " as ", layout_text(before[i]), " and left it as ", layout_text(after[i]),
               ": forward() must keep the type and the shape"));
  }
}

void GuardedModel::blame(const std::string& what) const {
  throw std::runtime_error("the model \"" + name_ + "\" " + what + ". This is an error in the model's code.");
}

}  // namespace runner::worker
