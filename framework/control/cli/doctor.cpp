#include "control/cli/doctor.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>

#include "common/layout.h"
#include "common/paths.h"
#include "common/text.h"
#include "control/cli/doctor_checks.h"
#include "control/report/human.h"
#include "control/report/table.h"
#include "control/schedule/preparation.h"
#include "control/schedule/scheduler.h"

namespace runner::cli {
namespace {

struct DoctorOptions {
  std::string database;
  std::vector<std::filesystem::path> plugin_folders;
  Format format = Format::table;
};

using Checks = std::vector<Check>;

// What a worker says of itself: the process that trains is the one to ask.
void ask_worker(Checks& checks) {
  schedule::Signals signals;
  schedule::WorkerPool pool({1, 1});
  const std::vector<std::string> cuda = schedule::list_cuda_devices(pool, signals);
  const Json environment = pool.environment();
  checks.push_back({"libtorch", environment.value("libtorch", ""), CheckState::ok, ""});
  checks.push_back({"compiler", environment.value("compiler", ""), CheckState::ok, ""});
  checks.push_back(check_blas(environment.value("blas", Json::object())));
  checks.push_back(check_devices(cuda, environment.value("cuda_compiled", false)));
}

void add_worker(Checks& checks) {
  Check worker{"worker", worker_executable().string(), CheckState::ok, ""};
  Checks answers;
  try {
    ask_worker(answers);
  } catch (const EnvironmentError& error) {
    worker.state = CheckState::error;
    worker.advice = std::string(error.what()) + "; build or install the runner again";
  }
  checks.push_back(worker);
  checks.insert(checks.end(), answers.begin(), answers.end());
}

std::vector<std::string> own_environment() {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable; ++variable) variables.emplace_back(*variable);
  return variables;
}

// What a sweep does that says nothing of it in `run:`.
std::string default_threads() {
  constexpr size_t kManyTrials = 1'000'000;
  const schedule::PoolSettings pool = schedule::pool_settings({}, kManyTrials);
  return std::to_string(pool.slots) + " at once, threads each: " + std::to_string(pool.threads_per_trial);
}

void add_machine(Checks& checks) {
  const Cores found = cores();
  checks.push_back({"cpu", cpu_model(), CheckState::ok, ""});
  checks.push_back(check_instruction_sets());
  checks.push_back(check_cores(found));
  checks.push_back({"trials", default_threads(), CheckState::ok, ""});
  checks.push_back(check_load(found, load_average()));
  checks.push_back(check_thread_variables(own_environment()));
  checks.push_back(check_memory(memory(), found));
}

void add_plugins_found(Checks& checks, const DoctorOptions& options) {
  try {
    const Checks found = check_plugins(catalog::find_plugins(plugin_folders(options.plugin_folders)));
    checks.insert(checks.end(), found.begin(), found.end());
  } catch (const EnvironmentError& error) {
    checks.push_back({"plugins", "cannot be described", CheckState::error, error.what()});
  }
}

void add_storage(Checks& checks, const DoctorOptions& options) {
  const std::filesystem::path database = database_file(options.database);
  checks.push_back(check_database(database));
  std::error_code error;
  const auto space = std::filesystem::space(existing_folder(database), error);
  if (!error) checks.push_back(check_disk(static_cast<int64_t>(space.available)));
}

Checks examine(const DoctorOptions& options) {
  Checks checks = {{"runner", layout::kVersion, CheckState::ok, ""}};
  add_worker(checks);
  add_machine(checks);
  add_plugins_found(checks, options);
  add_storage(checks, options);
  return checks;
}

store::Table full_table(const Checks& checks) {
  store::Table table;
  table.columns = {"check", "found", "state", "advice"};
  for (const Check& check : checks) {
    const store::Cell advice = check.advice.empty() ? store::Cell() : store::Cell(check.advice);
    table.rows.push_back({check.name, check.found, state_name(check.state), advice});
  }
  return table;
}

void print_for_people(const Checks& checks) {
  store::Table table;
  table.columns = {"check", "found"};
  for (const Check& check : checks) table.rows.push_back({check.name, check.found});
  report::print_table(std::cout, table);  // as wide as it is: the paths are the answer
  std::cout << '\n';
  bool fine = true;
  for (const Check& check : checks) {
    if (check.state == CheckState::ok) continue;
    fine = false;
    const std::string text = std::string(state_name(check.state)) + ": " + check.name + ": " + check.advice;
    std::cout << report::wrapped(text, report::terminal_width()) << '\n';
  }
  if (fine) std::cout << "nothing stands in the way of training at full speed\n";
}

ExitCode run_doctor(const DoctorOptions& options) {
  const Checks checks = examine(options);
  if (options.format == Format::table) {
    print_for_people(checks);
  } else {
    report::print(std::cout, full_table(checks), options.format);
  }
  const bool impossible =
      std::any_of(checks.begin(), checks.end(), [](const Check& check) { return check.state == CheckState::error; });
  return impossible ? ExitCode::environment : ExitCode::success;
}

}  // namespace

void add_doctor(CLI::App& app, Action& action) {
  const auto options = std::make_shared<DoctorOptions>();
  CLI::App* verb = app.add_subcommand("doctor", "Say what trials run on here, and what slows or stops them");
  verb->footer("Exit code 0: trials can run, whatever is warned of; 3: they cannot.");
  add_database_option(*verb, options->database);
  add_plugin_path_option(*verb, options->plugin_folders);
  add_format_options(*verb, options->format);
  verb->callback([options, &action] { action = [options] { return run_doctor(*options); }; });
}

}  // namespace runner::cli
