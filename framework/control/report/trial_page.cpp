#include "control/report/trial_page.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <ostream>
#include <set>
#include <system_error>

#include "common/error.h"
#include "common/json.h"
#include "common/paths.h"
#include "common/process.h"
#include "common/text.h"
#include "control/report/human.h"
#include "control/report/marks.h"
#include "control/report/table.h"
#include "control/store/flags.h"

namespace runner::report {
namespace {

constexpr size_t kShownEpochs = 12;

constexpr const char* kTrial = R"sql(
SELECT t.trial_id AS trial, t.number, v.sweep, t.sweep_id, t.label, t.seed,
  CASE WHEN t.status = 'running' AND NOT ? THEN 'interrupted' ELSE t.status END AS status, t.flags, t.epochs_done,
  s.metric, t.final_metric, t.best_metric, t.best_epoch, v.seconds, v.tokens_per_second, t.started_at, t.ended_at, t.error,
  t.config_hash
FROM trials t JOIN trial_summary v ON v.trial_id = t.trial_id JOIN sweeps s ON s.sweep_id = t.sweep_id
WHERE t.trial_id = ?
)sql";

constexpr const char* kParameters = R"sql(
SELECT p.name, p.value, p.name IN (SELECT j.value FROM json_each(s.varied) j) AS varies
FROM trial_params p JOIN trials t ON t.trial_id = p.trial_id JOIN sweeps s ON s.sweep_id = t.sweep_id
WHERE p.trial_id = ? ORDER BY p.name
)sql";

constexpr const char* kAttempts = R"sql(
SELECT attempt, started_at, ended_at, (julianday(ended_at) - julianday(started_at)) * 86400.0 AS seconds, host, pid,
  outcome, signal, stderr_tail
FROM attempts WHERE trial_id = ? ORDER BY attempt
)sql";

struct Page {
  store::Table trial, parameters, facts, metrics, samples, attempts;
};

// One row an epoch, one column a metric.
store::Table load_metrics(store::Reader& reader, int64_t trial_id) {
  const store::Table names = reader.query(
      "SELECT DISTINCT name FROM metrics WHERE trial_id = ? ORDER BY name <> 'perplexity', name", {trial_id});
  std::string sql = "SELECT epoch";
  std::vector<store::Cell> arguments;
  for (const auto& row : names.rows) {
    sql += ", max(CASE name WHEN ? THEN value END) AS " + quoted_identifier(text_of(row[0]));
    arguments.push_back(row[0]);
  }
  arguments.emplace_back(trial_id);
  return reader.query(sql + " FROM metrics WHERE trial_id = ? GROUP BY epoch ORDER BY epoch", arguments);
}

Page load_page(store::Reader& reader, int64_t trial_id, bool is_alive) {
  return {reader.query(kTrial, {static_cast<int64_t>(is_alive), trial_id}),
          reader.query(kParameters, {trial_id}),
          reader.query("SELECT name, value FROM trial_facts WHERE trial_id = ? ORDER BY name", {trial_id}),
          load_metrics(reader, trial_id),
          reader.query("SELECT epoch, prefix, text FROM samples WHERE trial_id = ? ORDER BY epoch, rowid", {trial_id}),
          reader.query(kAttempts, {trial_id})};
}

OrderedJson named_values(const store::Table& rows) {
  OrderedJson object = OrderedJson::object();
  for (const auto& row : rows.rows) object[text_of(row[0])] = to_json(row[1]);
  return object;
}

// The file with the trial's weights, if it is there.
std::optional<std::string> weights_of(const Page& page, const std::filesystem::path& database) {
  const std::filesystem::path file = weights_file(trial_folder(database, integer_of(page.trial.rows.at(0)[0])));
  std::error_code ignored;
  return std::filesystem::exists(file, ignored) ? std::optional(file.string()) : std::nullopt;
}

OrderedJson page_json(const Page& page, const std::filesystem::path& database) {
  OrderedJson json;
  json["trial"] = to_json(page.trial)[0];
  const auto weights = weights_of(page, database);
  json["weights"] = weights ? OrderedJson(*weights) : OrderedJson();
  json["parameters"] = named_values(page.parameters);
  json["facts"] = named_values(page.facts);
  json["metrics"] = to_json(page.metrics);
  json["samples"] = to_json(page.samples);
  json["attempts"] = to_json(page.attempts);
  return json;
}

