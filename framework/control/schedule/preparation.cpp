#include "control/schedule/preparation.h"

#include <deque>
#include <memory>

#include "control/schedule/trial_log.h"

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

// Distinct values in the order of their first appearance, with the trial each appeared in first.
class Distinct {
 public:
  // The value's index, and whether it is new.
  std::pair<size_t, bool> add(const Json& value, size_t trial) {
    const auto [place, added] = index_.emplace(value.dump(), first_.size());
    if (added) first_.push_back(trial);
    return {place->second, added};
  }
  size_t first_trial(size_t index) const { return first_.at(index); }

 private:
  std::map<std::string, size_t> index_;
  std::vector<size_t> first_;
};

// One job of the preparation: remembers its problems and how it ended.
class PreparationJob : public JobHandler {
 public:
  PreparationJob(std::string command, size_t trial, std::string subject)
      : command_(std::move(command)), trial_(trial), subject_(std::move(subject)) {}

  const std::string& command() const { return command_; }
  const std::vector<Problem>& problems() const { return problems_; }
  const Json& answer() const { return answer_; }

  void on_event(const protocol::Message& message) override {
    if (message.type == "problem") {
      problems_.push_back(locate(message.body.value("path", ""), message.body.value("message", "")));
    } else if (message.type == "failed") {
      problems_.push_back(locate(subject_, message.body.value("message", "")));
    } else if (message.type == "prepared" || message.type == "devices") {
      answer_ = message.body;
    }
  }

  void on_output(std::string_view bytes) override { output_.append(bytes); }

  void on_exit(const ExitStatus& status, bool host_died) override {
    if (status.succeeded() && !host_died) return;
    if (!problems_.empty()) return;
    const std::string how = status.signal ? "was killed by " + describe_signal(status.signal)
                                          : "left with exit code " + std::to_string(status.code);
    problems_.push_back(locate(subject_, "the worker that opened this plugin " + how + details()));
  }

 protected:
  virtual Problem locate(const std::string& path, const std::string& message) const { return {trial_, path, message}; }
  size_t trial() const { return trial_; }

 private:
  std::string details() const {
    const std::string tail = tail_of_output(output_);
    return tail.empty() ? "" : "; its last words:\n" + tail;
  }

  std::string command_;
  size_t trial_;
  std::string subject_;  // the path to blame when the job names none
  std::vector<Problem> problems_;
  Json answer_;
  std::string output_;
};

// The one job whose problems belong to several trials: "models.2.dropout" is of the first trial with the third model.
class CheckJobHandler : public PreparationJob {
 public:
  CheckJobHandler(std::string command, Distinct models, Distinct datasets)
      : PreparationJob(std::move(command), 0, "model"), models_(std::move(models)), datasets_(std::move(datasets)) {}

 protected:
  Problem locate(const std::string& path, const std::string& message) const override {
    const size_t first_dot = path.find('.');
    const size_t second_dot = path.find('.', first_dot + 1);
    if (first_dot == std::string::npos) return {trial(), path, message};
    const bool is_model = path.compare(0, first_dot, "models") == 0;
    const size_t index = std::stoul(path.substr(first_dot + 1));
    const std::string option = second_dot == std::string::npos ? "" : path.substr(second_dot);
    const bool names_option = option.size() > 1;
    return {(is_model ? models_ : datasets_).first_trial(index),
            (is_model ? "model" : "data") + (names_option ? option : std::string()), message};
  }

 private:
  Distinct models_, datasets_;
};

std::unique_ptr<PreparationJob> make_check_job(const sweep::Plan& plan, const PluginFiles& files) {
  protocol::CheckJob job;
  Distinct models, datasets;
  for (size_t i = 0; i < plan.trials.size(); ++i) {
    const Json& config = plan.trials[i].config;
    if (models.add(config.at("model"), i).second) job.models.push_back(files.model(config.at("model")));
    if (datasets.add(config.at("data"), i).second) job.datasets.push_back(files.dataset(config.at("data")));
  }
  return std::make_unique<CheckJobHandler>(protocol::command_line(job), std::move(models), std::move(datasets));
}

struct PrepareJobs {
  std::vector<std::unique_ptr<PreparationJob>> jobs;
  std::vector<size_t> job_of_trial;
};

PrepareJobs make_prepare_jobs(const sweep::Plan& plan, const PluginFiles& files) {
  PrepareJobs result;
  Distinct distinct;
  for (size_t i = 0; i < plan.trials.size(); ++i) {
    const Json& config = plan.trials[i].config;
    const Json& prefixes = config.at("samples").at("prefixes");
    const auto [index, added] = distinct.add({config.at("data"), prefixes}, i);
    result.job_of_trial.push_back(index);
    if (!added) continue;
    const protocol::PrepareJob job{files.dataset(config.at("data")), prefixes.get<std::vector<std::string>>()};
    result.jobs.push_back(std::make_unique<PreparationJob>(protocol::command_line(job), i, "data"));
  }
  return result;
}

void run_all(std::deque<PreparationJob*> waiting, WorkerPool& pool, Signals& signals) {
  while (!waiting.empty() || pool.any_busy()) {
    while (Slot* slot = waiting.empty() ? nullptr : pool.idle_slot()) {
      pool.start(*slot, waiting.front()->command(), *waiting.front());
      waiting.pop_front();
    }
    pool.wait(std::chrono::milliseconds(100), signals);
    if (signals.requests() == 0) continue;
    // The handlers end with this call, so every job must be over before it does.
    for (pool.kill_all(); pool.any_busy();) pool.wait(std::chrono::milliseconds(100), signals);
    throw Error(signals.exit_code(), "interrupted before any trial had started");
  }
}

void add_device_problems(const sweep::Plan& plan, Preparation& preparation) {
  for (size_t i = 0; i < plan.trials.size(); ++i) {
    const std::string problem =
        preparation.devices.problem(plan.trials[i].config.at("train").at("device").get<std::string>());
    if (!problem.empty()) preparation.problems.push_back({i, "train.device", problem});
  }
}

}  // namespace

protocol::Component PluginFiles::dataset(const Json& data) const { return component(data, datasets); }

protocol::Component PluginFiles::model(const Json& model) const { return component(model, models); }

Preparation prepare(const sweep::Plan& plan, const PluginFiles& files, WorkerPool& pool, Signals& signals) {
  const std::unique_ptr<PreparationJob> check = make_check_job(plan, files);
  PreparationJob list(protocol::list_devices_line(), 0, "train.device");
  PrepareJobs prepares = make_prepare_jobs(plan, files);
  std::deque<PreparationJob*> waiting = {check.get(), &list};
  for (const auto& job : prepares.jobs) waiting.push_back(job.get());
  run_all(waiting, pool, signals);

  Preparation result;
  for (const PreparationJob* job : waiting) {
    result.problems.insert(result.problems.end(), job->problems().begin(), job->problems().end());
  }
  if (list.answer().is_object()) result.devices = Devices(list.answer().value("cuda", std::vector<std::string>()));
  for (const size_t job : prepares.job_of_trial) {
    const Json& answer = prepares.jobs[job]->answer();
    result.facts.push_back(answer.is_object() ? answer.value("facts", Json::object()) : Json::object());
  }
  add_device_problems(plan, result);
  return result;
}

}  // namespace runner::schedule
