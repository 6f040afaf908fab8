// Reading the results database, while a sweep writes it or not. Opened read-only; takes no lock.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace runner::store {

using Cell = std::variant<std::monostate, int64_t, double, std::string>;  // NULL, INTEGER, REAL, TEXT (blobs as hex)

// Rows of a query under the names of their columns.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<Cell>> rows;
};

// What a verb calls that will write, before it reads: migrates a database of an older runner, under the lock, as a
// sweep does. Leaves any other alone. Throws EnvironmentError like Reader and Store.
void bring_up_to_date(const std::filesystem::path& file);

class Reader {
 public:
  // Throws EnvironmentError when the file is missing (naming what creates one), not a database, or newer than this
  // program.
  explicit Reader(const std::filesystem::path& file);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  const std::filesystem::path& file() const;

  // Queries end with an Error of ExitCode::interrupted once `interrupted` says so; it is asked all the time while they
  // run.
  void end_queries_when(std::function<bool()> interrupted);

  // Runs one SELECT of the program's own with `?` bound to `arguments` in order. Throws EnvironmentError when the
  // database has no answer to it, which every database that runners alone have written has.
  Table query(const std::string& sql, const std::vector<Cell>& arguments = {});

  // Runs one SELECT (or WITH, VALUES, EXPLAIN) of a user's. Throws RequestError with SQLite's message when the
  // statement is wrong, would write, attaches a database, or is more than one statement. Both throw it when the answer
  // is too large to be kept.
  Table answer(const std::string& sql);

  // The id of the sweep that a user means: a number, a name (its latest sweep), or empty (the latest of all). Throws
  // RequestError naming what exists when there is none.
  int64_t resolve_sweep(const std::string& wanted);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace runner::store
