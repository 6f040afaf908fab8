// Steps that are recorded and replayed must do what the steps themselves do, bit by bit. On the CPU an operator tape
// stands in for CUDA graphs, and in double precision our kernels and optimizers take the way that they take on a GPU.
// What LibTorch's own layers do there, in cuDNN, shows on a GPU alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/cuda.h>

#include <memory>
#include <optional>
#include <ostream>

#include "gru/gru_layer.h"
#include "lstm/lstm_layer.h"
#include "models/fused/fused_layer.h"
#include "models/scratch/models.h"
#include "rnn/rnn_layer.h"
#include "unit/train/operator_tape.h"
#include "unit/train/support.h"
#include "worker/train/device.h"
#include "worker/train/generator.h"
#include "worker/train/loop.h"

namespace runner::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kVocabulary = 7, kRows = 3, kEpochs = 5;
const ModelContext kOnCpu{kVocabulary, at::kCPU, at::kDouble};
using MakeModel = std::function<std::unique_ptr<Model>(const ModelContext&)>;
using MakeRecorder = std::function<std::unique_ptr<worker::Recorder>()>;

std::unique_ptr<worker::Recorder> no_recorder() { return nullptr; }

// Eight batches an epoch: chunks of four steps that continue each other, a new state in their midst, and in the end a
// shorter chunk.
std::vector<Batch> batches_of_an_epoch() {
  std::vector<Batch> batches = consecutive(7, 4, kRows, kVocabulary, 3);
  batches[4].fresh_state = true;
  batches.push_back(consecutive(1, 2, kRows, kVocabulary, 4).front());
  return batches;
}

worker::TrainSettings settings_with(const Json& optimizer, at::Device device) {
  worker::TrainSettings settings;
  settings.device = device;
  settings.train.epochs = kEpochs;
  settings.train.clip_norm = 0.05;
  settings.train.reset_state = "never";
  settings.optimizer = optimizer;
  settings.schedule = {{"name", "cosine"}, {"warmup", 0.5}};  // another learning rate in every step
  return settings;
}

// A trial without what is around its loop.
class Course {
 public:
  Course(const MakeModel& make_model, const Json& optimizer, const MakeRecorder& make_recorder,
         const ModelContext& context = kOnCpu, std::vector<Batch> epoch = batches_of_an_epoch())
      : settings_(settings_with(optimizer, context.device)), data_({kVocabulary, {std::move(epoch)}}) {
    at::manual_seed(5);
    model_ = std::make_unique<worker::GuardedModel>(make_model(context), "recorded", context);
    schedule_ = worker::make_schedule(settings_.schedule, settings_.optimizer.at("lr"), kEpochs);
    loop_ = std::make_unique<worker::TrainingLoop>(
        *model_, data_, settings_, *schedule_, 1, pulse_,
        worker::TrainingLoop::Recordings{make_recorder(),
                                         [this](const std::string& message) { warnings_.push_back(message); }});
  }

  // The epochs that are left, or until after `steps` steps.
  void train(int64_t steps = -1) {
    struct Enough {};
    try {
      for (int64_t epoch = std::max<int64_t>(1, loop_->position().epoch); epoch <= kEpochs; ++epoch) {
        loop_->train_epoch(epoch, [&] {
          if (--steps == 0) throw Enough();
          if (steps % 3 == 0) evaluate();
        });
      }
    } catch (const Enough&) {
    }
  }

  // What a checkpoint would hold, but for the clock's part.
  worker::Snapshot snapshot() {
    worker::Snapshot snapshot;
    model_->save(snapshot);
    worker::save_generators(settings_.device, snapshot);
    loop_->save(snapshot);
    for (auto& [name, tensor] : snapshot.tensors) tensor = tensor.detach().to(at::kCPU, false, /*copy=*/true);
    snapshot.values["loop"]["seconds"] = 0.0;
    return snapshot;
  }

  void restore(const worker::Snapshot& snapshot) {
    model_->restore(snapshot);
    loop_->restore(snapshot);
    worker::restore_generators(settings_.device, snapshot);
  }

  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  // What happens between two steps, now and then: it leaves no trace.
  void evaluate() {
    const at::NoGradGuard no_grad;
    const worker::GeneratorScope other_numbers(settings_.device, 8);
    model_->train(false);
    State state = model_->initial_state(kRows);
    model_->forward(at::randint(kVocabulary, {4, kRows}, at::dtype(at::kLong).device(settings_.device)), state);
    model_->train(true);
  }

