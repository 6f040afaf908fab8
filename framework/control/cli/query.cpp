#include "control/cli/query.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <memory>

#include "common/paths.h"
#include "control/report/human.h"
#include "control/report/table.h"
#include "control/schedule/signals.h"
#include "control/store/reader.h"

namespace runner::cli {
namespace {

struct QueryOptions {
  std::string sql, database;
  Format format = Format::table;
};

using store::Cell;

Cell count_rows(store::Reader& reader, const std::string& table) {
  return reader.query("SELECT count(*) FROM " + report::quoted_identifier(table)).rows.at(0)[0];
}

store::Table list_tables(store::Reader& reader) {
  const store::Table names = reader.query(
      "SELECT name, type, (SELECT group_concat(c.name, ', ') FROM pragma_table_info(m.name) c) FROM sqlite_master m "
      "WHERE "
      "type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY type, rowid");
  store::Table table;
  table.columns = {"name", "type", "rows", "columns"};
  for (const auto& row : names.rows) {
    const bool is_table = report::text_of(row[1]) == "table";  // to count the rows of a view may take for ever
    table.rows.push_back({row[0], row[1], is_table ? count_rows(reader, report::text_of(row[0])) : Cell(), row[2]});
  }
  return table;
}

// A query may take for ever; whoever gets tired of it presses Ctrl-C.
store::Table answer(const std::filesystem::path& database, const std::string& sql) {
  schedule::Signals signals;
  store::Reader reader(database);
  reader.end_queries_when([&signals] {
    signals.read();
    return signals.requests() > 0;
  });
  try {
    return reader.answer(sql);
  } catch (const Error& error) {
    if (signals.requests() > 0) throw Error(signals.exit_code(), error.what());
    throw;
  }
}

std::string read_standard_input() { return {std::istreambuf_iterator<char>(std::cin), {}}; }

ExitCode run_query(const QueryOptions& options) {
  const std::filesystem::path database = database_file(options.database);
  if (options.sql.empty()) {
    store::Reader reader(database);
    report::print(std::cout, list_tables(reader), options.format);  // as wide as it is: the names are the answer
    return ExitCode::success;
  }
  const store::Table table = answer(database, options.sql == "-" ? read_standard_input() : options.sql);
  report::print(std::cout, table, options.format, {report::terminal_width(), {}, 0});
  return ExitCode::success;
}

}  // namespace

void add_query(CLI::App& app, Action& action) {
  const auto options = std::make_shared<QueryOptions>();
  CLI::App* verb = app.add_subcommand("query", "Ask the database in SQL; without SQL, list its tables");
  verb->add_option("sql", options->sql, "One SELECT; - reads it from standard input")->type_name("SQL");
  add_database_option(*verb, options->database);
  add_format_options(*verb, options->format);
  verb->callback([options, &action] { action = [options] { return run_query(*options); }; });
}

}  // namespace runner::cli
