// Stand-ins for tests of the trainer: a runner that listens, datasets and models made by hand.
#pragma once

#include <ATen/ATen.h>
#include <runner/plugin.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "common/paths.h"
#include "unit/temporary_folder.h"
#include "worker/train/jobs.h"

namespace runner::test {

// Keeps every event.
class RecordedEvents : public worker::Events {
 public:
  struct Event {
    std::string type;
    Json body;
  };
  void send(const char* type, Json body) override {
    all.push_back({type, std::move(body)});
    if (on_event) on_event(all.back());
  }
  std::vector<Json> of(const std::string& type) const {
    std::vector<Json> bodies;
    for (const Event& event : all) {
      if (event.type == type) bodies.push_back(event.body);
    }
    return bodies;
  }
  std::vector<double> metric(const std::string& name) const {
    std::vector<double> values;
    for (const Json& body : of("epoch")) values.push_back(body.at("metrics").at(name).get<double>());
    return values;
  }
  // What must be the same on every run: all but the clock's part.
  Json timeless() const {
    Json events = Json::array();
    for (const Event& event : all) {
      if (event.type == "progress" || event.type == "alive") continue;
      Json body = event.body;
      if (body.contains("metrics")) body["metrics"].erase("seconds"), body["metrics"].erase("tokens_per_second");
      events.push_back({event.type, body});
    }
    return events;
  }

  std::vector<Event> all;
  std::function<void(const Event&)> on_event;
};

class SwitchedStop : public worker::StopSignal {
 public:
  bool requested() const override { return on; }
  bool on = false;
};

// Batches by epoch; epoch e gives batches[(e - 1) % size]. Text: tokens are the letters from `a` on.
struct HandData {
  int64_t vocabulary = 0;
  std::vector<std::vector<Batch>> train;
  std::vector<Batch> valid = {};
  bool text = false;
};

class HandDataset : public Dataset {
 public:
  explicit HandDataset(HandData data) : data_(std::move(data)) {}
  int64_t vocabulary_size() const override { return data_.vocabulary; }
  bool has_split(Split split) const override {
    return split == Split::train || (split == Split::valid && !data_.valid.empty());
  }
  std::unique_ptr<BatchStream> batches(Split split, int64_t epoch, uint64_t) const override {
    const auto index = static_cast<size_t>(epoch - 1) % data_.train.size();
    return std::make_unique<Stream>(split == Split::train ? data_.train[index] : data_.valid);
  }
  std::string content_hash() const override { return "by hand"; }
  bool has_text() const override { return data_.text; }
  std::vector<int64_t> encode(std::string_view text) const override {
    std::vector<int64_t> tokens;
    for (const char c : text) tokens.push_back(c - 'a');
    return tokens;
  }
  std::string decode(const std::vector<int64_t>& tokens) const override {
    std::string text;
    for (const int64_t token : tokens) text += static_cast<char>('a' + token);
    return text;
  }

 private:
  class Stream : public BatchStream {
   public:
    explicit Stream(const std::vector<Batch>& batches) : batches_(batches) {}
    int64_t size() const override { return static_cast<int64_t>(batches_.size()); }
    void seek(int64_t batch) override { next_ = static_cast<size_t>(batch); }
    bool next(Batch& batch) override {
      if (next_ == batches_.size()) return false;
      batch = batches_[next_++];
      return true;
    }

   private:
    const std::vector<Batch>& batches_;
    size_t next_ = 0;
  };

  const HandData data_;
};

// A factory whose components are made by a function: state can be shared with the test.
template <typename Interface, typename... Arguments>
class FunctionFactory : public Interface {
 public:
  using Make = std::function<decltype(std::declval<const Interface&>().create(
      std::declval<const ParamValues&>(), std::declval<Arguments>()...))(Arguments...)>;
  explicit FunctionFactory(Make make) : make_(std::move(make)) {}
  const std::vector<ParamSpec>& params() const override { return params_; }
  void check(const ParamValues&) const override {}
  auto create(const ParamValues&, Arguments... arguments) const
      -> decltype(std::declval<Make>()(arguments...)) override {
    return make_(arguments...);
  }

