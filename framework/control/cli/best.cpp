#include "control/cli/best.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "common/json.h"
#include "common/paths.h"
#include "control/cli/planning.h"
#include "control/report/human.h"
#include "control/report/table.h"
#include "control/store/reader.h"
#include "control/sweep/to_yaml.h"

namespace runner::cli {
namespace {

struct BestOptions {
  std::string sweep, database;
  bool yaml = false;
  Format format = Format::table;
};

constexpr const char* kBest = R"sql(
SELECT t.trial_id AS trial, s.name AS sweep, t.label, t.seed, s.metric, t.best_metric AS best, t.best_epoch AS epoch,
  t.final_metric AS final, t.epochs_done AS epochs, t.seconds, t.flags, t.config
FROM trials t JOIN sweeps s ON s.sweep_id = t.sweep_id
WHERE t.sweep_id = ? AND t.status = 'completed' AND t.best_metric IS NOT NULL
ORDER BY CASE s.goal WHEN 'minimize' THEN t.best_metric ELSE -t.best_metric END, t.number LIMIT 1
)sql";

[[noreturn]] void no_best(store::Reader& reader, int64_t sweep_id) {
  const store::Table sweep = reader.query("SELECT name, metric FROM sweeps WHERE sweep_id = ?", {sweep_id});
  const store::Table counts = reader.query(
      "SELECT group_concat(n || ' ' || status, ', ') FROM (SELECT status, count(*) AS n FROM trials WHERE "
      "sweep_id = ? GROUP BY status)",
      {sweep_id});
  throw RequestError("sweep " + std::to_string(sweep_id) + " (" + report::text_of(sweep.rows.at(0)[0]) +
                     ") has no completed trial with a value of " + report::text_of(sweep.rows[0][1]) +
                     " yet; its trials: " + report::cell_text(counts.rows.at(0)[0]));
}

store::Table varied_parameters(store::Reader& reader, int64_t trial_id) {
  return reader.query(
      "SELECT p.name, p.value FROM trial_params p JOIN trials t ON t.trial_id = p.trial_id JOIN sweeps s ON s.sweep_id "
      "= "
      "t.sweep_id WHERE p.trial_id = ? AND p.name <> 'seed' AND p.name IN (SELECT value FROM json_each(s.varied)) "
      "ORDER "
      "BY p.name",
      {trial_id});
}

std::string rerun_file(const store::Table& best) {
  const auto& row = best.rows.front();
  const std::string name = report::text_of(row[1]) + "-trial-" + report::cell_text(row[0]);
  const config::Schemas schemas = find_schemas({});  // say which numbers are durations and sizes
  return sweep::experiment_yaml(name, Json::parse(report::text_of(row.back())), report::integer_of(row[3]), &schemas);
}

// The row without its configuration, and with the parameters that make it differ from the other trials.
store::Table shown_table(store::Reader& reader, store::Table best) {
  best.columns.pop_back();
  best.rows.front().pop_back();
  for (auto& parameter : varied_parameters(reader, report::integer_of(best.rows.front()[0])).rows) {
    best.columns.push_back(report::text_of(parameter[0]));
    best.rows.front().push_back(parameter[1]);
  }
  return best;
}

ExitCode run_best(const BestOptions& options) {
  store::Reader reader(database_file(options.database));
  const int64_t sweep_id = reader.resolve_sweep(options.sweep);
  store::Table best = reader.query(kBest, {sweep_id});
  if (best.rows.empty()) no_best(reader, sweep_id);
  if (options.yaml) {
    std::cout << rerun_file(best);
    return ExitCode::success;
  }
  best = shown_table(reader, std::move(best));
  report::print(std::cout, best, options.format, {report::terminal_width(), {}, 0});
  return ExitCode::success;
}

}  // namespace

void add_best(CLI::App& app, Action& action) {
  const auto options = std::make_shared<BestOptions>();
  CLI::App* verb = app.add_subcommand("best", "Show the best completed trial of a sweep, by the sweep's metric");
  verb->add_option("sweep", options->sweep, "Number or name of the sweep (default: the latest)")->type_name("SWEEP");
  auto* yaml = verb->add_flag("--yaml", options->yaml, "Print an experiment file that runs this trial again");
  add_database_option(*verb, options->database);
  add_format_options(*verb, options->format);
  yaml->excludes("--json")->excludes("--csv");
  verb->callback([options, &action] { action = [options] { return run_best(*options); }; });
}

}  // namespace runner::cli
