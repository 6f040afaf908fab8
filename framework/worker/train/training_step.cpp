#include "worker/train/training_step.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cstring>

#include "worker/train/device.h"
#include "worker/train/generator.h"
#include "worker/train/loss.h"
#include "worker/train/state.h"

namespace runner::worker {
namespace {

// Steps of a shape before one is recorded. In the first, libraries choose how to compute and ask for memory.
constexpr int64_t kWarmUp = 2;
// Each keeps a graph, its inputs and its state, and costs copies of the whole trial to make and to verify. Data of more
// shapes have the others trained operation by operation.
constexpr size_t kMostShapes = 8;

bool wants_gradient(const StateTensor& part) { return part.value.requires_grad(); }

// To the bit: a NaN equals itself.
bool has_same_bits(const at::Tensor& a, const at::Tensor& b) {
  if (a.scalar_type() != b.scalar_type() || a.sizes() != b.sizes()) return false;
  const at::Tensor one = a.contiguous(), other = b.contiguous();
  return one.numel() == 0 || std::memcmp(one.data_ptr(), other.data_ptr(), one.nbytes()) == 0;
}

bool are_equal(const Snapshot& a, const Snapshot& b) {
  const auto same = [](const auto& one, const auto& other) {
    return one.first == other.first && has_same_bits(one.second.cpu(), other.second.cpu());
  };
  return a.values == b.values &&
         std::equal(a.tensors.begin(), a.tensors.end(), b.tensors.begin(), b.tensors.end(), same);
}

bool has_same_memory(const StateTensor& one, const StateTensor& other) {
  return one.value.data_ptr() == other.value.data_ptr();
}

// The values go into the tensors of `to`, of which some may be among them, in another place.
void put(const State& from, const State& to) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> values;
  for (const StateTensor& part : from) {
    const bool is_there = std::any_of(to.begin(), to.end(),
                                      [&](const StateTensor& place) { return place.value.is_alias_of(part.value); });
    values.push_back(is_there ? part.value.clone() : part.value);
  }
  for (size_t i = 0; i < to.size(); ++i) to[i].value.copy_(values[i]);
}

}  // namespace

TrainingStep::TrainingStep(const Parts& parts, double clip_norm, std::unique_ptr<Recorder> recorder, Warn warn)
    : parts_(parts),
      device_(parts.model.context().device),
      clip_norm_(clip_norm),
      recorder_(std::move(recorder)),
      warn_(std::move(warn)) {}

void TrainingStep::run(const Batch& batch, State& state) {
  if (!recorder_) return run_now(batch, state);
  Steps& steps = steps_of(batch);
  if (may_replay(state, steps)) return steps.is_proven ? replay(batch, state, steps) : prove(batch, state, steps);
  if (may_record(state, steps)) return record(batch, state, steps);
  ++steps.seen;
  run_now(batch, state);
}

size_t TrainingStep::recordings() const {
  return static_cast<size_t>(std::count_if(shapes_.begin(), shapes_.end(),
                                           [](const auto& shape) { return shape.second.recording != nullptr; }));
}

TrainingStep::Steps& TrainingStep::steps_of(const Batch& batch) { return shapes_[batch.inputs.sizes().vec()]; }

bool TrainingStep::may_record(const State& state, const Steps& steps) const {
  return !steps.is_refused && !steps.recording && steps.seen >= kWarmUp &&
         std::none_of(state.begin(), state.end(), wants_gradient);
}

bool TrainingStep::may_replay(const State& state, const Steps& steps) const {
  return steps.recording && is_alike(state, steps.state) && std::none_of(state.begin(), state.end(), wants_gradient);
}

void TrainingStep::run_now(const Batch& batch, State& state) {
  const at::Tensor loss = loss_with_gradients(moved(batch.inputs, device_), moved(batch.targets, device_), state);
  const at::Tensor norm = parts_.optimizer.step(clip_norm_);
  parts_.totals.add(loss, norm, batch.targets.numel());
}

at::Tensor TrainingStep::loss_with_gradients(const at::Tensor& inputs, const at::Tensor& targets, State& state) {
  at::Tensor loss = mean_cross_entropy(parts_.model.forward(inputs, state), targets);
  zero_gradients();
  loss.backward();
  return loss;
}

