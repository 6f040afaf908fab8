// Checkpoints whose bytes are sound and that fit their identity, but not their trial.
#include <gmock/gmock.h>

#include <c10/util/Exception.h>

#include <limits>

#include "common/error.h"
#include "common/tensor_file.h"
#include "unit/train/interrupted_trial.h"
#include "worker/train/checkpoint.h"

namespace runner::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using worker::Snapshot;

struct Misfit {
  std::string name;
  std::function<void(Snapshot&)> make;
  std::string reason;
};

void PrintTo(const Misfit& misfit, std::ostream* out) { *out << misfit.name; }

Misfit without(const std::string& name, const std::string& tensor) {
  return {name, [=](Snapshot& snapshot) { snapshot.tensors.erase(tensor); }, "it has no tensor " + tensor};
}

Misfit longer(const std::string& name, const std::string& tensor, const std::string& reason = ", found ") {
  return {name,
          [=](Snapshot& snapshot) {
            at::Tensor& value = snapshot.tensors.at(tensor);
            value = at::cat({value, value}, value.dim() - 1);
          },
          reason};
}

Misfit of_type(const std::string& name, const std::string& tensor, const std::string& reason = ", found Int") {
  return {name, [=](Snapshot& snapshot) { snapshot.tensors.at(tensor) = snapshot.tensors.at(tensor).to(at::kInt); },
          reason};
}

Misfit with(const std::string& name, const std::string& place, const Json& value, const std::string& reason) {
  return {name, [=](Snapshot& snapshot) { snapshot.values[Json::json_pointer(place)] = value; }, reason};
}

Misfit lacking(const std::string& name, const std::string& place, const std::string& key) {
  return {name, [=](Snapshot& snapshot) { snapshot.values[Json::json_pointer(place)].erase(key); },
          "key '" + key + "' not found"};
}

constexpr const char* kWeight = "model.output.weight";

// The trial is in the middle of its second epoch: /history/0 is the first one, /history/1 a sample of it.
const std::vector<Misfit>& misfits() {
  static const std::vector<Misfit> all = {
      without("model_without_a_tensor", kWeight),
      longer("model_of_another_shape", kWeight),
      of_type("model_of_another_type", kWeight),
      {"model_with_a_tensor_too_many", [](Snapshot& snapshot) { snapshot.tensors["model.output.more"] = at::zeros(1); },
       "a tensor model.output.more too many"},
      without("optimizer_without_a_tensor", "optimizer.1.0"),
      longer("optimizer_of_another_shape", "optimizer.1.1"),
      of_type("optimizer_of_another_type", "optimizer.1.1"),
      {"optimizer_with_a_tensor_too_many", [](Snapshot& snapshot) { snapshot.tensors["optimizer.0.2"] = at::zeros(1); },
       "a tensor optimizer.0.2 too many"},
      lacking("optimizer_without_steps", "/optimizer", "steps"),
      with("optimizer_with_text_for_steps", "/optimizer/steps/0", "many", "optimizer.steps must be a whole number"),
      with("optimizer_with_half_a_step", "/optimizer/steps/0", 1.5, "optimizer.steps must be a whole number"),
      with("optimizer_with_negative_steps", "/optimizer/steps/0", -1, "optimizer.steps must be a whole number"),
      with("optimizer_of_steps_without_end", "/optimizer/steps/0", std::numeric_limits<int64_t>::max(), "from 0 to"),
      with("optimizer_of_another_number_of_parameters", "/optimizer/steps", Json::array({5}), "out of range"),
      {"optimizer_of_more_parameters", [](Snapshot& snapshot) { snapshot.values["optimizer"]["steps"].push_back(0); },
       "/optimizer/steps"},
      without("generator_missing", "generator.cpu"),
      longer("generator_of_another_shape", "generator.cpu", "generator.cpu: "),
      of_type("generator_of_another_type", "generator.cpu", "generator.cpu: "),
      {"generator_of_zeros", [](Snapshot& snapshot) { snapshot.tensors["generator.cpu"].zero_(); }, "generator.cpu: "},
      without("state_without_a_tensor", "state.1"),
      longer("state_of_another_shape", "state.0"),
      of_type("state_of_another_type", "state.0"),
      {"state_of_another_number_of_rows",
       [](Snapshot& snapshot) {
         for (const char* part : {"state.0", "state.1"}) snapshot.tensors[part] = at::zeros({2, 2, 6});
       },
       "expected Float [2, 3, 6]"},
      with("state_of_one_tensor", "/state", Json::array({1}), "a state of 1 tensors, expected 2"),
      with("state_along_another_dimension", "/state/0", 0, "found Float [2, 3, 6], batch dimension 0"),
      with("state_along_a_text", "/state/0", "rows", "state must be a whole number"),
      with("state_that_is_no_list", "/state", "none", "state must be a whole number"),
      without("totals_without_a_tensor", "totals.nats"),
      {"totals_of_another_shape",
       [](Snapshot& snapshot) { snapshot.tensors["totals.norms"] = at::zeros(2, at::kDouble); },
       "totals.norms: expected"},
      of_type("totals_of_another_type", "totals.norms"),
      with("totals_with_text_for_batches", "/totals/batches", "two", "totals.batches must be a whole number"),
      with("totals_of_more_batches_than_there_are", "/totals/batches", 4, "epoch 2, batch 4"),
      with("totals_of_negative_batches", "/totals/batches", -1, "found -1"),
      with("totals_of_less_than_a_token_a_batch", "/totals/tokens", 1, "1 tokens in 2 batches"),
      with("totals_of_half_a_token", "/totals/tokens", 1.5, "found 1.5"),
      with("totals_of_tokens_without_end", "/totals/tokens", std::numeric_limits<int64_t>::max(), "from 0 to"),
      lacking("loop_without_seconds", "/loop", "seconds"),
      with("loop_with_a_number_for_a_truth", "/loop/has_state", 1, "must be boolean"),
      with("loop_of_an_epoch_to_come", "/loop/epoch", 4, "epoch 4, batch 2"),
      with("loop_of_another_epoch", "/loop/epoch", 3, "its history ends with epoch 1, expected 2"),
      with("steps_missing", "/steps", nullptr, "steps must be a whole number"),
      with("steps_beyond_any_integer", "/steps", 1e300, "steps must be a whole number"),
      with("a_value_too_many", "/more", 1, "/more"),
      with("history_that_is_no_list", "/history", Json::object(), "no list"),
      with("history_with_text_for_a_metric", "/history/0/metrics/loss", "low", "must be number"),
      with("history_with_a_number_for_a_reason", "/history/0/reasons/loss", 1, "must be string"),
      lacking("history_without_metrics", "/history/0", "metrics"),
      with("history_of_an_epoch_that_is_missing", "/history/0/epoch", 2, "tells of epoch 2, expected 1"),
      with("history_of_half_an_epoch", "/history/0/epoch", 0.5, "must be a whole number"),
      with("history_with_a_sample_to_come", "/history/1/epoch", 2, "a sample of epoch 2"),
      lacking("history_with_a_sample_without_text", "/history/1", "text"),
      with("history_with_another_event", "/history/1/type", "finished", "an event \"finished\""),
      with("history_with_a_number_for_a_flag", "/history/1", Json{{"type", "flag"}, {"flag", 1}}, "must be string")};
  return all;
}