  const worker::TrainSettings settings_;
  const HandDataset data_;
  RecordedEvents events_;
  SwitchedStop stop_;
  worker::Pulse pulse_{1, events_, stop_};
  std::unique_ptr<worker::GuardedModel> model_;
  std::unique_ptr<worker::Schedule> schedule_;
  std::unique_ptr<worker::TrainingLoop> loop_;
  std::vector<std::string> warnings_;
};

const Json kAdam = {{"name", "adam"}, {"lr", 0.01}};

void expect_equal(const worker::Snapshot& found, const worker::Snapshot& expected) {
  EXPECT_EQ(found.values, expected.values);
  ASSERT_EQ(found.tensors.size(), expected.tensors.size());
  for (const auto& [name, tensor] : expected.tensors) EXPECT_TRUE(at::equal(found.tensor(name), tensor)) << name;
}

worker::Snapshot undisturbed(const MakeModel& model, const Json& optimizer, const ModelContext& context = kOnCpu) {
  Course course(model, optimizer, no_recorder, context);
  course.train();
  return course.snapshot();
}

// Whatever becomes of the recorder, the numbers stay the same. Returns what was warned of.
std::vector<std::string> warnings_with(const MakeModel& model, const MakeRecorder& recorder) {
  Course course(model, kAdam, recorder);
  course.train();
  const worker::Snapshot found = course.snapshot();
  expect_equal(found, undisturbed(model, kAdam));
  return course.warnings();
}

template <typename Net>
MakeModel model_of_net(const std::function<void(typename Net::Options&)>& change) {
  typename Net::Options options;
  options.hidden_size = 5;
  change(options);
  return [options](const ModelContext& context) { return std::make_unique<ModuleModel<Net>>(options, context); };
}

template <typename Layer>
MakeModel network(const std::function<void(typename Layer::Options&)>& change = [](auto&) {}) {
  return model_of_net<recurrent::NetOf<Layer>>(change);
}

template <typename Layer>
MakeModel scratch_network(const std::function<void(recurrent::RecurrentOptions&)>& change = [](auto&) {}) {
  return model_of_net<scratch::SingleNet<Layer>>(change);
}

template <typename M>
MakeModel by_hand() {
  return [](const ModelContext& context) { return std::make_unique<M>(context); };
}

struct Case {
  std::string name;
  MakeModel model;
  Json optimizer = kAdam;

  friend std::ostream& operator<<(std::ostream& out, const Case& each) { return out << each.name; }
};

std::vector<Case> cases() {
  const auto everything = [](recurrent::RecurrentOptions& options) {
    options.num_layers = 2;
    options.embedding_size = 5;
    options.tie_weights = true;
    options.dropout = 0.3;  // random numbers are drawn anew in every replay
    options.residual = true;
    options.layer_norm = true;
  };
  const auto both_ways = [](recurrent::RecurrentOptions& options) {
    options.num_layers = 2;
    options.bidirectional = true;
    options.embedding_size = 4;
  };
  const auto as_in_the_paper = [](recurrent::RecurrentOptions& options) { options.reset_after = false; };
  const Json momentum = {{"name", "sgd"}, {"lr", 0.5}, {"momentum", 0.9}, {"nesterov", true}, {"weight_decay", 0.01}};
  const Json rmsprop = {{"name", "rmsprop"}, {"lr", 0.01}, {"momentum", 0.5}};
  return {{"rnn", network<recurrent::RnnLayer>()},
          {"gru", network<recurrent::GruLayer>(everything)},
          {"lstm", network<recurrent::LstmLayer>(both_ways)},
          {"rnn_scratch", scratch_network<scratch::RnnLayer>()},
          {"gru_scratch", scratch_network<scratch::GruLayer>(both_ways)},
          {"lstm_scratch", scratch_network<scratch::LstmLayer>(everything)},
          {"rnn_fused", network<fused::RnnLayer>(both_ways)},
          {"gru_fused", network<fused::GruLayer>()},
          {"gru_fused_of_the_paper", network<fused::GruLayer>(as_in_the_paper)},
          {"lstm_fused", network<fused::LstmLayer>(everything)},
          {"sgd", network<fused::LstmLayer>(), {{"name", "sgd"}, {"lr", 0.5}}},
          {"sgd_momentum", network<fused::LstmLayer>(), momentum},
          {"adamw", network<fused::LstmLayer>(), {{"name", "adamw"}, {"lr", 0.01}, {"weight_decay", 0.1}}},
          {"rmsprop", network<fused::LstmLayer>(), rmsprop}};
}

