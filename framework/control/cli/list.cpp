#include "control/cli/list.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "common/paths.h"
#include "control/report/human.h"
#include "control/report/marks.h"
#include "control/report/table.h"
#include "control/store/flags.h"
#include "control/store/lock.h"
#include "control/store/reader.h"

namespace runner::cli {
namespace {

struct ListOptions {
  std::string database;
  int64_t limit = 20;
  Format format = Format::table;
};

// The best value of the completed trials of the sweep `s` that `condition` takes; the index on best_metric gives it
// first.
std::string best_sql(const char* condition) {
  const std::string start =
      "(SELECT best_metric FROM trials t WHERE t.sweep_id = s.sweep_id AND t.status = 'completed' AND best_metric IS "
      "NOT "
      "NULL AND " +
      std::string(condition) + " ORDER BY best_metric ";
  return "CASE s.goal WHEN 'minimize' THEN " + start + "LIMIT 1) ELSE " + start + "DESC LIMIT 1) END";
}

// Without a living writer, what the database calls running was left so by a runner that died. `further` are more
// columns.
std::string sweeps_sql(const std::string& further) {
  return R"sql(
SELECT s.sweep_id AS sweep, s.name, CASE WHEN s.status = 'running' AND NOT ?1 THEN 'interrupted' ELSE s.status END AS status,
  (SELECT count(*) FROM trials t WHERE t.sweep_id = s.sweep_id AND t.status IN ('completed', 'failed', 'pruned')) AS done,
  (SELECT count(*) FROM trials t WHERE t.sweep_id = s.sweep_id) AS trials,
  (SELECT count(*) FROM trials t WHERE t.sweep_id = s.sweep_id AND t.status = 'failed') AS failed,
  s.metric, )sql" +
         best_sql(report::kIsHonestSql) + R"sql( AS best, s.started_at, s.ended_at,
  CASE WHEN s.status = 'running' AND ?1 THEN julianday('now') - julianday(s.started_at)
    ELSE julianday(s.ended_at) - julianday(s.started_at) END * 86400.0 AS seconds)sql" +
         further + " FROM sweeps s ORDER BY s.sweep_id DESC LIMIT ?2";
}

store::Table load_sweeps(store::Reader& reader, int64_t limit, const std::string& further) {
  const auto is_alive = static_cast<int64_t>(store::has_writer(reader.file()));
  return reader.query(sweeps_sql(further), {is_alive, limit > 0 ? limit : -1});
}

// The best of the trials that do not see the future; where there are others only, their best with its mark.
store::Cell best_cell(const store::Cell& honest, const store::Cell& any) {
  using namespace report;
  if (!is_null(honest) || is_null(any)) return honest;
  return marked(cell_text(any), store::kSeesFuture);
}

store::Table people_table(const store::Table& sweeps) {
  using report::cell_text, report::duration_text, report::is_null, report::real_of, report::text_of, report::time_text;
  store::Table table;
  table.columns = {"sweep", "name", "status", "trials", "failed", "metric", "best", "started (UTC)", "took"};
  for (const auto& row : sweeps.rows) {
    const store::Cell started = is_null(row[8]) ? store::Cell() : store::Cell(time_text(text_of(row[8])));
    const store::Cell took = is_null(row[10]) ? store::Cell() : store::Cell(duration_text(real_of(row[10])));
    table.rows.push_back({row[0], row[1], row[2], cell_text(row[3]) + "/" + cell_text(row[4]), row[5], row[6],
                          best_cell(row[7], row[11]), started, took});
  }
  return table;
}

// What `best` leaves out of the sweeps shown, or marks.
void print_notes(const store::Table& sweeps) {
  bool left_out = false, marked = false;
  for (const auto& row : sweeps.rows) {
    marked = marked || (report::is_null(row[7]) && !report::is_null(row[11]));
    left_out = left_out || (!report::is_null(row[7]) && row[7] != row[11]);
  }
  if (left_out || marked) std::cout << '\n';
  if (left_out) std::cout << "best leaves out trials that are flagged sees_future (`runner show SWEEP` has them)\n";
  if (marked) report::print_flag_notes(std::cout, {store::kSeesFuture});
}

void print_for_people(store::Reader& reader, int64_t limit) {
  const store::Table sweeps = load_sweeps(reader, limit, ", " + best_sql("TRUE") + " AS best_of_all");
  report::print_table(std::cout, people_table(sweeps), {report::terminal_width(), {"trials", "best", "took"}, 0});
  print_notes(sweeps);
  const int64_t all = report::integer_of(reader.query("SELECT count(*) FROM sweeps").rows[0][0]);
  const int64_t further = all - static_cast<int64_t>(sweeps.rows.size());
  if (further > 0) std::cout << '\n' << further << " older sweeps: --limit 0 shows all\n";
}

ExitCode run_list(const ListOptions& options) {
  store::Reader reader(database_file(options.database));
  if (options.format == Format::table) {
    print_for_people(reader, options.limit);
  } else {
    report::print(std::cout, load_sweeps(reader, options.limit, ""), options.format);
  }
  return ExitCode::success;
}

}  // namespace

void add_list(CLI::App& app, Action& action) {
  const auto options = std::make_shared<ListOptions>();
  CLI::App* verb = app.add_subcommand("list", "List the sweeps, the newest first");
  verb->add_option("--limit", options->limit, "So many at most; 0 = all")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  add_database_option(*verb, options->database);
  add_format_options(*verb, options->format);
  verb->callback([options, &action] { action = [options] { return run_list(*options); }; });
}

}  // namespace runner::cli
