#include "control/cli/logs.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>

#include "common/paths.h"
#include "control/report/trial_page.h"
#include "control/store/reader.h"

namespace runner::cli {
namespace {

struct LogsOptions {
  int64_t trial = 0;
  std::string database;
};

ExitCode run_logs(const LogsOptions& options) {
  store::Reader reader(database_file(options.database));
  report::require_trial(reader, options.trial);
  const std::filesystem::path file = trial_folder(reader.file(), options.trial) / "log.txt";
  std::ifstream log(file, std::ios::binary);
  if (!log) {
    throw EnvironmentError("trial " + std::to_string(options.trial) + " has no log: " + file.string() +
                           " cannot be read; it is written once the trial has started");
  }
  if (log.peek() != std::ifstream::traits_type::eof()) std::cout << log.rdbuf();
  return ExitCode::success;
}

}  // namespace

void add_logs(CLI::App& app, Action& action) {
  const auto options = std::make_shared<LogsOptions>();
  CLI::App* verb = app.add_subcommand("logs", "Print what a trial's workers printed");
  verb->add_option("trial", options->trial, "Number of the trial, as `show` prints it")
      ->type_name("TRIAL")
      ->required()
      ->check(CLI::PositiveNumber);
  add_database_option(*verb, options->database);
  verb->callback([options, &action] { action = [options] { return run_logs(*options); }; });
}

}  // namespace runner::cli