// Counts what another recorder is asked for.
class Counted : public worker::Recorder {
 public:
  Counted(std::unique_ptr<worker::Recorder> recorder, OperatorTape::Counts& counts)
      : recorder_(std::move(recorder)), counts_(counts) {}
  std::unique_ptr<worker::Recording> record(const std::function<void()>& work) override {
    auto recording = std::make_unique<CountedRecording>(recorder_->record(work), counts_);
    ++counts_.recordings;
    return recording;
  }

 private:
  class CountedRecording : public worker::Recording {
   public:
    CountedRecording(std::unique_ptr<worker::Recording> recording, OperatorTape::Counts& counts)
        : recording_(std::move(recording)), counts_(counts) {}
    void replay() override {
      recording_->replay();
      ++counts_.replays;
    }

   private:
    std::unique_ptr<worker::Recording> recording_;
    OperatorTape::Counts& counts_;
  };

  std::unique_ptr<worker::Recorder> recorder_;
  OperatorTape::Counts& counts_;
};

class RecordedSteps : public ::testing::TestWithParam<Case> {
 protected:
  MakeRecorder tape() {
    return [this] { return std::make_unique<OperatorTape>(counts_); };
  }
  OperatorTape::Counts counts_;
};

TEST_P(RecordedSteps, AreOfModelsThatAllowIt) { EXPECT_TRUE(GetParam().model(kOnCpu)->is_recordable()); }

TEST_P(RecordedSteps, DoWhatTheStepsThemselvesDo) {
  Course course(GetParam().model, GetParam().optimizer, tape());
  course.train();
  EXPECT_THAT(course.warnings(), IsEmpty());
  const worker::Snapshot found = course.snapshot();
  expect_equal(found, undisturbed(GetParam().model, GetParam().optimizer));
  // Of either shape the first two are trained as they are and the third is recorded: there are 35 and 5.
  EXPECT_EQ(counts_.recordings, 2);
  EXPECT_EQ(counts_.replays, 32 + 2);
  EXPECT_GT(counts_.operators, 100);
}

TEST_P(RecordedSteps, GoOnFromACheckpoint) {
  Course interrupted(GetParam().model, GetParam().optimizer, tape());
  interrupted.train(13);
  const worker::Snapshot checkpoint = interrupted.snapshot();
  Course resumed(GetParam().model, GetParam().optimizer, tape());
  resumed.restore(checkpoint);
  resumed.train();
  const worker::Snapshot found = resumed.snapshot();
  expect_equal(found, undisturbed(GetParam().model, GetParam().optimizer));
  EXPECT_EQ(counts_.recordings, 1 + 2);
}

TEST_P(RecordedSteps, AreCudaGraphsOnAGpu) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "there is no GPU";
  const ModelContext gpu{kVocabulary, at::Device(at::kCUDA, 0), at::kFloat};
  const worker::OwnStream stream(gpu.device);
  worker::make_deterministic(gpu.device);
  ASSERT_NE(worker::make_recorder(gpu.device), nullptr) << "LibTorch has CUDA, and the worker was built without";
  Course course(
      GetParam().model, GetParam().optimizer,
      [&] { return std::make_unique<Counted>(worker::make_recorder(gpu.device), counts_); }, gpu);
  course.train();
  EXPECT_THAT(course.warnings(), IsEmpty());
  EXPECT_EQ(counts_.recordings, 2);
  EXPECT_EQ(counts_.replays, 32 + 2);
  const worker::Snapshot found = course.snapshot();
  expect_equal(found, undisturbed(GetParam().model, GetParam().optimizer, gpu));
}

INSTANTIATE_TEST_SUITE_P(All, RecordedSteps, ::testing::ValuesIn(cases()),
                         [](const auto& each) { return each.param.name; });

