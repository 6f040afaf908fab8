// Conformance checks that the author of a model calls from any test framework:
//
//   for (const auto& finding : runner::testing::check_model<MyModel>({{"hidden_size", int64_t{6}}}))
//     std::cerr << finding.check << ": " << finding.message << '\n';
//
// An empty answer means that the model keeps every promise of runner/model.h that can be tested from outside. Choose
// small options (H of 4 to 8): the gradient check takes two forward passes for each of the elements that it probes.
#pragma once

#include <runner/plugin.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace runner::testing {

struct Finding {
  std::string check;  // the promise that was broken: "determinism", "batch rows", …
  std::string message;
};

struct ModelChecks {
  int64_t vocabulary = 11;      // V
  int64_t steps = 6;            // T
  int64_t rows = 3;             // N
  int64_t probed_elements = 8;  // of each parameter, in the gradient check
  bool causal = true;           // false: logits may depend on later tokens; chunks are then not compared either
};

namespace detail {

// One model under test; builds it anew for every check.
class ModelTester {
 public:
  ModelTester(const ModelFactory& factory, ParamValues values, ModelChecks checks)
      : factory_(factory), values_(std::move(values)), checks_(checks) {
    torch::manual_seed(2);
    tokens_ = at::randint(checks_.vocabulary, {checks_.steps, checks_.rows}, at::kLong);
  }

  std::vector<Finding> run() {
    const std::pair<const char*, void (ModelTester::*)()> all[] = {{"shapes", &ModelTester::check_shapes},
                                                                   {"determinism", &ModelTester::check_determinism},
                                                                   {"save and load", &ModelTester::check_save_and_load},
                                                                   {"evaluation", &ModelTester::check_evaluation},
                                                                   {"batch rows", &ModelTester::check_rows},
                                                                   {"chunks", &ModelTester::check_chunks},
                                                                   {"causality", &ModelTester::check_causality},
                                                                   {"gradients", &ModelTester::check_gradients},
                                                                   {"moves", &ModelTester::check_moves}};
    for (const auto& [name, check] : all) {
      check_ = name;
      try {
        (this->*check)();
      } catch (const std::exception& error) {
        find("it threw: ", error.what());
      }
    }
    return findings_;
  }

 private:
  template <typename... Parts>
  void find(const Parts&... parts) {
    std::ostringstream message;
    (message << ... << parts);
    findings_.push_back({check_, message.str()});
  }

  std::unique_ptr<Model> make(at::ScalarType dtype = at::kDouble, at::Device device = at::kCPU) const {
    torch::manual_seed(1);
    auto model = factory_.create(values_, {checks_.vocabulary, device, dtype});
    model->train(false);
    return model;
  }

  at::Tensor logits(Model& model, const at::Tensor& tokens) const {
    State state = model.initial_state(tokens.size(1));
    return model.forward(tokens, state);
  }

  static bool close(const at::Tensor& a, const at::Tensor& b) { return at::allclose(a, b, 1e-10, 1e-10); }

  void check_shapes() {
    for (const auto dtype : {at::kFloat, at::kDouble}) {
      const auto model = make(dtype);
      for (const auto& [steps, rows] : {std::pair<int64_t, int64_t>{1, 1}, {1, 3}, {5, 1}, {4, 3}}) {
        State state = model->initial_state(rows);
        const State before = state;
        const at::Tensor found = model->forward(at::zeros({steps, rows}, at::kLong), state);
        if (found.sizes() != at::IntArrayRef({steps, rows, checks_.vocabulary}) || found.scalar_type() != dtype) {
          find("logits are ", found.scalar_type(), " ", found.sizes(), ", expected ", dtype, " [", steps, ", ", rows,
               ", ", checks_.vocabulary, "]");
        }
        check_state_shapes(before, state, rows);
      }
    }
  }

  void check_state_shapes(const State& before, const State& after, int64_t rows) {
    if (after.size() != before.size()) return find("forward left ", after.size(), " state tensors of ", before.size());
    for (size_t i = 0; i < after.size(); ++i) {
      if (after[i].value.sizes() != before[i].value.sizes())
        find("state tensor ", i, " went from ", before[i].value.sizes(), " to ", after[i].value.sizes());
      if (after[i].value.scalar_type() != before[i].value.scalar_type())
        find("state tensor ", i, " went from ", before[i].value.scalar_type(), " to ", after[i].value.scalar_type());
      if (after[i].batch_dim >= after[i].value.dim() || after[i].value.size(after[i].batch_dim) != rows)
        find("state tensor ", i, " has no ", rows, " rows in its batch dimension ", after[i].batch_dim);
    }
  }

  void check_determinism() {
    const auto a = make(), b = make();
    const auto first = a->named_parameters(), second = b->named_parameters();
    if (first.empty()) find("the model has no parameter");
    if (first.size() != second.size()) return find("two models of one seed have different numbers of parameters");
    for (size_t i = 0; i < first.size(); ++i) {
      if (first[i].first != second[i].first) find("parameter ", i, " is named differently each time");
      if (!at::equal(first[i].second, second[i].second)) find(first[i].first, " differs between models of one seed");
    }
    if (!at::equal(logits(*a, tokens_), logits(*b, tokens_))) find("models of one seed give different logits");
  }

  // What is saved is named_parameters() and named_buffers(): copied into another model they make it the same.
  void check_save_and_load() {
    const auto saved = make();
    const at::Tensor expected = logits(*saved, tokens_);
    torch::manual_seed(99);
    const auto loaded = factory_.create(values_, {checks_.vocabulary, at::kCPU, at::kDouble});
    loaded->train(false);
    const at::NoGradGuard no_grad;
    copy(saved->named_parameters(), loaded->named_parameters());
    copy(saved->named_buffers(), loaded->named_buffers());
    if (!at::equal(logits(*loaded, tokens_), expected)) {
      find("a model with the parameters and buffers of another gives other logits: something is in neither list");
    }
  }

