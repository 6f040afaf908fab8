// Trainings of fused models against those of the models that wrap LibTorch's modules: the same losses.
#include <gtest/gtest.h>

#include "gru/gru_layer.h"
#include "lstm/lstm_layer.h"
#include "models/fused/fused_layer.h"
#include "rnn/rnn_layer.h"
#include "runner/recurrent/net.h"
#include "unit/train/support.h"

namespace runner::test {
namespace {

constexpr int64_t kVocabulary = 30, kHidden = 40, kSteps = 12, kRows = 11, kBatches = 20;

template <typename Layer>
std::vector<double> losses(const Json& optimizer, int64_t layers, const std::vector<Batch>& batches) {
  auto job = small_job();
  job.model.options = {{"hidden_size", kHidden}, {"num_layers", layers}};
  job.train["epochs"] = kBatches;
  job.train["clip_norm"] = 0.5;
  job.train["reset_state"] = "never";
  job.train["optimizer"] = optimizer;
  const HandData data{kVocabulary, one_an_epoch(batches)};
  return run(job, factory_of(data), model_factory<recurrent::RecurrentModel<Layer>>()).metric("loss");
}

template <typename Fused, typename Module>
struct Pair {
  using FusedLayer = Fused;
  using ModuleLayer = Module;
};
using Pairs = ::testing::Types<Pair<fused::RnnLayer, recurrent::RnnLayer>, Pair<fused::GruLayer, recurrent::GruLayer>,
                               Pair<fused::LstmLayer, recurrent::LstmLayer>>;

template <typename T>
class FusedParity : public ::testing::Test {};
TYPED_TEST_SUITE(FusedParity, Pairs);

TYPED_TEST(FusedParity, LossesOfTwentyStepsEqualThoseOfTheModule) {
  const auto batches = consecutive(kBatches, kSteps, kRows, kVocabulary, 5);
  for (const Json& optimizer : {Json{{"name", "sgd"}, {"lr", 1.0}}, Json{{"name", "adam"}, {"lr", 0.01}}}) {
    for (const int64_t layers : {1, 2}) {
      const auto expected = losses<typename TypeParam::ModuleLayer>(optimizer, layers, batches);
      const auto found = losses<typename TypeParam::FusedLayer>(optimizer, layers, batches);
      ASSERT_EQ(found.size(), static_cast<size_t>(kBatches));
      ASSERT_EQ(expected.size(), found.size());
      for (size_t i = 0; i < found.size(); ++i) {
        EXPECT_NEAR(found[i], expected[i], 1e-4 * expected[i]) << optimizer << ", " << layers << ", step " << i + 1;
      }
      EXPECT_GT(std::abs(found.back() - found.front()), 1e-3) << "training had an effect";
    }
  }
}

}  // namespace
}  // namespace runner::test