void rewrite(const fs::path& file, const std::function<void(Snapshot&)>& change) {
  const auto identity = parse_json(TensorFile(file).metadata().at("identity")).get<worker::Identity>();
  Snapshot changed;
  worker::read_checkpoint(file, identity, [&](const Snapshot& snapshot) { changed = snapshot; });
  change(changed);
  worker::write_checkpoint(file, changed, identity);
}

class Misfits : public Checkpoints {
 protected:
  // Leaves a checkpoint after one batch of the second epoch, and one after two.
  void interrupt() const {
    forget();
    RecordedEvents events;
    SwitchedStop stop;
    events.on_event = [&stop](const RecordedEvents::Event& event) {
      stop.on |= event.type == "checkpoint" && event.body.at("epoch") == 2 && event.body.at("batch") == 2;
    };
    worker::train(job_, factory_of(small_data()), model_factory<Lstm>(), events, stop);
  }
};

class EachMisfit : public Misfits, public ::testing::WithParamInterface<Misfit> {};

TEST_P(EachMisfit, GivesWayToTheOneBefore) {
  const Json expected = outcome(run_to_the_end());
  interrupt();
  rewrite(files()[1], GetParam().make);
  const auto events = run_to_the_end();
  ASSERT_EQ(events.of("warning").size(), 1u);
  EXPECT_THAT(events.of("warning")[0].at("message").get<std::string>(),
              AllOf(HasSubstr("000002-000002.safetensors cannot be used"), HasSubstr(GetParam().reason)));
  EXPECT_EQ(events.of("started").at(0).at("resumed"), (Json{{"epoch", 2}, {"batch", 1}}));
  EXPECT_EQ(outcome(events), expected);
}

INSTANTIATE_TEST_SUITE_P(Everywhere, EachMisfit, ::testing::ValuesIn(misfits()),
                         [](const auto& each) { return each.param.name; });

// The last thing that is looked at is wrong, so all before has been taken over.
TEST_F(Misfits, AtLastGiveWayToTheBeginning) {
  job_.train["checkpoint"]["keep_best"] = 1;
  const Json expected = outcome(run_to_the_end());
  const std::vector<std::string> best = best_files(job_);
  interrupt();
  for (const fs::path& file : files()) rewrite(file, with("", "/more", 1, "").make);
  const auto events = run_to_the_end();
  EXPECT_EQ(events.of("warning").size(), 2u);
  EXPECT_FALSE(events.of("started").at(0).contains("resumed"));
  EXPECT_TRUE(events.of("recalled").empty());
  EXPECT_EQ(outcome(events), expected);
  EXPECT_EQ(best_files(job_), best);
}

TEST_F(Misfits, AreCheckpointsThatLibTorchRefusesButNotThoseThatFindNoMemory) {
  interrupt();
  const auto read = [&](const char* error) {
    const auto identity = parse_json(TensorFile(files()[1]).metadata().at("identity")).get<worker::Identity>();
    worker::read_checkpoint(files()[1], identity, [&](const Snapshot&) { TORCH_CHECK(false, error); });
  };
  try {
    read("a shape that cannot be");
    FAIL() << "it was used";
  } catch (const EnvironmentError& error) {
    EXPECT_THAT(error.what(), HasSubstr("000002-000002.safetensors cannot be used: a shape that cannot be"));
  }
  EXPECT_THROW(read("DefaultCPUAllocator: can't allocate memory"), c10::Error);
}

TEST_F(Misfits, AreNotTrialsThatGoOnWithoutAState) {
  job_.train["reset_state"] = "epoch";
  const Json expected = outcome(run_to_the_end());
  interrupt();
  const auto events = run_to_the_end();
  EXPECT_TRUE(events.of("warning").empty());
  EXPECT_EQ(outcome(events), expected);
}

}  // namespace
}  // namespace runner::test
