#include "control/store/reader.h"

#include <SQLiteCpp/Database.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string_view>

#include "common/error.h"
#include "common/text.h"
#include "control/store/schema.h"

namespace runner::store {
namespace fs = std::filesystem;
namespace {

constexpr int kBusyTimeoutMs = 5'000;
constexpr const char* kCreatesOne = "`runner sweep experiments/quickstart.yaml` creates one";

// Pragmas that only tell; with an argument, `user_version` and the like would set.
constexpr std::array kTellingPragmas = {"table_info",    "table_xinfo",     "table_list",     "index_list",
                                        "index_info",    "index_xinfo",     "database_list",  "foreign_key_list",
                                        "function_list", "compile_options", "collation_list", "integrity_check",
                                        "quick_check"};
constexpr std::array kReadablePragmas = {"user_version", "application_id", "page_count",    "page_size",
                                         "encoding",     "freelist_count", "schema_version"};

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
  if (action == SQLITE_FUNCTION) allowed = std::string_view(second ? second : "") != "load_extension";
  if (action == SQLITE_PRAGMA) allowed = may_run_pragma(first, second);
  if (allowed) return SQLITE_OK;
  auto& reason = *static_cast<std::string*>(refused);
  if (reason.empty()) reason = describe_action(action, action == SQLITE_FUNCTION ? second : first);
  return SQLITE_DENY;
}

std::string percent_encoded(const std::string& path) {
  constexpr const char* kHex = "0123456789ABCDEF";
  std::string result;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || c == '/' || c == '.' || c == '-' || c == '_') {
      result += c;
    } else {
      result += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return result;
}

// A database in WAL mode needs a shared-memory file beside it. Where none can be made, nobody writes: when nothing
// waits in its log the file may be read as it is.
bool log_is_empty(const fs::path& file) {
  std::error_code missing;
  const auto size = fs::file_size(file.string() + "-wal", missing);
  return missing || size == 0;
}

SQLite::Database open_read_only(const fs::path& file) {
  SQLite::Database database(file.string(), SQLite::OPEN_READONLY, kBusyTimeoutMs);
  try {
    database.execAndGet("SELECT count(*) FROM sqlite_master");
    return database;
  } catch (const SQLite::Exception& error) {
    const bool no_shared_memory = error.getErrorCode() == SQLITE_CANTOPEN || error.getErrorCode() == SQLITE_READONLY;
    if (!no_shared_memory || !log_is_empty(file)) throw;
  }
  return {"file:" + percent_encoded(fs::absolute(file).string()) + "?immutable=1",
          SQLite::OPEN_READONLY | SQLite::OPEN_URI, kBusyTimeoutMs};
}

SQLite::Database open_existing(const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error)) throw EnvironmentError("there is no database " + file.string() + ": " + kCreatesOne);
  if (fs::is_directory(file, error)) throw EnvironmentError(file.string() + " is a folder, not a database");
  try {
    return open_read_only(file);
  } catch (const SQLite::Exception& failure) {
    throw EnvironmentError("cannot read the database " + file.string() + ": " + failure.what());
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

bool is_failure_of_the_machine(int code) {
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_IOERR:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_FULL:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
      return true;
    default:
      return false;
  }
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

  StatementPtr prepare(const char* sql, const char** tail);
  StatementPtr prepare_only(const std::string& sql);
  [[noreturn]] void fail(int code);
  [[noreturn]] void unknown_sweep(Reader& reader, const std::string& wanted);

  fs::path file;
  std::string refused;  // what the authorizer refused last
  SQLite::Database database;
};

void Reader::Impl::fail(int code) {
  const std::string message = sqlite3_errmsg(database.getHandle());
  if (is_failure_of_the_machine(code)) throw EnvironmentError("cannot read " + file.string() + ": " + message);
  if (!refused.empty()) {
    throw RequestError("the query " + refused + ", but queries only read: give one SELECT");
  }
  const bool names_nothing = message.find("no such") != std::string::npos;
  throw RequestError("the query is wrong: " + message +
                     (names_nothing ? " (`runner query` without SQL lists tables and columns)" : ""));
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
  const char* tail = sql.c_str();
  StatementPtr statement = prepare(tail, &tail);
  if (!statement) throw RequestError("the query is empty: give one SELECT");
  while (*tail != '\0') {  // a comment may follow, or the last semicolon
    const char* rest = tail;
    sqlite3_stmt* second = nullptr;
    const int code = sqlite3_prepare_v2(database.getHandle(), rest, -1, &second, &tail);
    const StatementPtr owner(second);
    if (code != SQLITE_OK || second) throw RequestError("the query holds more than one statement: give one SELECT");
    if (tail == rest) break;
  }
  if (!sqlite3_stmt_readonly(statement.get()) || sqlite3_column_count(statement.get()) == 0) {
    throw RequestError("the query changes the database or answers nothing, but queries only read: give one SELECT");
  }
  return statement;
}

void Reader::Impl::unknown_sweep(Reader& reader, const std::string& wanted) {
  const Table names =
      reader.query("SELECT name, max(sweep_id) AS latest FROM sweeps GROUP BY name ORDER BY latest DESC LIMIT 10");
  if (names.rows.empty()) {
    throw RequestError(file.string() + " holds no sweep: `runner sweep experiments/quickstart.yaml` makes one");
  }
  std::vector<std::string> known, listed;
  for (const auto& row : names.rows) {
    known.push_back(std::get<std::string>(row[0]));
    listed.push_back(std::to_string(std::get<int64_t>(row[1])) + " " + known.back());
  }
  const auto nearest = nearest_name(wanted, known);
  throw RequestError(file.string() + " has no sweep " + wanted + (nearest ? "; did you mean " + *nearest + "?" : "") +
                     " The latest: " + join(listed, ", ") + " (`runner list` shows all)");
}

Reader::Reader(const fs::path& file) {
  try {
    impl_ = std::make_unique<Impl>(file);
  } catch (const SQLite::Exception& error) {
    throw EnvironmentError("cannot read the database " + file.string() + ": " + error.what());
  }
}

Reader::~Reader() = default;

const fs::path& Reader::file() const { return impl_->file; }

Table Reader::query(const std::string& sql, const std::vector<Cell>& arguments) {
  const StatementPtr statement = impl_->prepare_only(sql);
  if (sqlite3_bind_parameter_count(statement.get()) != static_cast<int>(arguments.size())) {
    throw RequestError("the query has " + std::to_string(sqlite3_bind_parameter_count(statement.get())) +
                       " parameters, but " + std::to_string(arguments.size()) + " values are given");
  }
  for (size_t i = 0; i < arguments.size(); ++i) bind_cell(statement.get(), static_cast<int>(i) + 1, arguments[i]);
  Table table;
  const int columns = sqlite3_column_count(statement.get());
  for (int i = 0; i < columns; ++i) table.columns.emplace_back(sqlite3_column_name(statement.get(), i));
  int code = SQLITE_OK;
  while ((code = sqlite3_step(statement.get())) == SQLITE_ROW) {
    std::vector<Cell>& row = table.rows.emplace_back();
    for (int i = 0; i < columns; ++i) row.push_back(read_cell(statement.get(), i));
  }
  if (code != SQLITE_DONE) impl_->fail(code);
  return table;
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
