#include "control/sweep/plan.h"

#include <cerrno>
#include <fstream>
#include <memory>
#include <unordered_map>
#include <utility>

#include "common/folder.h"
#include "common/sha256.h"
#include "control/sweep/arm_resolver.h"
#include "control/sweep/document.h"
#include "control/sweep/enumerate.h"
#include "control/sweep/labels.h"
#include "control/sweep/locator.h"
#include "control/sweep/sweep_reader.h"

namespace runner::sweep {

using config::Place;
using config::Problems;

namespace {

// Where an arm was written: its entry's place, or that of what it picks last.
const Place& place_of(const Space& space, const Arm& arm, const Place& sweep) {
  for (size_t i = arm.picks.size(); i-- > 0;) {
    if (arm.picks[i] != kInactive) return space.axes[i].values[static_cast<size_t>(arm.picks[i])]->place;
  }
  return space.entries[arm.entry].place.source ? space.entries[arm.entry].place : sweep;
}

// Two arms that are the same experiment, or that a reader could not tell apart.
class Distinctness {
 public:
  Distinctness(const SweepSpec& spec, const std::vector<Arm>& arms, Problems& problems)
      : spec_(spec), arms_(arms), problems_(problems) {}

  void add(size_t arm, const std::string& label, const std::string& hash) {
    labels_.push_back(label);
    const auto [same, is_new] = by_hash_.emplace(hash, arm);
    if (!is_new) return refuse_identical(same->second, arm);
    const auto [namesake, is_new_name] = by_label_.emplace(label, arm);
    if (!is_new_name) {
      problems_.add(place(arm), "duplicate label \"" + label + "\"; the arm at " + to_string(place(namesake->second)) +
                                    " has it too");
    }
  }

 private:
  const Place& place(size_t arm) const { return place_of(spec_.space, arms_[arm], spec_.place); }

  void refuse_identical(size_t first, size_t second) {
    problems_.add(place(second), "the trials \"" + labels_[second] + "\" and \"" + labels_[first] + "\" (" +
                                     to_string(place(first)) + ") are identical; remove one or set them apart");
  }

  const SweepSpec& spec_;
  const std::vector<Arm>& arms_;
  Problems& problems_;
  std::vector<std::string> labels_;
  std::unordered_map<std::string, size_t> by_hash_, by_label_;
};

void add_trials(const SweepSpec& spec, Trial arm, std::vector<Trial>& trials) {
  for (const int64_t seed : spec.seeds) {
    arm.seed = seed;
    arm.number = static_cast<int64_t>(trials.size()) + 1;
    trials.push_back(arm);
  }
}

// What decides a trial's numbers, as text. How often it is saved does not.
std::string canonical_text(Json config) {
  config.at("train").erase(section_key(SectionId::checkpoint));
  return config.dump();
}

std::string identity(const Metric& metric, const std::vector<Trial>& trials) {
  Sha256 digest;
  const Json head = {{"metric", metric.name}, {"minimize", metric.minimize}};
  const std::string first = head.dump() + "\n";
  digest.update(first.data(), first.size());
  for (const Trial& trial : trials) {
    const std::string line = trial.config_hash + " " + std::to_string(trial.seed) + "\n";
    digest.update(line.data(), line.size());
  }
  return digest.finish();
}

void resolve_arms(const SweepSpec& spec, const std::vector<Arm>& arms, ArmResolver& resolver, Problems& problems,
                  Plan& plan) {
  const Labels labels(spec.space);
  Distinctness distinctness(spec, arms, problems);
  const bool was_sound = problems.count() == 0;
  for (size_t i = 0; i < arms.size(); ++i) {
    Trial trial;
    trial.label = labels.of(arms[i]);
    trial.config = resolver.resolve(arms[i], trial.label);
    trial.config_hash = sha256_hex(canonical_text(trial.config));
    if (was_sound && !resolver.has_failed()) distinctness.add(i, trial.label, trial.config_hash);
    add_trials(spec, std::move(trial), plan.trials);
  }
}

// Bounds what is read of a file without an end, such as a device.
constexpr size_t kMostBytes = 16 << 20;

std::string content_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(kMostBytes + 1, '\0');
  if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad()) throw EnvironmentError("cannot read " + file, errno);
  text.resize(static_cast<size_t>(in.gcount()));
  if (text.size() <= kMostBytes) return text;
  throw RequestError(file + " is larger than 16 MiB; an experiment is a YAML file of some lines");
}

// What can still be checked when the sweep itself is wrong: each trial entry, without axes.
std::vector<Arm> arms_without_axes(const Space& space) {
  std::vector<Arm> arms;
  for (size_t entry = 0; entry < space.entries.size(); ++entry) {
    arms.push_back({entry, std::vector<int>(space.axes.size(), kInactive)});
  }
  return arms;
}

}  // namespace

Source read_source(const std::string& file, const std::vector<std::string>& overrides) {
  if (!file_exists(file)) throw RequestError("there is no file " + file);
  if (std::filesystem::is_directory(file)) throw RequestError(file + " is a folder; an experiment is a YAML file");
  Source source;
  source.file = file;
  source.working_directory = std::filesystem::current_path();
  source.directory = std::filesystem::absolute(file).lexically_normal().parent_path();
  source.text = content_of(file);
  source.overrides = overrides;
  return source;
}

config::Location Plan::locate(size_t trial, std::string_view path) const { return locator->locate(trial, path); }

Plan make_plan(const Source& source, const config::Schemas& schemas) {
  Problems problems;
  Plan plan;
  plan.source = source;
  const Document document = read_document(source, problems, plan.warnings);
  Header header = read_header(document, problems);
  const Registry registry(schemas);
  const size_t before_sweep = problems.count();
  SweepSpec spec = read_sweep(document, header.seed, registry, problems, plan.warnings);
  std::vector<Arm> arms;
  if (problems.count() == before_sweep) {
    arms = enumerate(spec.space, registry, spec.seeds.size(), spec.place, problems);
  }
  const bool degraded = arms.empty();
  if (degraded) arms = arms_without_axes(spec.space);
  ArmResolver resolver(spec.space, registry, arms, degraded ? spec.mentioned : std::set<std::string>(), problems);
  resolve_arms(spec, arms, resolver, problems, plan);
  problems.raise_if_any();
  resolver.add_warnings(plan.warnings);
  plan.name = std::move(header.name);
  plan.description = std::move(header.description);
  plan.run = std::move(header.run);
  plan.metric = spec.metric;
  plan.config_hash = identity(plan.metric, plan.trials);
  plan.locator = std::make_shared<SpaceLocator>(std::move(spec.space), std::move(arms), spec.seeds.size(),
                                                std::move(spec.metric_place), document.merged->place);
  return plan;
}

}  // namespace runner::sweep
