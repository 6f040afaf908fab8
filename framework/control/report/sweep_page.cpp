#include "control/report/sweep_page.h"

#include <algorithm>
#include <ostream>
#include <set>

#include "common/json.h"
#include "common/text.h"
#include "control/report/human.h"
#include "control/report/marks.h"
#include "control/report/table.h"
#include "control/store/flags.h"
#include "control/store/stored_json.h"

namespace runner::report {
namespace {

constexpr const char* kSweep = R"sql(
SELECT sweep_id AS sweep, name, CASE WHEN status = 'running' AND NOT ? THEN 'interrupted' ELSE status END AS status,
  (SELECT count(*) FROM trials t WHERE t.sweep_id = s.sweep_id AND t.status IN ('completed', 'failed', 'pruned')) AS done,
  (SELECT count(*) FROM trials t WHERE t.sweep_id = s.sweep_id) AS trials,
  (SELECT count(*) FROM trials t WHERE t.sweep_id = s.sweep_id AND t.status = 'failed') AS failed,
  metric, goal, created_at, started_at, ended_at,
  (julianday(ended_at) - julianday(started_at)) * 86400.0 AS seconds, config_hash
FROM sweeps s WHERE sweep_id = ?
)sql";

std::vector<std::string> varied_parameters(store::Reader& reader, int64_t sweep_id) {
  const store::Table table = reader.query("SELECT varied FROM sweeps WHERE sweep_id = ?", {sweep_id});
  const std::string where = "varied of sweep " + std::to_string(sweep_id);
  return store::stored_json(text_of(table.rows.at(0)[0]), where).get<std::vector<std::string>>();
}

// A column: one of the trial's facts.
std::string fact_column(const std::string& name) {
  return ", (SELECT value FROM trial_facts f WHERE f.trial_id = t.trial_id AND f.name = '" + name + "') AS " + name;
}

// `t` is the statement's alias of the table, so that the index on (sweep_id, number) serves the limit.
store::Table load_trials(store::Reader& reader, int64_t sweep_id, bool is_alive, int64_t limit) {
  std::string sql =
      "SELECT t.trial_id AS trial, t.number, t.label, t.seed, "
      "CASE WHEN t.status = 'running' AND NOT ? THEN 'interrupted' ELSE t.status END AS status, t.epochs_done AS "
      "epochs, "
      "v.final_perplexity, v.best_perplexity, v.best_epoch, t.final_metric, t.best_metric, v.seconds, "
      "v.tokens_per_second, t.flags, t.error";
  for (const char* fact : {"causal_perplexity", "unigram_perplexity", "bigram_perplexity"}) sql += fact_column(fact);
  std::vector<store::Cell> arguments = {static_cast<int64_t>(is_alive)};
  for (const std::string& name : varied_parameters(reader, sweep_id)) {
    if (name == "seed") continue;
    sql += ", (SELECT value FROM trial_params p WHERE p.trial_id = t.trial_id AND p.name = ?) AS " +
           quoted_identifier(name);
    arguments.emplace_back(name);
  }
  sql +=
      " FROM trials t JOIN trial_summary v ON v.trial_id = t.trial_id WHERE t.sweep_id = ? ORDER BY t.number LIMIT ?";
  arguments.emplace_back(sweep_id);
  arguments.emplace_back(limit > 0 ? limit : -1);
  return reader.query(sql, arguments);
}

size_t column_of(const store::Table& table, const std::string& name) {
  return static_cast<size_t>(std::find(table.columns.begin(), table.columns.end(), name) - table.columns.begin());
}

// The trials' table without what people read elsewhere: errors below it, the sweep's metric when it is the perplexity.
store::Table people_table(const store::Table& trials, const std::string& metric) {
  std::set<std::string> without = {"error", "number"};
  if (metric == "perplexity") without.insert({"final_metric", "best_metric"});
  store::Table table;
  std::vector<size_t> kept;
  for (size_t i = 0; i < trials.columns.size(); ++i) {
    if (without.count(trials.columns[i]) == 0) kept.push_back(i);
  }
  for (const size_t i : kept) table.columns.push_back(trials.columns[i]);
  for (const auto& row : trials.rows) {
    auto& shown = table.rows.emplace_back();
    for (const size_t i : kept) shown.push_back(row[i]);
  }
  return table;
}

// Perplexities of trials that see the future get their mark.
void mark_perplexities(store::Table& table, const std::string& metric) {
  std::set<std::string> names = {"final_perplexity", "best_perplexity"};
  if (is_perplexity(metric)) names.insert({"final_metric", "best_metric"});
  const size_t flags = column_of(table, "flags");
  for (auto& row : table.rows) {
    if (!sees_future(text_of(row[flags]))) continue;
    for (size_t i = 0; i < row.size(); ++i) {
      if (names.count(table.columns[i]) > 0 && !is_null(row[i]))
        row[i] = marked(cell_text(row[i]), text_of(row[flags]));
    }
  }
}

std::set<std::string> flags_of(const store::Table& trials) {
  std::set<std::string> flags;
  const size_t column = column_of(trials, "flags");
  for (const auto& row : trials.rows) flags.merge(store::split_flags(text_of(row[column])));
  return flags;
}

void rename_for_people(store::Table& table, const std::string& metric) {
  const std::vector<std::pair<std::string, std::string>> names = {
      {"final_perplexity", "perplexity"}, {"best_perplexity", "best"},       {"best_epoch", "at"},
      {"tokens_per_second", "tok/s"},     {"final_metric", metric},          {"best_metric", "best " + metric},
      {"causal_perplexity", "causal"},    {"unigram_perplexity", "unigram"}, {"bigram_perplexity", "bigram"}};
  for (std::string& column : table.columns) {
    for (const auto& [from, to] : names) {
      if (column == from) column = to;
    }
  }
  shorten_dotted_names(table);
}

void print_heading(std::ostream& out, const store::Table& sweep) {
  const auto value = [&](const char* column) { return sweep.rows[0][column_of(sweep, column)]; };
  out << "sweep " << cell_text(value("sweep")) << "  " << cell_text(value("name")) << ": " << cell_text(value("status"))
      << ", " << cell_text(value("done")) << " of " << cell_text(value("trials")) << " trials done";
  if (integer_of(value("failed")) > 0) out << ", " << cell_text(value("failed")) << " failed";
  out << "\n  metric " << cell_text(value("metric")) << " (" << cell_text(value("goal")) << ")";
  if (!is_null(value("started_at"))) out << ", started " << time_text(text_of(value("started_at"))) << " UTC";
  if (!is_null(value("seconds"))) out << ", took " << duration_text(real_of(value("seconds")));
  out << "\n\n";
}

void print_errors(std::ostream& out, const store::Table& trials) {
  const size_t id = column_of(trials, "trial"), error = column_of(trials, "error"), label = column_of(trials, "label");
  bool any = false;
  for (const auto& row : trials.rows) {
    if (is_null(row[error])) continue;
    out << (any ? "" : "\n") << "  trial " << cell_text(row[id])
        << (text_of(row[label]).empty() ? "" : " (" + cell_text(row[label]) + ")") << ": "
        << first_line(text_of(row[error])) << '\n';
    any = true;
  }
}

void print_leaves(std::ostream& out, const Json& value, const std::string& path) {
  if (value.is_object()) {
    for (const auto& [key, child] : value.items()) print_leaves(out, child, path.empty() ? key : path + "." + key);
  } else if (!value.is_null()) {
    out << "  " << single_line(path) << ": " << single_line(value.is_string() ? value.get<std::string>() : value.dump())
        << '\n';
  }
}

void print_for_people(std::ostream& out, const store::Table& sweep, const store::Table& trials, const Json& environment,
                      int64_t max_width) {
  const std::string metric = text_of(sweep.rows[0][column_of(sweep, "metric")]);
  print_heading(out, sweep);
  store::Table table = people_table(trials, metric);
  mark_perplexities(table, metric);
  rename_for_people(table, metric);
  const std::set<std::string> numbers = {"perplexity", "best", metric, "best " + metric, "causal", "unigram", "bigram"};
  std::set<std::string> foldable = {"label", "seed", "epochs", "flags", "tok/s", "seconds", "at"};
  foldable.insert(numbers.begin(), numbers.end());
  const std::string folded = fold_equal_columns(table, foldable);
  print_table(out, table, {max_width, numbers, 0});
  if (!folded.empty()) out << "\nall the same: " << folded << '\n';
  if (const auto flags = flags_of(trials); !flags.empty()) print_flag_notes(out << '\n', flags);
  const int64_t further =
      integer_of(sweep.rows[0][column_of(sweep, "trials")]) - static_cast<int64_t>(trials.rows.size());
  if (further > 0) out << "\n" << further << " further trials: --limit 0 shows all\n";
  print_errors(out, trials);
  if (!environment.empty()) out << "\nenvironment\n";
  print_leaves(out, environment, "");
}

}  // namespace

void print_sweep_page(store::Reader& reader, int64_t sweep_id, bool is_alive, int64_t limit, Format format,
                      std::ostream& out, int64_t max_width) {
  const store::Table sweep = reader.query(kSweep, {static_cast<int64_t>(is_alive), sweep_id});
  const store::Table trials = load_trials(reader, sweep_id, is_alive, format == Format::table ? limit : 0);
  if (format == Format::csv) return print_csv(out, trials);
  const store::Table texts = reader.query("SELECT experiment, environment FROM sweeps WHERE sweep_id = ?", {sweep_id});
  const Json environment =
      store::stored_json(text_of(texts.rows.at(0)[1]), "environment of sweep " + std::to_string(sweep_id));
  if (format == Format::table) return print_for_people(out, sweep, trials, environment, max_width);
  OrderedJson page;
  page["sweep"] = to_json(sweep)[0];
  page["environment"] = OrderedJson(environment);
  page["experiment"] = text_of(texts.rows[0][0]);
  page["trials"] = to_json(trials);
  print_json(out, page);
}

}  // namespace runner::report
