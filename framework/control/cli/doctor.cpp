#include "control/cli/doctor.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "common/layout.h"
#include "common/paths.h"
#include "common/text.h"
#include "control/cli/doctor_checks.h"
#include "control/cli/doctor_database.h"
#include "control/cli/doctor_report.h"
#include "control/schedule/preparation.h"
#include "control/schedule/scheduler.h"

namespace runner::cli {
namespace {

struct DoctorOptions {
  std::string examined;  // the database to examine; empty: the machine
  bool dry_run = false;
  std::string database;
  std::vector<std::filesystem::path> plugin_folders;
  Format format = Format::table;
};

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
  if (const auto disk = check_disk_of(database)) checks.push_back(*disk);
}

Checks examine(const DoctorOptions& options) {
  Checks checks = {{"runner", layout::kVersion, CheckState::ok, ""}};
  add_worker(checks);
  add_machine(checks);
  add_plugins_found(checks, options);
  add_storage(checks, options);
  return checks;
}

ExitCode run_doctor(const DoctorOptions& options) {
  if (options.examined.empty()) {
    return print_checks(examine(options), options.format, "nothing stands in the way of training at full speed");
  }
  const Checks checks = examine_results(database_file(options.examined), options.dry_run);
  return print_checks(checks, options.format, "database and files are sound");
}

}  // namespace

void add_doctor(CLI::App& app, Action& action) {
  const auto options = std::make_shared<DoctorOptions>();
  CLI::App* verb = app.add_subcommand(
      "doctor", "Say what trials run on here, and what slows or stops them; or examine a results database");
  auto* file = verb->add_option("file", options->examined, "Results database to examine, with the files beside it");
  file->type_name("FILE");
  verb->add_flag("--dry-run", options->dry_run, "Of a database: only tell, repair nothing")->needs(file);
  verb->footer(
      "Exit code 0: trials can run, whatever is warned of; 3: they cannot. Of a database, 0: it is sound, or made so "
      "by\n"
      "what was repaired; 3: it is not. While a runner writes it, nothing is repaired.");
  add_database_option(*verb, options->database);
  add_plugin_path_option(*verb, options->plugin_folders);
  add_format_options(*verb, options->format);
  verb->callback([options, &action] { action = [options] { return run_doctor(*options); }; });
}

}  // namespace runner::cli