// "name value" lines of `rows` whose third column, if there is one, equals `varies`.
void print_named(std::ostream& out, const char* heading, const store::Table& rows, int64_t varies) {
  int64_t width = 0;
  std::vector<const std::vector<store::Cell>*> shown;
  for (const auto& row : rows.rows) {
    if (row.size() > 2 && integer_of(row[2]) != varies) continue;
    shown.push_back(&row);
    width = std::max(width, display_width(cell_text(row[0])));
  }
  if (shown.empty()) return;
  out << '\n' << heading << '\n';
  for (const auto* row : shown) {
    const std::string name = cell_text((*row)[0]);
    out << "  " << name << std::string(static_cast<size_t>(width - display_width(name) + 2), ' ')
        << cell_text((*row)[1]) << '\n';
  }
}

// The first and the last row and evenly spaced ones between.
store::Table spaced_rows(const store::Table& table) {
  if (table.rows.size() <= kShownEpochs) return table;
  store::Table spaced;
  spaced.columns = table.columns;
  for (size_t i = 0; i < kShownEpochs; ++i) {
    spaced.rows.push_back(table.rows[i * (table.rows.size() - 1) / (kShownEpochs - 1)]);
  }
  return spaced;
}

// Marks the columns of perplexities where the trial sees the future. Returns their names.
std::set<std::string> mark_perplexities(store::Table& metrics, const std::string& flags) {
  std::set<std::string> names;
  for (size_t i = 0; i < metrics.columns.size(); ++i) {
    if (!is_perplexity(metrics.columns[i])) continue;
    names.insert(metrics.columns[i]);
    for (auto& row : metrics.rows) {
      if (!is_null(row[i])) row[i] = marked(cell_text(row[i]), flags);
    }
  }
  return names;
}

void print_metrics(std::ostream& out, const Page& page, int64_t max_width) {
  if (page.metrics.rows.empty()) return;
  out << "\nmetrics" << (page.metrics.rows.size() > kShownEpochs ? " (--csv prints every epoch)" : "") << '\n';
  store::Table shown = spaced_rows(page.metrics);
  const std::set<std::string> right = mark_perplexities(shown, text_of(page.trial.rows.at(0)[7]));
  print_table(out, shown, {max_width, right, 2});
}

// "; causal 31.2; unigram 510.12, bigram 9.2": what a perplexity of the trial is to be read beside.
std::string floors_text(const store::Table& facts) {
  std::vector<std::string> parts;
  for (const char* name : {"causal", "unigram", "bigram"}) {
    for (const auto& row : facts.rows) {
      if (text_of(row[0]) == std::string(name) + "_perplexity") parts.push_back(name + (" " + cell_text(row[1])));
    }
  }
  return parts.empty() ? "" : "; " + join(parts, ", ");
}

void print_metric(std::ostream& out, const Page& page) {
  const auto& row = page.trial.rows.at(0);
  if (is_null(row[10])) return;
  const bool perplexity = is_perplexity(text_of(row[9]));
  const auto shown = [&](const store::Cell& value) {
    return perplexity ? marked(cell_text(value), text_of(row[7])) : cell_text(value);
  };
  out << "  " << cell_text(row[9]) << " " << shown(row[10]) << ", best " << shown(row[11]) << " at epoch "
      << cell_text(row[12]) << (perplexity ? floors_text(page.facts) : "") << '\n';
}

void print_flags(std::ostream& out, const std::string& flags) {
  if (flags.empty()) return;
  out << "  flags " << single_line(flags) << '\n';
  print_flag_notes(out, store::split_flags(flags), "    ");
}

// The value of that name in rows of (name, value, …); nullptr: there is none.
const store::Cell* find_named(const store::Table& rows, const std::string& name) {
  const auto found =
      std::find_if(rows.rows.begin(), rows.rows.end(), [&](const auto& row) { return text_of(row[0]) == name; });
  return found == rows.rows.end() ? nullptr : &(*found)[1];
}

// "160 epochs"; "7 of 160 epochs, stopped early: valid_perplexity had not improved for 3"
std::string epochs_text(const Page& page) {
  const std::string done = cell_text(page.trial.rows.at(0)[8]);
  if (!find_named(page.facts, "stopped_early")) return done + " epochs";
  const auto option = [&](const std::string& path) {
    const store::Cell* value = find_named(page.parameters, "train." + path);
    return value ? cell_text(*value) : "?";
  };
  return done + " of " + option("epochs") + " epochs, stopped early: " + option("early_stopping.metric") +
         " had not improved for " + option("early_stopping.patience");
}