  static void copy(const NamedTensors& from, const NamedTensors& to) {
    for (size_t i = 0; i < from.size(); ++i) at::Tensor(to.at(i).second).copy_(from[i].second);
  }

  void check_evaluation() {
    const auto model = make();
    const at::Tensor first = logits(*model, tokens_);
    if (!at::equal(first, logits(*model, tokens_))) find("two calls in evaluation mode give different logits");
  }

  void check_rows() {
    const auto model = make();
    const at::Tensor together = logits(*model, tokens_);
    for (int64_t n = 0; n < checks_.rows; ++n) {
      if (!close(together.narrow(1, n, 1), logits(*model, tokens_.narrow(1, n, 1))))
        find("the logits of row ", n, " depend on the other rows of its batch");
    }
  }

  void check_chunks() {
    if (!checks_.causal) return;
    const auto model = make();
    const at::Tensor whole = logits(*model, tokens_);
    State state = model->initial_state(checks_.rows);
    std::vector<at::Tensor> parts;
    for (const at::Tensor& chunk : tokens_.split(2)) parts.push_back(model->forward(chunk, state));
    if (!close(whole, at::cat(parts)))
      find("a sequence in chunks, the state carried, gives other logits than as a whole");
  }

  void check_causality() {
    if (!checks_.causal) return;
    const auto model = make();
    const at::Tensor before = logits(*model, tokens_);
    for (int64_t t = 0; t + 1 < checks_.steps; ++t) {
      at::Tensor changed = tokens_.clone();
      changed[t + 1] = (changed[t + 1] + 1).remainder(checks_.vocabulary);
      if (!at::equal(before.narrow(0, 0, t + 1), logits(*model, changed).narrow(0, 0, t + 1)))
        return find("the logits up to step ", t, " depend on the token of step ", t + 1);
    }
  }

  // Central differences of one random projection of the logits, in double precision.
  void check_gradients() {
    const auto model = make();
    const at::Tensor direction = at::randn({checks_.steps, checks_.rows, checks_.vocabulary}, at::kDouble);
    const auto value = [&] { return (logits(*model, tokens_) * direction).sum(); };
    value().backward();
    std::mt19937_64 random(7);
    for (const auto& [name, parameter] : model->named_parameters()) {
      if (!parameter.grad().defined()) {
        find(name, " gets no gradient");
        continue;
      }
      for (int64_t i = 0; i < std::min(checks_.probed_elements, parameter.numel()); ++i) {
        check_element(name, parameter, static_cast<int64_t>(random() % static_cast<uint64_t>(parameter.numel())),
                      value);
      }
    }
  }

  template <typename Value>
  void check_element(const std::string& name, const at::Tensor& parameter, int64_t index, const Value& value) {
    const at::NoGradGuard no_grad;
    constexpr double kStep = 1e-5;
    const at::Tensor element = element_of(parameter.detach(), index);
    const double original = element.item<double>();
    const auto at_offset = [&](double offset) {
      element.fill_(original + offset);
      return value().template item<double>();
    };
    const double numeric = (at_offset(kStep) - at_offset(-kStep)) / (2 * kStep);
    element.fill_(original);
    const double analytic = element_of(parameter.grad(), index).template item<double>();
    if (std::abs(numeric - analytic) > 1e-6 * std::max(1.0, std::abs(numeric)))
      find("the gradient of ", name, "[", index, "] is ", analytic, ", finite differences give ", numeric);
  }

  // The element of that number, counted row by row whatever the layout in memory: a view.
  static at::Tensor element_of(at::Tensor x, int64_t index) {
    while (x.dim() > 0) {
      const int64_t row = x.numel() / x.size(0);
      x = x[index / row];
      index %= row;
    }
    return x;
  }

  void check_moves() {
    const auto model = make(at::kFloat);
    const NamedTensors before = model->named_parameters();
    model->to(at::kCPU, at::kDouble);
    for (const auto& [name, tensor] : before) {
      if (tensor.scalar_type() != at::kDouble) find(name, " as handed out before a move is no longer the model's own");
    }
    if (logits(*model, tokens_).scalar_type() != at::kDouble) find("the logits are not double after a move to double");
    if (torch::cuda::is_available()) check_cuda();
  }

  void check_cuda() {
    const auto here = make(), there = make();
    there->to(at::Device(at::kCUDA, 0), at::kDouble);
    const at::Tensor found = logits(*there, tokens_.to(at::kCUDA));
    if (!at::allclose(found.cpu(), logits(*here, tokens_), 1e-8, 1e-8)) find("CUDA and CPU give different logits");
  }

  const ModelFactory& factory_;
  const ParamValues values_;
  const ModelChecks checks_;
  at::Tensor tokens_;  // [T, N]
  std::string check_;
  std::vector<Finding> findings_;
};

}  // namespace detail

// Uses LibTorch's default generator.
inline std::vector<Finding> check_model(const ModelFactory& factory, const ParamValues& values,
                                        const ModelChecks& checks = {}) {
  return detail::ModelTester(factory, values, checks).run();
}

// `M` as it is passed to runner::model<M>().
template <typename M>
std::vector<Finding> check_model(const ParamValues& values, const ModelChecks& checks = {}) {
  return check_model(*static_cast<const ModelFactory*>(model<M>("model", "under test").factory), values, checks);
}

}  // namespace runner::testing
