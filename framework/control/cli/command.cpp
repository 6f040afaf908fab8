#include "control/cli/command.h"

#include <CLI/CLI.hpp>

namespace runner::cli {

void add_database_option(CLI::App& verb, std::string& database) {
  verb.add_option("--db", database, "Results database (default: $RUNNER_DB, else results/results.db)")
      ->type_name("FILE");
}

void add_format_options(CLI::App& verb, Format& format) {
  auto* json = verb.add_flag_callback(
      "--json", [&format] { format = Format::json; }, "Print JSON");
  auto* csv = verb.add_flag_callback(
      "--csv", [&format] { format = Format::csv; }, "Print comma-separated values");
  json->excludes(csv);
}

void add_plugin_path_option(CLI::App& verb, std::vector<std::filesystem::path>& folders) {
  verb.add_option("--plugin-path", folders, "Further folder to look for plugins in; before $RUNNER_PLUGIN_PATH")
      ->type_name("FOLDER")
      ->allow_extra_args(false);  // one folder each time: what follows belongs to the verb
}

}  // namespace runner::cli
