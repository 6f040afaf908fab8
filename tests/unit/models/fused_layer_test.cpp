// One fused layer, forward and backward, against LibTorch's own in double precision with the same weights.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/fused/fused_function.h"
#include "unit/numbers.h"

namespace runner::fused {
namespace {

using test::expect_rounded;
using test::leaf;
using test::Threads;

struct Shape {
  int64_t steps, rows, inputs, units;
};

// One sequence, one step, one unit; tiles of 8, 3 or 1 rows and blocks of 32 units: full ones and what is left over.
constexpr Shape kShapes[] = {{1, 1, 1, 1},    {1, 9, 3, 5},   {5, 1, 7, 33},  {4, 3, 17, 16}, {6, 8, 10, 32},
                             {3, 11, 40, 47}, {2, 19, 5, 64}, {7, 5, 33, 70}, {1, 4, 6, 100}, {9, 2, 2, 31}};

// All that goes into a layer. x: tokens, or vectors.
struct Given {
  Cell cell;
  at::Tensor x;
  LayerWeights weights;
  std::vector<at::Tensor> state;

  std::vector<at::Tensor> trainable() const {
    std::vector<at::Tensor> all = {weights.input, weights.recurrent, weights.input_bias, weights.recurrent_bias};
    all.insert(all.end(), state.begin(), state.end());
    if (x.is_floating_point()) all.push_back(x);
    return all;
  }
};

// Outputs first, then the final state.
using Results = std::vector<at::Tensor>;

Given random(Cell cell, const Shape& shape, bool tokens) {
  const int64_t gates = gate_count(cell) * shape.units;
  // Larger ones would make a chaotic system, which magnifies every rounding.
  const double size = 1 / std::sqrt(static_cast<double>(shape.units));
  const auto weights = [&](at::IntArrayRef sizes) { return at::randn(sizes).mul_(size).requires_grad_(); };
  Given given;
  given.cell = cell;
  given.x = tokens ? at::randint(shape.inputs, {shape.steps, shape.rows}, at::kLong)
                   : at::randn({shape.steps, shape.rows, shape.inputs}).requires_grad_();
  given.weights = {weights({gates, shape.inputs}), weights({gates, shape.units}), weights({gates}), weights({gates})};
  for (int part = 0; part < (cell == Cell::lstm ? 2 : 1); ++part) {
    given.state.push_back(at::randn({shape.rows, shape.units}).requires_grad_());
  }
  return given;
}

// The same numbers in double precision, tokens as vectors.
Given exactly(const Given& given) {
  const auto copy = [](const at::Tensor& x) { return leaf(x, at::kDouble); };
  Given exact = given;
  exact.x = copy(given.x.is_floating_point() ? given.x : at::one_hot(given.x, given.weights.input.size(1)));
  for (at::Tensor* const w :
       {&exact.weights.input, &exact.weights.recurrent, &exact.weights.input_bias, &exact.weights.recurrent_bias}) {
    *w = copy(*w);
  }
  for (at::Tensor& part : exact.state) part = copy(part);
  return exact;
}

Results fused(const Given& given) {
  std::vector<at::Tensor> state = given.state;
  Results results = {run_layer(given.cell, given.x, given.weights, state)};
  results.insert(results.end(), state.begin(), state.end());
  return results;
}

// Cho et al. 2014, with both bias vectors outside of the reset gate: no module of LibTorch computes it.
Results reset_before(const Given& given) {
  const LayerWeights& w = given.weights;
  const auto from_x = at::linear(given.x, w.input, w.input_bias).chunk(3, 2);
  const auto u = w.recurrent.chunk(3), b = w.recurrent_bias.chunk(3);
  at::Tensor h = given.state[0];
  std::vector<at::Tensor> outputs;
  for (int64_t t = 0; t < given.x.size(0); ++t) {
    const at::Tensor r = at::sigmoid(from_x[0][t] + at::linear(h, u[0], b[0]));
    const at::Tensor z = at::sigmoid(from_x[1][t] + at::linear(h, u[1], b[1]));
    const at::Tensor n = at::tanh(from_x[2][t] + at::linear(r * h, u[2], b[2]));
    h = (1 - z) * n + z * h;
    outputs.push_back(h);
  }
  return {at::stack(outputs), h};
}

Results reference(const Given& given) {
  if (given.cell == Cell::gru_before) return reset_before(given);
  const LayerWeights& w = given.weights;
  const std::vector<at::Tensor> weights = {w.input, w.recurrent, w.input_bias, w.recurrent_bias};
  const at::Tensor h = given.state[0].unsqueeze(0);
  if (given.cell == Cell::lstm) {
    const auto [outputs, last_h, last_c] =
        at::lstm(given.x, {h, given.state[1].unsqueeze(0)}, weights, true, 1, 0, true, false, false);
    return {outputs, last_h[0], last_c[0]};
  }
  const auto [outputs, last] = given.cell == Cell::rnn
                                   ? at::rnn_tanh(given.x, h, weights, true, 1, 0, true, false, false)
                                   : at::gru(given.x, h, weights, true, 1, 0, true, false, false);
  return {outputs, last[0]};
}

// Which results the loss depends on: one bit for each.
constexpr unsigned kOutputs = 1, kFinalH = 2, kFinalC = 4;

at::Tensor loss(const Results& results, const std::vector<at::Tensor>& directions, unsigned flows) {
  at::Tensor sum = at::zeros({}, results[0].scalar_type());
  for (size_t i = 0; i < results.size(); ++i) {
    if (flows >> i & 1) sum = sum + (results[i] * directions[i]).sum();
  }
  return sum;
}

void compare(const Given& given, unsigned flows) {
  const Given exact = exactly(given);
  const Results found = fused(given), expected = reference(exact);
  ASSERT_EQ(found.size(), expected.size());
  std::vector<at::Tensor> directions;
  for (size_t i = 0; i < found.size(); ++i) {
    expect_rounded(found[i], expected[i], "result " + std::to_string(i));
    directions.push_back(at::randn_like(found[i]));
  }
  loss(found, directions, flows).backward();
  loss(expected, directions, flows).backward();
  const auto mine = given.trainable(), theirs = exact.trainable();
  for (size_t i = 0; i < mine.size(); ++i) {
    expect_rounded(mine[i].grad(), theirs[i].grad(), "gradient " + std::to_string(i) + " of W_x W_h b_x b_h state x");
  }
}

class FusedLayers : public ::testing::TestWithParam<Cell> {
 protected:
  void SetUp() override { torch::manual_seed(1); }
  const Cell cell = GetParam();
};

TEST_P(FusedLayers, EqualLibTorchsAndTheirGradients) {
  for (const Shape& shape : kShapes) {
    for (const bool tokens : {false, true}) {
      for (const unsigned flows : {kOutputs, kFinalH, kOutputs | kFinalH, kFinalC, kOutputs | kFinalH | kFinalC}) {
        if (cell != Cell::lstm && (flows & kFinalC)) continue;
        SCOPED_TRACE(::testing::Message()
                     << "T " << shape.steps << ", N " << shape.rows << ", D " << shape.inputs << ", H " << shape.units
                     << (tokens ? ", tokens" : ", vectors") << ", gradients from " << flows);
        compare(random(cell, shape, tokens), flows);
      }
    }
  }
}

// Arguments in any layout; x as a bidirectional model or a batch-first dataset would cut it.
TEST_P(FusedLayers, ReadAnyLayout) {
  Given given = random(cell, {5, 3, 6, 34}, false);
  given.x = leaf(at::randn({3, 5, 6}).transpose(0, 1), at::kFloat);
  given.weights.input = leaf(given.weights.input.detach().t().contiguous().t(), at::kFloat);
  given.weights.recurrent = leaf(given.weights.recurrent.detach().t().contiguous().t(), at::kFloat);
  given.state[0] = leaf(at::randn({34, 3}).t(), at::kFloat);
  compare(given, kOutputs | kFinalH);
  Given tokens = random(cell, {5, 3, 6, 34}, true);
  tokens.x = at::randint(6, {3, 5}, at::kLong).t();
  compare(tokens, kOutputs);
}

TEST_P(FusedLayers, GiveGradientsToWhatWantsThem) {
  const Given given = random(cell, {3, 2, 4, 5}, false);
  for (const at::Tensor& only : given.trainable()) {
    for (at::Tensor x : given.trainable()) x.requires_grad_(x.is_same(only)).mutable_grad() = at::Tensor();
    fused(given)[0].sum().backward();
    for (const at::Tensor& x : given.trainable()) EXPECT_EQ(x.grad().defined(), x.is_same(only));
  }
}

Results with_gradients(const Given& given) {
  Results all = fused(given);
  (all[0] * all[0]).sum().backward();
  for (const at::Tensor& x : given.trainable()) all.push_back(x.grad());
  return all;
}

void expect_identical(const Results& a, const Results& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(at::equal(a[i], b[i])) << i;
}

TEST_P(FusedLayers, AreTheSameOnAnyNumberOfThreads) {
  for (const bool tokens : {false, true}) {
    const Given given = random(cell, {4, 9, 20, 100}, tokens);
    const auto on_threads = [&](int count) {
      const Threads threads(count);
      for (at::Tensor x : given.trainable()) x.mutable_grad() = at::Tensor();
      return with_gradients(given);
    };
    expect_identical(on_threads(1), on_threads(2));
  }
}

TEST_P(FusedLayers, ComputeASequenceWithoutRegardToTheOthers) {
  const at::NoGradGuard no_grad;
  const Given all = random(cell, {4, 19, 6, 40}, false);
  Given one = all;
  const Results expected = fused(all);
  for (int64_t row = 0; row < 19; ++row) {
    one.x = all.x.narrow(1, row, 1);
    for (size_t i = 0; i < all.state.size(); ++i) one.state[i] = all.state[i].narrow(0, row, 1);
    EXPECT_TRUE(at::equal(fused(one)[0], expected[0].narrow(1, row, 1))) << row;
  }
}

TEST_P(FusedLayers, ComputeTheSameWithoutAGraph) {
  const Given given = random(cell, {6, 3, 4, 40}, false);
  const Results recorded = fused(given);
  const at::NoGradGuard no_grad;
  expect_identical(fused(given), recorded);
}

template <typename Run>
std::string refusal(const Run& run) {
  try {
    run();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "accepted";
}

TEST_P(FusedLayers, RefuseASecondBackwardPass) {
  const at::Tensor sum = fused(random(cell, {2, 2, 3, 4}, false))[0].sum();
  sum.backward({}, /*retain_graph=*/true);
  EXPECT_THAT(refusal([&] { sum.backward({}, true); }),
              ::testing::HasSubstr("keep a graph for one backward pass only; run forward again"));
}

TEST_P(FusedLayers, RefuseSecondDerivatives) {
  const Given given = random(cell, {2, 2, 3, 4}, false);
  const at::Tensor sum = fused(given)[0].pow(2).sum();
  EXPECT_THAT(refusal([&] { torch::autograd::grad({sum}, {given.x}, {}, true, /*create_graph=*/true); }),
              ::testing::HasSubstr("have no second derivatives; use rnn, gru or lstm for that"));
}

// Backward reads the outputs again.
TEST_P(FusedLayers, NoticeThatOutputsWereOverwritten) {
  Results results = fused(random(cell, {3, 2, 3, 4}, false));
  const at::Tensor sum = results[0].sum() + results[1].sum();
  {
    const at::NoGradGuard no_grad;
    results[0].zero_();
  }
  EXPECT_THAT(refusal([&] { sum.backward(); }), ::testing::HasSubstr("modified by an inplace operation"));
}

TEST_P(FusedLayers, RefuseTokensOutsideOfTheVocabulary) {
  Given given = random(cell, {3, 2, 5, 4}, true);
  for (const int64_t token : {-1, 5}) {
    given.x[1][1] = token;
    EXPECT_EQ(refusal([&] { fused(given); }),
              "token " + std::to_string(token) + " is outside of the vocabulary, 0 to 4");
  }
}

TEST_P(FusedLayers, RefuseSequencesWithoutSteps) {
  Given given = random(cell, {3, 2, 5, 4}, true);
  given.x = given.x.narrow(0, 0, 0);
  EXPECT_EQ(refusal([&] { fused(given); }), "a fused layer needs at least one time step, but x has none");
}

TEST_P(FusedLayers, RefuseOtherTypesAndDevices) {
  const auto refused_with = [&](const std::string& found, const auto& change) {
    Given given = random(cell, {3, 2, 5, 4}, false);
    change(given);
    EXPECT_EQ(refusal([&] { fused(given); }),
              "a fused layer computes in Float on cpu, but " + found + "; convert it, or use rnn, gru or lstm");
  };
  const auto to_double = [](at::Tensor& x) { x = x.to(at::kDouble); };
  refused_with("x is Double on cpu", [&](Given& given) { to_double(given.x); });
  refused_with("x is Int on cpu", [&](Given& given) { given.x = given.x.to(at::kInt); });
  refused_with("x is Float on meta", [&](Given& given) { given.x = given.x.to(at::kMeta); });
  refused_with("weight_hh is Double on cpu", [&](Given& given) { to_double(given.weights.recurrent); });
  refused_with("the state h is Double on cpu", [&](Given& given) { to_double(given.state.front()); });
}

// Rows that lie a multiple of 4 KiB apart, or nearly, would compete for the same lines of the cache.
TEST_P(FusedLayers, KeepRowsOfSlotsApartInTheCache) {
  for (const int64_t units : {3, 252, 255, 256, 260, 508, 512, 1008, 1024}) {
    const Given given = random(cell, {1, 2, 1, units}, true);
    const at::NoGradGuard no_grad;
    const Trace trace = run_forward(cell, given.x, given.weights, given.state, /*record=*/true);
    const int64_t beyond = trace.slots.stride(1) % 1024;
    EXPECT_GE(std::min(beyond, 1024 - beyond), 16) << "H " << units;
  }
}

TEST_P(FusedLayers, ANaNStaysInItsSequence) {
  const at::NoGradGuard no_grad;
  const Given given = random(cell, {3, 9, 4, 40}, false);
  given.x[1][4][0] = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor bad = fused(given)[0].isnan().all(2);
  EXPECT_EQ(bad.count_nonzero().item<int64_t>(), 2) << "steps 1 and 2 of one sequence";
  EXPECT_TRUE(bad[1][4].item<bool>() && bad[2][4].item<bool>());
}

std::string name_of(const ::testing::TestParamInfo<Cell>& tested) {
  constexpr const char* kNames[] = {"rnn", "gru", "gru_before", "lstm"};
  return kNames[static_cast<int>(tested.param)];
}

INSTANTIATE_TEST_SUITE_P(Cells, FusedLayers, ::testing::Values(Cell::rnn, Cell::gru, Cell::gru_before, Cell::lstm),
                         name_of);

}  // namespace
}  // namespace runner::fused
