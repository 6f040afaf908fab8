#include "control/store/reader.h"

#include <SQLiteCpp/Database.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <string_view>
#include <utility>

#include "common/error.h"
#include "common/folder.h"
#include "common/text.h"
#include "control/store/connection.h"
#include "control/store/failure.h"
#include "control/store/guarded_database.h"
#include "control/store/schema.h"

namespace runner::store {
namespace fs = std::filesystem;
namespace {

constexpr int64_t kLargestAnswer = 512 << 20;  // bytes
constexpr const char* kCreatesOne = "`runner sweep experiments/quickstart.yaml` creates one";

// Pragmas that only tell; with an argument, `user_version` and the like would set.
constexpr std::array kTellingPragmas = {"table_info",    "table_xinfo",     "table_list",     "index_list",
                                        "index_info",    "index_xinfo",     "database_list",  "foreign_key_list",
                                        "function_list", "compile_options", "collation_list", "integrity_check",
                                        "quick_check"};
constexpr std::array kReadablePragmas = {"user_version", "application_id", "page_count",    "page_size",
                                         "encoding",     "freelist_count", "schema_version"};

// By the names that SQLite knows them by, whatever a statement writes.
constexpr std::array kHarmfulFunctions = {"load_extension", "fts3_tokenizer"};

struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using StatementPtr = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

template <typename Names>
bool contains(const Names& names, const char* name) {
  return name && std::any_of(names.begin(), names.end(), [name](std::string_view each) { return each == name; });
}

bool may_run_pragma(const char* name, const char* argument) {
  return contains(kTellingPragmas, name) || (!argument && contains(kReadablePragmas, name));
}

// What a statement wants to do, for the sentence that refuses it.
std::string describe_action(int action, const char* detail) {
  const std::string name = detail ? detail : "";
  switch (action) {
    case SQLITE_ATTACH:
      return "attaches the database " + name;
    case SQLITE_DETACH:
      return "detaches a database";
    case SQLITE_PRAGMA:
      return "runs PRAGMA " + name;
    case SQLITE_FUNCTION:
      return "calls " + name;
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
      return "begins or ends a transaction";
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
      return "writes the table " + name;
    case SQLITE_DELETE:
      return "removes rows of " + name;
    default:
      return "changes the database";
  }
}

// Table-valued functions declare their columns by what looks like the creation of a table. A real one is refused later:
// its statement does not count as read-only.
bool declares_columns(int action, const char* table) {
  const bool writes = action == SQLITE_INSERT || action == SQLITE_UPDATE;
  return action == SQLITE_CREATE_TABLE || (writes && std::string_view(table) == "sqlite_master");
}

// SQLite asks this about every action of a statement while it prepares it. `refused` gets the first refusal.
int authorize(void* refused, int action, const char* first, const char* second, const char*, const char*) {
  bool allowed =
      action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_RECURSIVE || declares_columns(action, first);
  if (action == SQLITE_FUNCTION) allowed = !contains(kHarmfulFunctions, second);
  if (action == SQLITE_PRAGMA) allowed = may_run_pragma(first, second);
  if (allowed) return SQLITE_OK;
  auto& reason = *static_cast<std::string*>(refused);
  if (reason.empty()) reason = describe_action(action, action == SQLITE_FUNCTION ? second : first);
  return SQLITE_DENY;
}

// SQLite asks this now and then while a statement runs, and ends it at once when the answer is not 0.
int ask_whether_to_end(void* interrupted) { return (*static_cast<std::function<bool()>*>(interrupted))() ? 1 : 0; }

SQLite::Database open_existing(const fs::path& file) {
  std::error_code error;
  if (!file_exists(file)) throw EnvironmentError("there is no database " + file.string() + ": " + kCreatesOne);
  if (fs::is_directory(file, error)) throw EnvironmentError(file.string() + " is a folder, not a database");
  if (!fs::is_regular_file(file, error))
    throw EnvironmentError(file.string() + " is no ordinary file, and so no database");
  try {
    return open_for_reading(file);
  } catch (const SQLite::Exception& failure) {
    throw_failure("cannot read the database " + file.string(), failure);
  }
}

void require_current_schema(SQLite::Database& database, const fs::path& file) {
  const int version = check_identity(database, file);
  if (version == 0) throw EnvironmentError(file.string() + " is empty: " + kCreatesOne);
  if (version < schema_version()) {
    throw EnvironmentError(file.string() + " was written by an older runner (its schema is version " +
                           std::to_string(version) + ", this runner reads " + std::to_string(schema_version()) +
                           "): the next `runner sweep` or `runner resume` brings it up to date");
  }
}

bool is_of_older_runner(const fs::path& file) {
  SQLite::Database database = open_existing(file);
  const int version = check_identity(database, file);
  return version > 0 && version < schema_version();
}

std::string hex_blob(const void* bytes, int size) {
  constexpr const char* kHex = "0123456789abcdef";
  std::string text;
  for (int i = 0; i < size; ++i) {
    const unsigned char byte = static_cast<const unsigned char*>(bytes)[i];
    text += {kHex[byte >> 4], kHex[byte & 15]};
  }
  return text;
}

Cell read_cell(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return static_cast<int64_t>(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    case SQLITE_NULL:
      return {};
    case SQLITE_BLOB: {
      const void* bytes = sqlite3_column_blob(statement, column);
      return hex_blob(bytes, sqlite3_column_bytes(statement, column));
    }
    default: {
      const void* text = sqlite3_column_text(statement, column);
      return std::string(static_cast<const char*>(text), static_cast<size_t>(sqlite3_column_bytes(statement, column)));
    }
  }
}

void bind_cell(sqlite3_stmt* statement, int index, const Cell& cell) {
  if (const auto* integer = std::get_if<int64_t>(&cell)) {
    sqlite3_bind_int64(statement, index, *integer);
  } else if (const auto* number = std::get_if<double>(&cell)) {
    sqlite3_bind_double(statement, index, *number);
  } else if (const auto* text = std::get_if<std::string>(&cell)) {
    sqlite3_bind_text(statement, index, text->data(), static_cast<int>(text->size()), SQLITE_TRANSIENT);
  } else {
    sqlite3_bind_null(statement, index);
  }
}

int64_t bytes_of(const Cell& cell) {
  const auto* text = std::get_if<std::string>(&cell);
  return static_cast<int64_t>(sizeof(Cell)) + (text ? static_cast<int64_t>(text->size()) : 0);
}

std::optional<int64_t> as_number(const std::string& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

struct Reader::Impl {
  explicit Impl(const fs::path& database_file) : file(database_file), database(open_existing(file)) {
    require_current_schema(database, file);
    sqlite3_set_authorizer(database.getHandle(), authorize, &refused);
  }

  Table run(const std::string& sql, const std::vector<Cell>& arguments);
  StatementPtr prepare(const char* sql, const char** tail);
  StatementPtr prepare_only(const std::string& sql);
  std::vector<std::vector<Cell>> rows_of(sqlite3_stmt* statement);
  [[noreturn]] void fail(int code);
  [[noreturn]] void refuse(const std::string& reason);
  [[noreturn]] void unknown_sweep(Reader& reader, const std::string& wanted);

  fs::path file;
  std::string refused;    // what the authorizer refused last
  bool is_users = false;  // the query that runs; otherwise it is one of ours, and no fault of the user's
  std::function<bool()> interrupted;
  SQLite::Database database;
};

void Reader::Impl::fail(int code) {
  const std::string message = sqlite3_errmsg(database.getHandle());
  if (code == SQLITE_INTERRUPT) throw Error(ExitCode::interrupted, "the query was interrupted");
  if (is_failure_of_the_machine(code)) throw_failure("cannot read " + file.string(), database.getHandle());
  if (!refused.empty()) refuse("the query " + refused + ", but queries only read: give one SELECT");
  const bool names_nothing = is_users && message.find("no such") != std::string::npos;
  refuse("the query is wrong: " + message +
         (names_nothing ? " (`runner query` without SQL lists tables and columns)" : ""));
}

void Reader::Impl::refuse(const std::string& reason) {
  if (is_users) throw RequestError(reason);
  throw EnvironmentError(file.string() + " is not as a runner makes it, for it does not take a query that all do: " +
                         reason + ". Another program changed it, or it is damaged: `runner doctor FILE` examines it");
}

// Null for text without any statement.
StatementPtr Reader::Impl::prepare(const char* sql, const char** tail) {
  refused.clear();
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(database.getHandle(), sql, -1, &statement, tail);
  if (code != SQLITE_OK) fail(code);
  return StatementPtr(statement);
}

StatementPtr Reader::Impl::prepare_only(const std::string& sql) {
  if (sql.find('\0') != std::string::npos) refuse("the query holds a zero byte, where SQLite sees its end");
  const char* tail = sql.c_str();
  StatementPtr statement = prepare(tail, &tail);
  if (!statement) refuse("the query is empty: give one SELECT");
  while (*tail != '\0') {  // a comment may follow, or the last semicolon
    const char* rest = tail;
    sqlite3_stmt* second = nullptr;
    const int code = sqlite3_prepare_v2(database.getHandle(), rest, -1, &second, &tail);
    const StatementPtr owner(second);
    if (code != SQLITE_OK || second) refuse("the query holds more than one statement: give one SELECT");
    if (tail == rest) break;
  }
  if (!sqlite3_stmt_readonly(statement.get()) || sqlite3_column_count(statement.get()) == 0) {
    refuse("the query changes the database or answers nothing, but queries only read: give one SELECT");
  }
  return statement;
}

// The answer is kept in memory, so one without end must not fill it.
std::vector<std::vector<Cell>> Reader::Impl::rows_of(sqlite3_stmt* statement) {
  std::vector<std::vector<Cell>> rows;
  int64_t bytes = 0;
  int code = SQLITE_OK;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    std::vector<Cell>& row = rows.emplace_back();
    for (int i = 0; i < sqlite3_column_count(statement); ++i)
      bytes += bytes_of(row.emplace_back(read_cell(statement, i)));
    if (bytes > kLargestAnswer) {
      throw RequestError("the answer is larger than " + std::to_string(kLargestAnswer >> 20) +
                         " MiB: ask for less of it at a time, for example with LIMIT");
    }
  }
  if (code != SQLITE_DONE) fail(code);
  return rows;
}

Table Reader::Impl::run(const std::string& sql, const std::vector<Cell>& arguments) {
  const StatementPtr statement = prepare_only(sql);
  if (sqlite3_bind_parameter_count(statement.get()) != static_cast<int>(arguments.size())) {
    refuse("the query has " + std::to_string(sqlite3_bind_parameter_count(statement.get())) + " parameters, but " +
           std::to_string(arguments.size()) + " values are given");
  }
  for (size_t i = 0; i < arguments.size(); ++i) bind_cell(statement.get(), static_cast<int>(i) + 1, arguments[i]);
  Table table;
  const int columns = sqlite3_column_count(statement.get());
  for (int i = 0; i < columns; ++i) table.columns.emplace_back(sqlite3_column_name(statement.get(), i));
  table.rows = rows_of(statement.get());
  return table;
}

void Reader::Impl::unknown_sweep(Reader& reader, const std::string& wanted) {
  const Table names =
      reader.query("SELECT name, max(sweep_id) AS latest FROM sweeps GROUP BY name ORDER BY latest DESC LIMIT 10");
  if (names.rows.empty()) {
    throw RequestError(file.string() + " holds no sweep: `runner sweep experiments/quickstart.yaml` makes one");
  }
  std::vector<std::string> known, listed;
  for (const auto& row : names.rows) {
    const auto* name = std::get_if<std::string>(&row[0]);
    const auto* latest = std::get_if<int64_t>(&row[1]);
    if (!name || !latest) continue;  // no runner wrote it
    known.push_back(*name);
    listed.push_back(std::to_string(*latest) + " " + *name);
  }
  const auto nearest = nearest_name(wanted, known);
  throw RequestError(file.string() + " has no sweep " + wanted + (nearest ? "; did you mean " + *nearest + "?" : ".") +
                     " The latest: " + join(listed, ", ") + " (`runner list` shows all)");
}

void bring_up_to_date(const fs::path& file) {
  try {
    if (is_of_older_runner(file)) Connection{file};
  } catch (const SQLite::Exception& error) {
    throw_failure("cannot open the database " + file.string(), error);
  }
}

Reader::Reader(const fs::path& file) {
  try {
    impl_ = std::make_unique<Impl>(file);
  } catch (const SQLite::Exception& error) {
    throw_failure("cannot read the database " + file.string(), error);
  }
}

Reader::~Reader() = default;

const fs::path& Reader::file() const { return impl_->file; }

void Reader::end_queries_when(std::function<bool()> interrupted) {
  constexpr int kInstructions = 100'000;  // of SQLite's machine: about a millisecond
  impl_->interrupted = std::move(interrupted);
  sqlite3_progress_handler(impl_->database.getHandle(), kInstructions, ask_whether_to_end, &impl_->interrupted);
}

Table Reader::query(const std::string& sql, const std::vector<Cell>& arguments) {
  impl_->is_users = false;
  return impl_->run(sql, arguments);
}

Table Reader::answer(const std::string& sql) {
  impl_->is_users = true;
  return impl_->run(sql, {});
}

int64_t Reader::resolve_sweep(const std::string& wanted) {
  Table found;
  if (wanted.empty()) found = query("SELECT max(sweep_id) FROM sweeps");
  if (const auto id = as_number(wanted)) found = query("SELECT sweep_id FROM sweeps WHERE sweep_id = ?", {*id});
  if (found.rows.empty()) found = query("SELECT max(sweep_id) FROM sweeps WHERE name = ?", {wanted});
  const int64_t* id = std::get_if<int64_t>(&found.rows.at(0).at(0));
  if (!id) impl_->unknown_sweep(*this, wanted);
  return *id;
}

}  // namespace runner::store
