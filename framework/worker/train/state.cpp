#include "worker/train/state.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace runner::worker {
namespace {

std::string name_of(size_t part) { return "state." + std::to_string(part); }

at::Tensor cut(const at::Tensor& value) { return value.detach().contiguous(); }

}  // namespace

void detach(State& state) {
  for (StateTensor& part : state) part.value = cut(part.value);
}

void lay_out(State& state) {
  for (StateTensor& part : state) part.value = part.value.contiguous();
}

void save(const State& state, Snapshot& snapshot) {
  Json batch_dims = Json::array();
  for (size_t i = 0; i < state.size(); ++i) {
    snapshot.tensors[name_of(i)] = cut(state[i].value);
    batch_dims.push_back(state[i].batch_dim);
  }
  snapshot.values["state"] = batch_dims;
}

State state_from(const Snapshot& snapshot, at::Device device) {
  State state;
  for (const Json& batch_dim : snapshot.values.at("state")) {
    state.push_back({snapshot.tensor(name_of(state.size())).to(device), count_of(batch_dim, "state")});
  }
  return state;
}

bool is_alike(const StateTensor& one, const StateTensor& other) {
  return one.value.scalar_type() == other.value.scalar_type() && one.value.sizes() == other.value.sizes() &&
         one.batch_dim == other.batch_dim;
}

bool is_alike(const State& one, const State& other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](const StateTensor& a, const StateTensor& b) { return is_alike(a, b); });
}

std::string layout_text(const StateTensor& part) {
  std::ostringstream out;
  out << part.value.scalar_type() << ' ' << part.value.sizes() << ", batch dimension " << part.batch_dim;
  return out.str();
}

void check_layout(const State& state, const State& expected) {
  if (state.size() != expected.size()) {
    throw std::invalid_argument("a state of " + std::to_string(state.size()) + " tensors, expected " +
                                std::to_string(expected.size()));
  }
  for (size_t i = 0; i < state.size(); ++i) {
    if (is_alike(state[i], expected[i])) continue;
    throw std::invalid_argument(name_of(i) + ": expected " + layout_text(expected[i]) + ", found " +
                                layout_text(state[i]));
  }
}

int64_t batch_size_of(const State& state) { return state.empty() ? 0 : state[0].value.size(state[0].batch_dim); }

}  // namespace runner::worker