// Gradients are dropped, not zeroed: what backward() computes first is then stored, not added.
void TrainingStep::zero_gradients() {
  for (const at::Tensor& parameter : parts_.model.trainable()) parameter.mutable_grad().reset();
}

void TrainingStep::record(const Batch& batch, State& state, Steps& steps) {
  if (recordings() == kMostShapes) {
    refuse(steps, "batches come in more than " + std::to_string(kMostShapes) + " shapes");
    return run_now(batch, state);
  }
  const Snapshot before = copies_with(state);
  try {
    make_recording(steps, batch, state);
  } catch (const CannotRecord& refusal) {
    refuse(steps, refusal.what());
  }
  restore_all_but_state(before);
  run_now(batch, state);
}

void TrainingStep::refuse(Steps& steps, const std::string& why) {
  steps = {};
  steps.is_refused = true;
  warn(why);
}

void TrainingStep::make_recording(Steps& steps, const Batch& batch, const State& state) {
  steps.inputs = batch.inputs.to(device_, /*non_blocking=*/false, /*copy=*/true);
  steps.targets = batch.targets.to(device_, /*non_blocking=*/false, /*copy=*/true);
  steps.state = state;
  for (StateTensor& part : steps.state) part.value = part.value.detach().contiguous().clone();
  zero_gradients();
  steps.recording = recorder_->record([&] {
    State after = steps.state;
    const at::Tensor loss = loss_with_gradients(steps.inputs, steps.targets, after);
    const at::Tensor norm = parts_.optimizer.update(clip_norm_);
    parts_.totals.sum(loss, norm, steps.targets.numel());
    put(after, steps.state);
    steps.updated = parts_.optimizer.with_gradient();
    zero_gradients();
  });
}

// With other weights, another batch and other factors of the optimizer than the recording was made with.
void TrainingStep::prove(const Batch& batch, State& state, Steps& steps) {
  Snapshot before = copies_with(state);
  State replayed = state;
  replay(batch, replayed, steps);
  const Snapshot by_replay = copies_with(replayed);
  restore_all_but_state(before);
  before = {};  // of a large model, each copy is gigabytes
  run_now(batch, state);
  steps.is_proven = are_equal(by_replay, all_with(state));
  if (steps.is_proven) return;
  warn("recorded, a step comes to other numbers than the step itself, or it comes to others each time");
  shapes_.clear();
  recorder_.reset();
}

void TrainingStep::replay(const Batch& batch, State& state, Steps& steps) {
  copy_into(batch.inputs, steps.inputs);
  copy_into(batch.targets, steps.targets);
  // In place already where the step before was of this shape.
  const bool is_there = std::equal(state.begin(), state.end(), steps.state.begin(), has_same_memory);
  if (!is_there) put(state, steps.state);
  parts_.optimizer.begin_step(steps.updated);
  steps.recording->replay();
  parts_.totals.count(batch.targets.numel());
  state = steps.state;
}

void TrainingStep::warn(const std::string& why) {
  if (std::exchange(has_warned_, true)) return;
  warn_("there are training steps that are not recorded as a CUDA graph, which would be faster: " + why +
        ". Set run.cuda_graphs to false to train without trying.");
}

// All that a step changes, and the state: the tensors themselves.
Snapshot TrainingStep::all_with(const State& state) const {
  Snapshot snapshot;
  parts_.model.save(snapshot);
  parts_.optimizer.save(snapshot);
  parts_.totals.save(snapshot);
  save(state, snapshot);
  save_generators(device_, snapshot);
  return snapshot;
}

// On the CPU. Waits for the device.
Snapshot TrainingStep::copies_with(const State& state) const {
  Snapshot snapshot = all_with(state);
  for (auto& [name, tensor] : snapshot.tensors) tensor = tensor.detach().to(at::kCPU, false, /*copy=*/true);
  return snapshot;
}

// The state belongs to the caller.
void TrainingStep::restore_all_but_state(const Snapshot& snapshot) {
  parts_.model.restore(snapshot);
  parts_.optimizer.restore(snapshot);
  parts_.totals.restore(snapshot);
  restore_generators(device_, snapshot);
}

}  // namespace runner::worker
