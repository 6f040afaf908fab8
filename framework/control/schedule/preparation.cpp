#include "control/schedule/preparation.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include "common/error.h"
#include "common/training.h"
#include "control/schedule/preparation_job.h"

namespace runner::schedule {
namespace {

protocol::Component component(const Json& section, const std::map<std::string, std::string>& files) {
  protocol::Component result;
  result.name = section.at("plugin").get<std::string>();
  result.file = files.at(result.name);
  result.options = section;
  result.options.erase("plugin");
  return result;
}

// Distinct values in the order of their first appearance.
class Distinct {
 public:
  // The value's index, and whether it is new.
  std::pair<size_t, bool> add(const Json& value) {
    const auto [place, added] = index_.emplace(value.dump(), index_.size());
    return {place->second, added};
  }

 private:
  std::map<std::string, size_t> index_;
};

struct OptionsToCheck {
  std::vector<protocol::Component> components;
  std::vector<size_t> trials;
};

// The distinct mappings of one section by their plugin: a job for each, so that a crash is blamed on the right one.
std::map<std::string, OptionsToCheck> options_by_plugin(const sweep::Plan& plan, const PluginFiles& files,
                                                        const char* section) {
  Distinct distinct;
  std::map<std::string, OptionsToCheck> result;
  const bool is_model = std::string_view(section) == "model";
  for (size_t i = 0; i < plan.trials.size(); ++i) {
    const Json& mapping = plan.trials[i].config.at(section);
    if (!distinct.add(mapping).second) continue;
    OptionsToCheck& options = result[mapping.at("plugin").get<std::string>()];
    options.components.push_back(is_model ? files.model(mapping) : files.dataset(mapping));
    options.trials.push_back(i);
  }
  return result;
}

using Jobs = std::vector<std::unique_ptr<PreparationJob>>;

Patience patience_with_check(const Duration& time_to_answer) {
  return {time_to_answer, "check() and token_work() of a plugin must not wait for anything; mend it, or take another"};
}

// Adds a job for each model plugin, and returns them.
std::vector<const OptionCheck*> add_model_checks(const sweep::Plan& plan, const PluginFiles& files,
                                                 const Patience& patience, Jobs& jobs) {
  std::vector<const OptionCheck*> checks;
  for (auto& [plugin, options] : options_by_plugin(plan, files, "model")) {
    const std::string command = protocol::command_line(protocol::CheckJob{std::move(options.components), {}});
    auto job = std::make_unique<OptionCheck>(command, patience, std::move(options.trials), "model", plugin);
    checks.push_back(job.get());
    jobs.push_back(std::move(job));
  }
  return checks;
}

void add_dataset_checks(const sweep::Plan& plan, const PluginFiles& files, const Patience& patience, Jobs& jobs) {
  for (auto& [plugin, options] : options_by_plugin(plan, files, "data")) {
    const std::string command = protocol::command_line(protocol::CheckJob{{}, std::move(options.components)});
    jobs.push_back(std::make_unique<OptionCheck>(command, patience, std::move(options.trials), "data", plugin));
  }
}

// Nobody needs to know the devices when every trial asks for the CPU.
bool may_use_cuda(const sweep::Plan& plan) {
  return std::any_of(plan.trials.begin(), plan.trials.end(),
                     [](const sweep::Trial& trial) { return trial.config.at("train").at("device") != "cpu"; });
}

// Adds a job for each distinct dataset. Returns the index among `jobs` of each trial's.
std::vector<size_t> add_prepare_jobs(const sweep::Plan& plan, const PluginFiles& files, const std::string& cache,
                                     Jobs& jobs) {
  const Patience patience{
      plan.run.hang_timeout,
      "run.hang_timeout allows no more; raise it where reading the data takes longer, else mend the "
      "plugin"};
  std::vector<size_t> job_of_trial;
  const size_t first = jobs.size();
  Distinct distinct;
  for (size_t i = 0; i < plan.trials.size(); ++i) {
    const Json& config = plan.trials[i].config;
    const Json& prefixes = config.at("samples").at("prefixes");
    const auto [index, added] = distinct.add({config.at("data"), prefixes});
    job_of_trial.push_back(first + index);
    if (!added) continue;
    const protocol::PrepareJob job{files.dataset(config.at("data")), prefixes.get<std::vector<std::string>>(), cache};
    const std::string worker = "the worker that opened and counted the dataset \"" + job.data.name + "\"";
    jobs.push_back(std::make_unique<PreparationJob>(protocol::command_line(job), patience, Subject{i, "data", worker}));
  }
  return job_of_trial;
}

std::unique_ptr<PreparationJob> list_job(const Duration& time_to_answer) {
  const Patience patience{time_to_answer, "the driver of the GPUs hangs; mend it, or do without: train.device=cpu"};
  return std::make_unique<PreparationJob>(protocol::list_devices_line(), patience,
                                          Subject{0, "train.device", "the worker that listed the CUDA devices"});
}

std::vector<std::string> cuda_devices(const PreparationJob& list) {
  if (!list.answer().is_object()) return {};
  return list.answer().value("cuda", std::vector<std::string>());
}

void require_done(const PreparationJob& job) {
  if (!job.machine_failure().empty()) throw EnvironmentError(job.machine_failure());
}

std::vector<TokenWork> token_work_of(const sweep::Plan& plan, const std::vector<const OptionCheck*>& checks) {
  const auto options = [&](size_t trial) { return plan.trials[trial].config.at("model").dump(); };
  std::map<std::string, TokenWork> by_options;
  for (const OptionCheck* check : checks) {
    for (size_t i = 0; i < check->trials().size(); ++i) by_options[options(check->trials()[i])] = check->token_work(i);
  }
  std::vector<TokenWork> result;
  for (size_t i = 0; i < plan.trials.size(); ++i) result.push_back(by_options[options(i)]);
  return result;
}

std::vector<Json> facts_of(const std::vector<size_t>& job_of_trial, const Jobs& jobs) {
  std::vector<Json> facts;
  for (const size_t job : job_of_trial) {
    const Json& answer = jobs[job]->answer();
    facts.push_back(answer.is_object() ? answer.value("facts", Json::object()) : Json::object());
  }
  return facts;
}

void add_device_problems(const sweep::Plan& plan, Preparation& preparation) {
  for (size_t i = 0; i < plan.trials.size(); ++i) {
    const std::string problem =
        preparation.devices.problem(plan.trials[i].config.at("train").at("device").get<std::string>());
    if (!problem.empty()) preparation.problems.push_back({i, "train.device", problem});
  }
}

// The dotted paths at which a trial's training or its sweep follows a metric of held-out text.
std::vector<std::string> held_out_metrics(const Json& train, const sweep::Metric& sweeps) {
  const Json &schedule = train.at("schedule"), &stopping = train.at("early_stopping");
  const auto is_held_out = [](const std::string& metric) { return metric.rfind(kHeldOutPrefix, 0) == 0; };
  const auto metric = [](const Json& section) { return section.value("metric", std::string()); };
  std::vector<std::string> paths;
  if (is_held_out(sweeps.name)) paths.emplace_back("sweep.metric");
  if (is_held_out(metric(schedule))) paths.emplace_back("train.schedule.metric");
  if (is_held_out(metric(stopping)) && stopping.at("patience") > 0) paths.emplace_back("train.early_stopping.metric");
  return paths;
}

void add_metric_problems(const sweep::Plan& plan, Preparation& preparation) {
  for (size_t i = 0; i < plan.trials.size(); ++i) {
    if (preparation.facts[i].value("valid_tokens", int64_t{1}) > 0) continue;  // unknown: the dataset was refused
    const Json& config = plan.trials[i].config;
    for (const std::string& path : held_out_metrics(config.at("train"), plan.metric)) {
      preparation.problems.push_back(
          {i, path,
           path + " follows held-out text, of which this \"" + config.at("data").at("plugin").get<std::string>() +
               "\" dataset has none; give it a validation part, or let it follow perplexity"});
    }
  }
}

}  // namespace

protocol::Component PluginFiles::dataset(const Json& data) const { return component(data, datasets); }

protocol::Component PluginFiles::model(const Json& model) const { return component(model, models); }

Preparation prepare(const sweep::Plan& plan, const PluginFiles& files, const std::string& cache, WorkerPool& pool,
                    Signals& signals, const Duration& time_to_answer) {
  Jobs jobs;
  const Patience patience = patience_with_check(time_to_answer);
  const std::vector<const OptionCheck*> model_checks = add_model_checks(plan, files, patience, jobs);
  add_dataset_checks(plan, files, patience, jobs);
  const std::vector<size_t> job_of_trial = add_prepare_jobs(plan, files, cache, jobs);
  const std::unique_ptr<PreparationJob> list = list_job(time_to_answer);
  std::vector<PreparationJob*> wanted;
  if (may_use_cuda(plan)) wanted.push_back(list.get());
  for (const auto& job : jobs) wanted.push_back(job.get());
  run_all({wanted.begin(), wanted.end()}, pool, signals);

  Preparation result;
  for (const PreparationJob* job : wanted) {
    require_done(*job);
    result.problems.insert(result.problems.end(), job->problems().begin(), job->problems().end());
  }
  result.devices = Devices(cuda_devices(*list));
  result.facts = facts_of(job_of_trial, jobs);
  result.token_work = token_work_of(plan, model_checks);
  add_device_problems(plan, result);
  add_metric_problems(plan, result);
  return result;
}

std::vector<std::string> list_cuda_devices(WorkerPool& pool, Signals& signals) {
  const std::unique_ptr<PreparationJob> list = list_job(catalog::kTimeToAnswer);
  run_all({list.get()}, pool, signals);
  require_done(*list);
  if (!list->problems().empty()) throw EnvironmentError(list->problems().front().message);
  return cuda_devices(*list);
}

}  // namespace runner::schedule
