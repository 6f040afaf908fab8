#include "control/cli/best.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "common/json.h"
#include "common/paths.h"
#include "control/cli/planning.h"
#include "control/report/human.h"
#include "control/report/marks.h"
#include "control/report/table.h"
#include "control/store/flags.h"
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
  t.final_metric AS final, t.epochs_done AS epochs, t.seconds,
  (SELECT value FROM trial_facts f WHERE f.trial_id = t.trial_id AND f.name = 'unigram_perplexity') AS unigram,
  (SELECT value FROM trial_facts f WHERE f.trial_id = t.trial_id AND f.name = 'bigram_perplexity') AS bigram,
  t.flags, t.config
FROM trials t JOIN sweeps s ON s.sweep_id = t.sweep_id
WHERE t.sweep_id = ? AND t.status = 'completed' AND t.best_metric IS NOT NULL AND )sql";

constexpr size_t kFlagsColumn = 12;

constexpr const char* kOrder = R"sql(
ORDER BY CASE s.goal WHEN 'minimize' THEN t.best_metric ELSE -t.best_metric END, t.number LIMIT 1
)sql";

// The trials that would compete with their metric if they did not see the tokens they predict: "7, 8"; NULL for none.
store::Cell dishonest_trials(store::Reader& reader, int64_t sweep_id) {
  const std::string sql =
      "SELECT group_concat(trial_id, ', ') FROM (SELECT trial_id FROM trials t WHERE sweep_id = ? AND status = "
      "'completed' AND best_metric IS NOT NULL AND NOT " +
      std::string(report::kIsHonestSql) + " ORDER BY trial_id)";
  return reader.query(sql, {sweep_id}).rows.at(0)[0];
}

[[noreturn]] void only_dishonest(int64_t sweep_id, const std::string& trials) {
  throw RequestError("sweep " + std::to_string(sweep_id) + " has no best trial: every completed one (" + trials +
                     ") is flagged sees_future, it sees the tokens it shall predict; `runner show " +
                     std::to_string(sweep_id) + "` shows them with their causal perplexity");
}

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

// With another number of threads sums are rounded differently, so that number belongs to what gives the same numbers
// again.
std::string thread_option(store::Reader& reader, int64_t sweep_id) {
  const store::Table threads =
      reader.query("SELECT environment ->> '$.threads_per_trial' FROM sweeps WHERE sweep_id = ?", {sweep_id});
  const int64_t count = report::integer_of(threads.rows.at(0)[0]);
  return count > 1 ? "run: {threads_per_trial: " + std::to_string(count) + "}\n" : "";
}

std::string rerun_file(store::Reader& reader, int64_t sweep_id, const store::Table& best) {
  const auto& row = best.rows.front();
  const std::string name = report::text_of(row[1]) + "-trial-" + report::cell_text(row[0]);
  const config::Schemas schemas = find_schemas({});  // say which numbers are durations and sizes
  return sweep::experiment_yaml(name, Json::parse(report::text_of(row.back())), report::integer_of(row[3]), &schemas) +
         thread_option(reader, sweep_id);
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

// Beside the answer, not in it: programs and files get the best trial alone.
void say_left_out(const std::string& trials) {
  std::cerr << "left out, being flagged sees_future: trial" << (trials.find(',') == std::string::npos ? " " : "s ")
            << trials << "\n";
}

ExitCode run_best(const BestOptions& options) {
  store::Reader reader(database_file(options.database));
  const int64_t sweep_id = reader.resolve_sweep(options.sweep);
  store::Table best = reader.query(std::string(kBest) + report::kIsHonestSql + kOrder, {sweep_id});
  const std::string left_out = report::text_of(dishonest_trials(reader, sweep_id));
  if (best.rows.empty() && !left_out.empty()) only_dishonest(sweep_id, left_out);
  if (best.rows.empty()) no_best(reader, sweep_id);
  if (!left_out.empty()) say_left_out(left_out);
  if (options.yaml) {
    std::cout << rerun_file(reader, sweep_id, best);
    return ExitCode::success;
  }
  const std::string flags = report::text_of(best.rows.front()[kFlagsColumn]);
  best = shown_table(reader, std::move(best));
  report::print(std::cout, best, options.format, {report::terminal_width(), {}, 0});
  if (options.format == Format::table) report::print_flag_notes(std::cout, store::split_flags(flags));
  return ExitCode::success;
}

}  // namespace

void add_best(CLI::App& app, Action& action) {
  const auto options = std::make_shared<BestOptions>();
  CLI::App* verb = app.add_subcommand(
      "best", "Show the best completed trial of a sweep, by the sweep's metric; none that sees the future");
  verb->add_option("sweep", options->sweep, "Number or name of the sweep (default: the latest)")->type_name("SWEEP");
  auto* yaml = verb->add_flag("--yaml", options->yaml, "Print an experiment file that runs this trial again");
  add_database_option(*verb, options->database);
  add_format_options(*verb, options->format);
  yaml->excludes("--json")->excludes("--csv");
  verb->callback([options, &action] { action = [options] { return run_best(*options); }; });
}

}  // namespace runner::cli