void print_heading(std::ostream& out, const Page& page, const std::filesystem::path& database) {
  const auto& row = page.trial.rows.at(0);
  const std::string label = text_of(row[4]);
  out << "trial " << cell_text(row[0]) << (label.empty() ? "" : "  " + single_line(label)) << ": " << cell_text(row[6])
      << " after " << epochs_text(page) << "\n  trial " << cell_text(row[1]) << " of sweep " << cell_text(row[3])
      << " (" << cell_text(row[2]) << "), seed " << cell_text(row[5]) << '\n';
  print_metric(out, page);
  if (!is_null(row[15])) out << "  started " << time_text(text_of(row[15])) << " UTC";
  if (!is_null(row[13])) out << ", trained " << duration_text(real_of(row[13]));
  if (!is_null(row[14])) out << " at " << cell_text(row[14]) << " tokens/s";
  if (!is_null(row[15])) out << '\n';
  print_flags(out, text_of(row[7]));
  if (!is_null(row[17])) out << "  error " << cell_text(row[17]) << '\n';
  out << "  files " << trial_folder(database, integer_of(row[0])).string() << '\n';
  if (const auto weights = weights_of(page, database)) out << "  weights " << *weights << '\n';
}

void print_samples(std::ostream& out, const Page& page) {
  if (!page.samples.rows.empty()) out << "\nsamples\n";
  for (const auto& row : page.samples.rows) out << "  epoch " << cell_text(row[0]) << ": " << cell_text(row[2]) << '\n';
}

void print_indented(std::ostream& out, const std::string& text) {
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    out << "      " << single_line(text.substr(begin, end - begin)) << '\n';
    begin = end + 1;
  }
}

void print_attempts(std::ostream& out, const Page& page) {
  if (!page.attempts.rows.empty()) out << "\nattempts\n";
  for (const auto& row : page.attempts.rows) {
    out << "  " << cell_text(row[0]) << ": " << (is_null(row[6]) ? "running" : cell_text(row[6])) << ", started "
        << time_text(text_of(row[1])) << " UTC";
    if (!is_null(row[3])) out << ", took " << duration_text(real_of(row[3]));
    out << ", process " << cell_text(row[5]) << " on " << cell_text(row[4]);
    if (integer_of(row[7]) != 0) out << ", killed by " << describe_signal(static_cast<int>(integer_of(row[7])));
    out << '\n';
    if (text_of(row[6]) != "completed") print_indented(out, text_of(row[8]));
  }
}

void print_for_people(std::ostream& out, const Page& page, const std::filesystem::path& database, int64_t max_width) {
  print_heading(out, page, database);
  print_named(out, "parameters that vary in its sweep", page.parameters, 1);
  print_named(out, "parameters", page.parameters, 0);
  print_named(out, "facts", page.facts, 0);
  print_metrics(out, page, max_width);
  print_samples(out, page);
  print_attempts(out, page);
}

}  // namespace

void require_trial(store::Reader& reader, int64_t trial_id) {
  const store::Table found = reader.query(
      "SELECT s.sweep_id FROM trials t LEFT JOIN sweeps s ON s.sweep_id = t.sweep_id WHERE t.trial_id = ?", {trial_id});
  if (!found.rows.empty() && is_null(found.rows[0][0])) {
    throw EnvironmentError(reader.file().string() + " has trial " + std::to_string(trial_id) +
                           ", but not its sweep: another program removed that; `runner doctor FILE` examines it");
  }
  if (!found.rows.empty()) return;
  const store::Table range = reader.query("SELECT min(trial_id), max(trial_id) FROM trials");
  const std::string known = is_null(range.rows[0][0]) ? "it holds none"
                                                      : "its trials are numbered from " + cell_text(range.rows[0][0]) +
                                                            " to " + cell_text(range.rows[0][1]);
  throw RequestError(reader.file().string() + " has no trial " + std::to_string(trial_id) + ": " + known +
                     " (`runner show SWEEP` lists those of a sweep)");
}

void print_trial_page(store::Reader& reader, int64_t trial_id, bool is_alive, Format format, std::ostream& out,
                      int64_t max_width) {
  require_trial(reader, trial_id);
  if (format == Format::csv) return print_csv(out, load_metrics(reader, trial_id));
  const Page page = load_page(reader, trial_id, is_alive);
  if (format == Format::json) return print_json(out, page_json(page, reader.file()));
  print_for_people(out, page, reader.file(), max_width);
}

}  // namespace runner::report
