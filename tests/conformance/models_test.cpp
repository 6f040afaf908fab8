// What every model of this tree must do, whatever its cell.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "gru/gru_cell.h"
#include "lstm/lstm_cell.h"
#include "rnn/rnn_cell.h"
#include "runner/plugin.h"
#include "runner/recurrent/net.h"

namespace runner {
namespace {

constexpr int64_t kVocabulary = 11;

template <typename Cell>
class Conformance : public ::testing::Test {
 protected:
  std::unique_ptr<Model> make(at::ScalarType dtype = at::kFloat) {
    torch::manual_seed(1);
    const ParamValues values = {{"hidden_size", int64_t{6}}, {"num_layers", int64_t{2}}};
    return factory().create(values, {kVocabulary, at::kCPU, dtype});
  }
  static const ModelFactory& factory() {
    return *static_cast<const ModelFactory*>(model<recurrent::RecurrentModel<Cell>>("test", "").factory);
  }
  static at::Tensor tokens(int64_t steps, int64_t rows) {
    return at::randint(kVocabulary, {steps, rows}, at::detail::createCPUGenerator(2), at::kLong);
  }
};

using Cells = ::testing::Types<recurrent::RnnCell, recurrent::GruCell, recurrent::LstmCell>;
TYPED_TEST_SUITE(Conformance, Cells);

TYPED_TEST(Conformance, LogitsHaveOneRowForEveryToken) {
  for (const auto dtype : {at::kFloat, at::kDouble}) {
    const auto model = this->make(dtype);
    for (const auto& [steps, rows] : {std::pair{1, 1}, {1, 3}, {5, 1}, {4, 3}}) {
      State state = model->initial_state(rows);
      const at::Tensor logits = model->forward(this->tokens(steps, rows), state);
      EXPECT_EQ(logits.sizes(), at::IntArrayRef({steps, rows, kVocabulary}));
      EXPECT_EQ(logits.scalar_type(), dtype);
    }
  }
}

TYPED_TEST(Conformance, StatesKeepTheirShapes) {
  const auto model = this->make();
  const State before = model->initial_state(3);
  State after = before;
  model->forward(this->tokens(4, 3), after);
  ASSERT_EQ(after.size(), before.size());
  for (size_t i = 0; i < after.size(); ++i) {
    EXPECT_EQ(after[i].value.sizes(), before[i].value.sizes());
    EXPECT_EQ(after[i].batch_dim, before[i].batch_dim);
    EXPECT_EQ(after[i].value.size(after[i].batch_dim), 3);
    EXPECT_EQ(before[i].value.abs().sum().template item<float>(), 0)
        << "forward must not write into a state given to it";
  }
}

TYPED_TEST(Conformance, RowsDoNotSeeEachOther) {
  const auto model = this->make(at::kDouble);
  const at::Tensor tokens = this->tokens(4, 3);
  State together = model->initial_state(3), alone = model->initial_state(1);
  const at::Tensor all = model->forward(tokens, together);
  const at::Tensor second = model->forward(tokens.narrow(1, 1, 1), alone);
  EXPECT_TRUE(at::allclose(all.narrow(1, 1, 1), second, 1e-12, 1e-12));
}

TYPED_TEST(Conformance, TheSameSeedBuildsTheSameModelInTheSameOrder) {
  const auto first = this->make()->named_parameters(), second = this->make()->named_parameters();
  ASSERT_EQ(first.size(), second.size());
  for (size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].first, second[i].first);
    EXPECT_TRUE(at::equal(first[i].second, second[i].second));
  }
}

TYPED_TEST(Conformance, EveryParameterGetsAGradient) {
  const auto model = this->make();
  State state = model->initial_state(3);
  model->forward(this->tokens(4, 3), state).pow(2).sum().backward();
  for (const auto& [name, tensor] : model->named_parameters()) {
    ASSERT_TRUE(tensor.grad().defined()) << name;
    EXPECT_GT(tensor.grad().abs().sum().template item<float>(), 0) << name;
  }
}

TYPED_TEST(Conformance, TensorsHandedOutBeforeAMoveStayTheModels) {
  const auto model = this->make();
  const NamedTensors before = model->named_parameters();
  model->to(at::kCPU, at::kDouble);
  for (const auto& [name, tensor] : before) EXPECT_EQ(tensor.scalar_type(), at::kDouble) << name;
}

}  // namespace
}  // namespace runner