TEST(RecordedShapes, AreEightAtMost) {
  std::vector<Batch> batches;
  for (int64_t steps = 1; steps <= 10; ++steps) {
    batches.push_back(consecutive(1, steps, kRows, kVocabulary, 3).front());
  }
  OperatorTape::Counts counts;
  const MakeModel model = network<fused::GruLayer>();
  Course recorded(
      model, kAdam, [&] { return std::make_unique<OperatorTape>(counts); }, kOnCpu, batches);
  Course plain(model, kAdam, no_recorder, kOnCpu, batches);
  recorded.train();
  plain.train();
  EXPECT_THAT(recorded.warnings(), ElementsAre(HasSubstr("more than 8 shapes")));
  EXPECT_EQ(counts.recordings, 8);
  EXPECT_EQ(counts.replays, 2 * 8) << "in five epochs";
  const worker::Snapshot found = recorded.snapshot();
  expect_equal(found, plain.snapshot());
}

// One row of a table for each token, and for each parameter that it does not use none.
class Bigram : public HandModel {
 public:
  explicit Bigram(const ModelContext& context)
      : HandModel(context), table_(at::randn({context.vocabulary, context.vocabulary}, options()).requires_grad_()) {}
  at::Tensor forward(const at::Tensor& tokens, State& state) override {
    for (StateTensor& part : state) part.value = part.value + 1;
    return rows(tokens) * factor(tokens);
  }
  State initial_state(int64_t batch_size) override { return {{at::zeros({batch_size, 1}, options()), 0}}; }
  NamedTensors named_parameters() override { return {{"table", table_}, {"unused", weight_}}; }

 protected:
  virtual double factor(const at::Tensor&) { return 1; }
  at::Tensor rows(const at::Tensor& tokens) const {
    const std::vector<int64_t> shape = {tokens.size(0), tokens.size(1), context_.vocabulary};
    return at::zeros(shape, options()).scatter_(2, tokens.unsqueeze(2), 1).matmul(table_);
  }
  at::TensorOptions options() const { return at::dtype(context_.dtype).device(context_.device); }
  at::Tensor table_;
};

TEST(RecordedParameters, MayBeWithoutAGradient) {
  OperatorTape::Counts counts;
  EXPECT_THAT(warnings_with(by_hand<Bigram>(), [&] { return std::make_unique<OperatorTape>(counts); }), IsEmpty());
  EXPECT_EQ(counts.replays, 32 + 2);
}

// Each part of the state becomes the other one.
class Swapping : public Bigram {
 public:
  using Bigram::Bigram;
  at::Tensor forward(const at::Tensor& tokens, State& state) override {
    std::swap(state[0].value, state[1].value);
    state[0].value = state[0].value + rows(tokens)[-1].tanh();
    return rows(tokens) + state[0].value + 2 * state[1].value;
  }
  State initial_state(int64_t batch_size) override {
    const at::Tensor zeros = at::zeros({batch_size, context_.vocabulary}, options());
    return {{zeros, 0}, {zeros + 1, 0}};
  }
};

TEST(RecordedStates, MayComeBackInAnotherPlace) {
  OperatorTape::Counts counts;
  EXPECT_THAT(warnings_with(by_hand<Swapping>(), [&] { return std::make_unique<OperatorTape>(counts); }), IsEmpty());
  EXPECT_EQ(counts.replays, 32 + 2);
}

// Recorded, the first factor would stay for ever.
class Counting : public Bigram {
 public:
  using Bigram::Bigram;

 protected:
  double factor(const at::Tensor&) override { return training_ ? 1 + 0.1 * static_cast<double>(calls_++ % 5) : 1; }
  int calls_ = 0;
};

TEST(StepsThatCannotBeRecorded, AModelThatCountsIsFoundOut) {
  OperatorTape::Counts counts;
  Course course(by_hand<Counting>(), kAdam, [&] { return std::make_unique<OperatorTape>(counts); });
  course.train();
  EXPECT_EQ(counts.recordings, 1);
  EXPECT_EQ(counts.replays, 1) << "for the comparison";
  EXPECT_THAT(course.warnings(), ElementsAre(HasSubstr("recorded, a step comes to other numbers")));
}