 private:
  const std::vector<ParamSpec> params_;
  const Make make_;
};
using FunctionDatasetFactory = FunctionFactory<DatasetFactory, const DatasetContext&>;
struct FunctionModelFactory : FunctionFactory<ModelFactory, const ModelContext&> {
  using FunctionFactory::FunctionFactory;
  TokenWork token_work(const ParamValues&) const override { return {}; }
};

inline FunctionDatasetFactory factory_of(HandData data) {
  return FunctionDatasetFactory(
      [data = std::move(data)](const DatasetContext&) { return std::make_unique<HandDataset>(data); });
}

// The factory of a component class, as a plugin would export it.
template <typename M>
const ModelFactory& model_factory() {
  return *static_cast<const ModelFactory*>(model<M>("test", "").factory);
}
template <typename D>
const DatasetFactory& dataset_factory() {
  return *static_cast<const DatasetFactory*>(dataset<D>("test", "").factory);
}

// `count` batches cut from a random sequence of tokens, each continuing the one before.
inline std::vector<Batch> consecutive(int64_t count, int64_t steps, int64_t rows, int64_t vocabulary, uint64_t seed,
                                      bool fresh_state = false) {
  auto generator = at::detail::createCPUGenerator(seed);
  const at::Tensor tokens = at::randint(vocabulary, {count * steps + 1, rows}, generator, at::kLong);
  std::vector<Batch> batches;
  for (int64_t i = 0; i < count; ++i) {
    batches.push_back({tokens.narrow(0, i * steps, steps), tokens.narrow(0, i * steps + 1, steps), fresh_state});
  }
  return batches;
}

// One batch an epoch, so that an epoch's loss is a step's.
inline std::vector<std::vector<Batch>> one_an_epoch(const std::vector<Batch>& batches) {
  std::vector<std::vector<Batch>> epochs;
  for (const Batch& batch : batches) epochs.push_back({batch});
  return epochs;
}

// A model with one trainable tensor and a state that counts calls. Subclasses change what they are about.
class HandModel : public Model {
 public:
  HandModel(const ModelContext& context, at::IntArrayRef weight_shape)
      : context_(context), weight_(at::zeros(weight_shape).requires_grad_()) {}
  explicit HandModel(const ModelContext& context) : HandModel(context, {context.vocabulary}) {}

  // Logits are the weight, whatever the tokens.
  at::Tensor forward(const at::Tensor& tokens, State& state) override {
    for (StateTensor& part : state) part.value = part.value + 1;
    return weight_.expand({tokens.size(0), tokens.size(1), context_.vocabulary});
  }
  State initial_state(int64_t batch_size) override { return {{at::zeros({batch_size, 1}), 0}}; }
  NamedTensors named_parameters() override { return {{"weight", weight_}}; }
  NamedTensors named_buffers() override { return {}; }
  void train(bool on) override { training_ = on; }
  void to(at::Device, at::ScalarType) override {}

 protected:
  const ModelContext context_;
  at::Tensor weight_;
  bool training_ = true;
};

// A factory of hand-made models: M(context, arguments…).
template <typename M, typename... Arguments>
FunctionModelFactory model_of(Arguments&... arguments) {
  return FunctionModelFactory(
      [&arguments...](const ModelContext& context) { return std::make_unique<M>(context, arguments...); });
}

// A job with little in it: SGD, one epoch, no clipping, no samples, no checkpoints.
inline protocol::TrainJob small_job() {
  static const testing::TemporaryFolder files;  // each trial's over those of the one before
  protocol::TrainJob job;
  job.trial = 7;
  job.data.name = "hand";
  job.model.name = "hand_model";
  job.train = {{"epochs", 1},
               {"clip_norm", 0.0},
               {"reset_state", "epoch"},
               {"device", "cpu"},
               {"optimizer", {{"name", "sgd"}, {"lr", 0.1}}},
               {"checkpoint", {{"every", 0.0}}}};
  job.samples = {{"every", 0}, {"length", 5}, {"prefixes", Json::array()}};
  job.seed = 1;
  job.device = "cpu";
  job.folder = files.path().string();
  return job;
}

inline RecordedEvents run(const protocol::TrainJob& job, const DatasetFactory& data, const ModelFactory& model) {
  RecordedEvents events;
  const SwitchedStop stop;
  worker::train(job, data, model, events, stop);
  return events;
}

inline RecordedEvents run(const protocol::SampleJob& job, const DatasetFactory& data, const ModelFactory& model) {
  RecordedEvents events;
  const SwitchedStop stop;
  worker::sample(job, data, model, events, stop);
  return events;
}

// What asks for the samples of a trial's last epoch again, from the weights that it left.
inline protocol::SampleJob sample_job(const protocol::TrainJob& trained) {
  return {trained.data,
          trained.model,
          weights_file(trained.folder).string(),
          trained.samples,
          trained.seed,
          trained.train.at("epochs"),
          "cpu",
          1};
}

inline RecordedEvents run_prepare(const protocol::PrepareJob& job, const DatasetFactory& data) {
  RecordedEvents events;
  const SwitchedStop stop;
  worker::prepare(job, data, events, stop);
  return events;
}

}  // namespace runner::test
