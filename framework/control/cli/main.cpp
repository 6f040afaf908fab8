// runner: the control process. Parses the command line and runs one verb.
#include <signal.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>

#include <cerrno>
#include <iostream>

#include "common/layout.h"
#include "control/cli/best.h"
#include "control/cli/command.h"
#include "control/cli/compare.h"
#include "control/cli/doctor.h"
#include "control/cli/export.h"
#include "control/cli/list.h"
#include "control/cli/logs.h"
#include "control/cli/outcome.h"
#include "control/cli/plugins.h"
#include "control/cli/query.h"
#include "control/cli/resume.h"
#include "control/cli/rm.h"
#include "control/cli/sample.h"
#include "control/cli/show.h"
#include "control/cli/sweep.h"
#include "control/cli/validate.h"
#include "control/cli/verify.h"

namespace runner::cli {
namespace {

// stdout is for answers; everything else goes to stderr.
void set_up_logging() {
  const auto logger = spdlog::stderr_color_st("runner");
  logger->set_pattern("%H:%M:%S %^%v%$");
  spdlog::set_default_logger(logger);
}

void add_verbs(CLI::App& app, Action& action) {
  for (const auto add : {add_sweep, add_validate, add_resume, add_list, add_show, add_logs, add_best, add_compare,
                         add_sample, add_export, add_verify, add_query, add_rm, add_plugins, add_doctor}) {
    add(app, action);
  }
}

ExitCode parse_and_run(int argc, char** argv) {
  CLI::App app("Experiments with recurrent language models: sweeps of trials, their results in SQLite.", "runner");
  app.set_version_flag("--version", layout::kVersion);
  app.require_subcommand(0, 1);
  app.footer(
      "Exit codes: 0 all trials succeeded, 1 some failed, 2 the request was wrong, 3 the machine failed,\n"
      "130 interrupted, 143 terminated. `runner VERB --help` explains a verb.");
  Action action;
  add_verbs(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? ExitCode::success : ExitCode::bad_request;
  }
  if (!action) action = [&app] { return std::cout << app.help(), ExitCode::success; };
  const ExitCode result = action();
  if (!std::cout.flush()) throw EnvironmentError("cannot write the answer to standard output", errno);
  return result;
}

}  // namespace
}  // namespace runner::cli

int main(int argc, char** argv) {
  signal(SIGXFSZ, SIG_IGN);  // a file that may not grow any more is an error of whoever writes it, not our end
  return static_cast<int>(runner::cli::run_to_outcome([&] {
    runner::cli::set_up_logging();
    return runner::cli::parse_and_run(argc, argv);
  }));
}
