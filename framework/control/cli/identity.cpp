#include "control/cli/identity.h"

#include <algorithm>
#include <iostream>
#include <set>
#include <utility>

#include "common/error.h"
#include "common/paths.h"
#include "common/text.h"
#include "control/cli/ask.h"
#include "control/cli/difference.h"
#include "control/report/human.h"

namespace runner::cli {
namespace {

// What is wrong with the trial that stands in the place of `planned`.
std::string deviation(const store::TrialState& found, const sweep::Trial& planned) {
  const std::string name = "trial " + std::to_string(found.number);
  if (found.seed != planned.seed) {
    return name + " has the seed " + std::to_string(found.seed) + ", expected " + std::to_string(planned.seed);
  }
  if (found.config_hash != planned.config_hash) {
    return name + " has the config_hash " + found.config_hash + ", expected " + planned.config_hash;
  }
  return "";
}

// The first of a sweep's trials, which are sorted by number like the plan's, that is not as planned; empty: all are.
std::string first_deviation(const std::vector<store::TrialState>& found, const std::vector<sweep::Trial>& planned) {
  for (size_t i = 0; i < std::max(found.size(), planned.size()); ++i) {
    if (i == planned.size() || (i < found.size() && found[i].number < planned[i].number)) {
      return "trial " + std::to_string(found[i].number) + " is none of its trials, which are numbered 1 to " +
             std::to_string(planned.size());
    }
    if (i == found.size() || found[i].number > planned[i].number) {
      return "trial " + std::to_string(planned[i].number) + " (seed " + std::to_string(planned[i].seed) + ") is gone";
    }
    const std::string text = deviation(found[i], planned[i]);
    if (!text.empty()) return text;
  }
  return "";
}

// 'path="/a/text.txt", plugin="text"'
std::string described(const Json& data) {
  std::vector<std::string> words;
  for (const auto& [path, value] : leaves_of(data)) words.push_back(path + "=" + value.dump());
  return join(words, ", ");
}

// Null when it is missing; the database may say anything.
Json field(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? Json() : *found;
}

// What of a dataset's options may say which text it reads: names, not numbers (num_steps, valid_fraction).
Json source_of(const Json& data) {
  Json source = Json::object();
  for (const auto& [path, value] : leaves_of(data)) {
    if (!value.is_number() && !value.is_boolean()) source[path] = value;
  }
  return source;
}

// As prepared now; empty: the dataset does not say.
std::string corpus_hash_in(const Json& facts) {
  const auto found = facts.find("corpus_hash");
  return found != facts.end() && found->is_string() ? found->get<std::string>() : "";
}

// What the trials that are to run read.
struct AwaitedData {
  std::set<Json> sources;
  std::set<std::string> hashes;  // as prepared now
};

AwaitedData awaited_data(const store::SweepState& stored, const sweep::Plan& plan, const std::vector<Json>& facts,
                         const std::function<bool(const store::TrialState&)>& is_left) {
  AwaitedData awaited;
  for (size_t i = 0; i < stored.trials.size(); ++i) {
    if (!is_left(stored.trials[i])) continue;
    awaited.sources.insert(source_of(plan.trials.at(i).config.at("data")));
    awaited.hashes.insert(corpus_hash_in(facts.at(i)));
  }
  return awaited;
}

// One line for each source of `awaited` data that is not what the trials with results were trained on. Of the others'
// facts nothing will stay: a trial that was interrupted on another text begins anew.
std::string changed_data(store::Reader& reader, int64_t sweep_id, const sweep::Plan& plan,
                         const std::vector<Json>& facts, const AwaitedData& awaited) {
  const store::Table trained = reader.query(
      "SELECT t.number, f.value FROM trials t JOIN trial_facts f USING (trial_id) WHERE t.sweep_id = ? AND t.status IN "
      "('completed', 'pruned') AND f.name = 'corpus_hash' ORDER BY t.number",
      {sweep_id});
  std::string text;
  std::set<Json> told;
  for (const auto& row : trained.rows) {
    const int64_t number = report::integer_of(row[0]);
    const size_t i = static_cast<size_t>(number) - 1;
    const std::string expected = report::text_of(row[1]), found = corpus_hash_in(facts.at(i));
    if (expected.empty() || found.empty() || expected == found) continue;
    const Json& data = plan.trials.at(i).config.at("data");
    const Json source = source_of(data);
    if (awaited.sources.count(source) == 0 && awaited.hashes.count(found) == 0) continue;
    if (!told.insert(source).second) continue;
    text += "  data (" + described(data) + "): expected the corpus_hash " + expected + ", on which trial " +
            std::to_string(number) + " was trained, found " + found + "\n";
  }
  return text;
}

}  // namespace

void require_planned_trials(const std::filesystem::path& database, const store::SweepState& stored,
                            const sweep::Plan& plan) {
  const std::string text = first_deviation(stored.trials, plan.trials);
  if (text.empty()) return;
  const std::string id = std::to_string(stored.sweep_id);
  throw EnvironmentError(
      database.string() + ": sweep " + id + " (" + stored.name + ") is not as it was planned: " + text +
      ". Unless the runner or a plugin was exchanged since, its rows were changed or lost outside the "
      "runner. Go back to what there was before, or start another sweep with `runner sweep FILE "
      "--fresh`; `runner show " +
      id + "` shows what is left of this one");
}

void require_same_data(store::Reader& reader, const store::SweepState& stored, const sweep::Plan& plan,
                       const std::vector<Json>& facts, const std::function<bool(const store::TrialState&)>& is_left) {
  const std::string text =
      changed_data(reader, stored.sweep_id, plan, facts, awaited_data(stored, plan, facts, is_left));
  if (text.empty()) return;
  throw RequestError("sweep " + std::to_string(stored.sweep_id) + " (" + stored.name +
                     ") cannot go on as it began, its data have changed since:\n" + text +
                     "run `runner sweep FILE --fresh` to start another sweep beside it, or bring back the data as they "
                     "were to finish that one");
}

bool is_of_several_builds(const store::SweepState& stored) { return field(stored.environment, kSeveralBuilds) == true; }

std::vector<std::string> changed_code(const store::SweepState& stored, const PlannedSweep& planned) {
  // By content: a runner may be called from another place. Earlier runners did not note the worker's.
  std::set<Json> known;
  for (const Json& hash : field(stored.environment, "plugins")) known.insert(hash);
  if (known.empty()) return {};
  const Json worker = field(stored.environment, "worker_hash");
  std::vector<std::string> changed;
  for (const auto& [file, hash] : planned.plugin_hashes.items()) {
    if (known.count(hash) == 0) changed.push_back(file);
  }
  if (!worker.is_null() && worker != planned.worker_hash) changed.push_back(worker_executable().string());
  return changed;
}

std::optional<store::SweepState> find_own_sweep(store::Store& store, const sweep::Plan& plan) {
  std::optional<store::SweepState> own = store.find_sweep(plan.name, plan.config_hash);
  if (own) return own;
  const std::optional<store::SweepState> other = store.find_unfinished_sweep(plan.name);
  if (!other) return std::nullopt;
  const std::string text = "sweep " + std::to_string(other->sweep_id) + " (" + plan.name +
                           ") is unfinished, and this experiment differs from it:\n" + difference(*other, plan);
  if (!can_ask()) {
    throw RequestError(text + "add --fresh to start another sweep beside it, or run `runner resume " +
                       std::to_string(other->sweep_id) + "` to finish that one as it was");
  }
  std::cerr << text;
  if (!ask("Start another sweep beside it?")) throw RequestError("nothing was started");
  return std::nullopt;
}

}  // namespace runner::cli
