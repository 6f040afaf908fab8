#include "control/cli/sample.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>

#include "common/params_json.h"
#include "common/paths.h"
#include "common/training.h"
#include "control/cli/planning.h"
#include "control/cli/stored_trial.h"
#include "control/config/param_reader.h"
#include "control/report/best_trial.h"
#include "control/report/human.h"
#include "control/report/table.h"
#include "control/schedule/sampling.h"
#include "control/store/reader.h"
#include "control/sweep/resolver.h"

namespace runner::cli {
namespace {

namespace fs = std::filesystem;

struct SampleVerb {
  int64_t trial = 0;  // 0: the best of the latest sweep
  std::vector<std::string> prefixes;
  std::map<std::string, std::string> given;  // of SampleOptions, by name; as written
  std::optional<int64_t> seed;
  bool json = false;
  std::string device, database;
  std::vector<fs::path> plugin_folders;
};

std::string flag_of(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return "--" + name;
}

// A parameter's doc as this program's help writes sentences.
std::string help_of(std::string doc) {
  if (doc.front() >= 'a' && doc.front() <= 'z') doc.front() = static_cast<char>(doc.front() - 'a' + 'A');
  return doc;
}

int64_t chosen_trial(store::Reader& reader, int64_t wanted) {
  if (wanted > 0) return wanted;
  const int64_t sweep_id = reader.resolve_sweep("");
  const int64_t best = report::best_trial(reader, sweep_id).trial_id;
  std::cerr << "trial " << best << ", the best of sweep " << sweep_id << "\n";
  return best;
}

// What is given on the command line, over what the trial was trained with.
Json chosen_samples(const SampleVerb& verb, Json samples) {
  const std::vector<ParamSpec> specs = SampleOptions::schema().specs();
  const config::Place place{std::make_shared<const std::string>("command line"), 0, 0};
  config::Problems problems;
  for (const auto& [name, text] : verb.given) {
    const auto node = config::make_scalar(text, false, place);
    const auto value = config::read_param(flag_of(name), *node, *config::find_spec(specs, name), {}, problems);
    if (value) samples[name] = to_json(*value);
  }
  problems.raise_if_any();
  if (!verb.prefixes.empty()) samples["prefixes"] = verb.prefixes;
  return samples;
}

// Asked to be greedy, a trial that drew its samples forgets what it drew from.
void forget_idle_choices(const SampleVerb& verb, Json& samples) {
  if (samples.value("temperature", 0.0) > 0) return;
  for (const char* name : {"top_k", "top_p"}) {
    if (verb.given.count(name) == 0) samples.erase(name);
  }
}

Json sample_options(const SampleVerb& verb, const StoredTrial& trial) {
  Json samples = chosen_samples(verb, trial.config.at("samples"));
  forget_idle_choices(verb, samples);
  if (verb.seed && samples.value("temperature", 0.0) == 0) {
    throw RequestError("--seed has no effect at temperature 0, where nothing is drawn: give --temperature, too");
  }
  const auto options = options_from<SampleOptions>(samples);
  try {
    options.check();
  } catch (const OptionError& error) {
    throw RequestError(error.what());
  }
  if (options.prefixes.empty()) {
    throw RequestError("nothing to continue: trial " + std::to_string(trial.trial_id) +
                       " was trained without samples.prefixes, so give --prefix TEXT");
  }
  return samples;
}

protocol::SampleJob job_for(const SampleVerb& verb, store::Reader& reader) {
  const StoredTrial trial = stored_trial(reader, chosen_trial(reader, verb.trial));
  protocol::SampleJob job;
  job.weights = weights_of(reader, trial).string();
  job.samples = sample_options(verb, trial);
  const schedule::PluginFiles files = plugin_files_of(trial.config, find_schemas(verb.plugin_folders));
  job.data = files.dataset(trial.config.at("data"));
  job.model = files.model(trial.config.at("model"));
  job.seed = verb.seed.value_or(trial.seed);
  job.epoch = trial.epochs_done;
  job.device = verb.device.empty() ? trial.config.at("train").at("device").get<std::string>() : verb.device;
  job.threads = static_cast<int>(trial.threads);
  return job;
}

void print(const std::vector<schedule::SampledText>& texts, bool json) {
  report::OrderedJson list = report::OrderedJson::array();
  for (const auto& [prefix, text] : texts) {
    if (!json) std::cout << text << '\n';
    list.push_back({{"prefix", prefix}, {"text", text}});
  }
  if (json) report::print_json(std::cout, list);
}

ExitCode run_sample(const SampleVerb& verb) {
  store::Reader reader(database_file(verb.database));
  print(schedule::sample(job_for(verb, reader)), verb.json);
  return ExitCode::success;
}

void add_options(CLI::App& verb, SampleVerb& options) {
  verb.add_option("trial", options.trial,
                  "Number of the trial, as `show` prints it (default: the best of the latest sweep)")
      ->type_name("TRIAL")
      ->check(CLI::PositiveNumber);
  verb.add_option("--prefix", options.prefixes, "Text to continue; repeatable")
      ->type_name("TEXT")
      ->allow_extra_args(false);
  for (const ParamSpec& spec : SampleOptions::schema().specs()) {
    if (spec.name == "every" || spec.name == "prefixes") continue;
    const auto keep = [&options, name = spec.name](const std::string& text) { options.given[name] = text; };
    verb.add_option_function<std::string>(flag_of(spec.name), keep, help_of(spec.doc))
        ->type_name(spec.type == ParamType::integer ? "N" : "X");
  }
  verb.add_option("--seed", options.seed, "Another seed to draw with")->type_name("N");
  verb.add_option("--device", options.device, "Where to compute")
      ->type_name("auto|cpu|cuda|cuda:N")
      ->check([](const std::string& name) -> std::string {
        return sweep::is_device(name) ? "" : "must be auto, cpu, cuda or cuda:N, found \"" + name + "\"";
      });
  verb.add_flag("--json", options.json, "Print JSON: [{prefix, text}]");
}

}  // namespace

void add_sample(CLI::App& app, Action& action) {
  const auto options = std::make_shared<SampleVerb>();
  CLI::App* verb = app.add_subcommand("sample", "Continue texts with the weights that a completed trial left");
  add_options(*verb, *options);
  add_database_option(*verb, options->database);
  add_plugin_path_option(*verb, options->plugin_folders);
  verb->footer("What is not given is as the trial was trained; with nothing given it writes its last samples again.");
  verb->callback([options, &action] { action = [options] { return run_sample(*options); }; });
}

}  // namespace runner::cli