class ReadsBack : public Bigram {
 public:
  using Bigram::Bigram;

 protected:
  double factor(const at::Tensor& tokens) override {
    return tokens.size(0) == 2 && table_.sum().item<double>() < 0 ? 0.5 : 1;
  }
};

TEST(StepsThatCannotBeRecorded, AModelThatReadsANumberBackTrainsThoseStepsWithoutARecording) {
  OperatorTape::Counts counts;
  EXPECT_THAT(warnings_with(by_hand<ReadsBack>(), [&] { return std::make_unique<OperatorTape>(counts); }),
              ElementsAre(AllOf(HasSubstr("_local_scalar_dense"), HasSubstr("run.cuda_graphs"))));
  EXPECT_EQ(counts.replays, 32) << "of the long chunks";
}

// Carries the work out and then has no recording of it.
class Refuses : public worker::Recorder {
 public:
  std::unique_ptr<worker::Recording> record(const std::function<void()>& work) override {
    work();
    throw worker::CannotRecord("the device does not want to");
  }
};

TEST(StepsThatCannotBeRecorded, ADeviceThatDoesNotTakeThemLeavesNoTrace) {
  EXPECT_THAT(warnings_with(network<fused::GruLayer>(), [] { return std::make_unique<Refuses>(); }),
              ElementsAre(HasSubstr("the device does not want to")));
}

// A state that begins as a parameter: its gradient comes from the steps in which it is new.
class LearntBeginning : public Bigram {
 public:
  explicit LearntBeginning(const ModelContext& context)
      : Bigram(context), beginning_(at::full({1, context.vocabulary}, 0.1, options()).requires_grad_()) {}
  at::Tensor forward(const at::Tensor& tokens, State& state) override {
    at::Tensor& h = state[0].value;
    const at::Tensor logits = rows(tokens) + h;
    h = logits[-1].tanh();
    return logits;
  }
  State initial_state(int64_t batch_size) override {
    return {{beginning_.expand({batch_size, beginning_.size(1)}), 0}};
  }
  NamedTensors named_parameters() override { return {{"table", table_}, {"beginning", beginning_}}; }

 private:
  at::Tensor beginning_;
};

TEST(StepsThatCannotBeRecorded, AStateThatIsLearntIsTrainedStepByStepWhereItBegins) {
  OperatorTape::Counts counts;
  EXPECT_THAT(warnings_with(by_hand<LearntBeginning>(), [&] { return std::make_unique<OperatorTape>(counts); }),
              IsEmpty());
  EXPECT_EQ(counts.replays, 32 + 2 - 5) << "a state begins in the midst of every epoch";
}

// A state that repeats one row, as it does not lie in the memory of a recording.
class RepeatedBeginning : public LearntBeginning {
 public:
  using LearntBeginning::LearntBeginning;
  at::Tensor forward(const at::Tensor& tokens, State& state) override {
    EXPECT_TRUE(!training_ || state[0].value.is_contiguous());
    return LearntBeginning::forward(tokens, state);
  }
  State initial_state(int64_t batch_size) override {
    return {{at::full({1, context_.vocabulary}, 0.1, options()).expand({batch_size, context_.vocabulary}), 0}};
  }
  NamedTensors named_parameters() override { return {{"table", table_}}; }
};

TEST(RecordedStates, LieAlikeInEveryStep) {
  OperatorTape::Counts counts;
  Course course(by_hand<RepeatedBeginning>(), kAdam, [&] { return std::make_unique<OperatorTape>(counts); });
  course.train(30);
  EXPECT_GT(counts.replays, 0);
}

// Promises nothing.
struct PlainNet : torch::nn::Module {
  struct Options {};
  PlainNet(const Options&, const ModelContext&) {}
  at::Tensor forward(const at::Tensor& tokens, State&) { return tokens; }
  State initial_state(int64_t) { return {}; }
};

TEST(StepsThatCannotBeRecorded, AreThoseOfANetUnlessItPromises) {
  EXPECT_FALSE(ModuleModel<PlainNet>({}, kOnCpu).is_recordable());
}

TEST(StepsThatCannotBeRecorded, ThoseOfTheCpuAreNotMeantTo) { EXPECT_EQ(worker::make_recorder(at::kCPU), nullptr); }

}  // namespace
}  // namespace runner::test
