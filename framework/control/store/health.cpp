#include "control/store/health.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "common/error.h"
#include "common/paths.h"
#include "common/text.h"
#include "control/store/failure.h"
#include "control/store/guarded_database.h"
#include "control/store/recovery.h"
#include "control/store/schema.h"

namespace runner::store {
namespace fs = std::filesystem;
namespace {

// Debian's sqlite3 lacks `.recover`. `.dump` undoes all when it met damage, and forgets whose file it is.
std::string recovery_advice(const fs::path& file) {
  return "go back to a copy made before, or save what can be read: `{ sqlite3 " + quoted_for_shell(file.string()) +
         " .dump | sed 's/^ROLLBACK;.*/COMMIT;/'; echo '" + identity_statements(schema_version()) +
         "'; } | sqlite3 saved.db`, give the trials' files to it with `mv " +
         quoted_for_shell(files_folder(file).string()) + " saved.files`, and go on with --db saved.db";
}

// Another failure than damage has its own remedy.
std::string advice_for(const fs::path& file, const SQLite::Exception& failure) {
  switch (failure.getErrorCode()) {
    case SQLITE_CORRUPT:
      return recovery_advice(file);
    case SQLITE_NOTADB:
      return "go back to a copy made before: nothing can be read without its beginning";
    default:
      return remedy(failure);
  }
}

std::vector<std::string> texts(SQLite::Database& database, const std::string& sql) {
  SQLite::Statement select(database, sql);
  std::vector<std::string> found;
  while (select.executeStep()) found.push_back(replace_invalid_utf8(select.getColumn(0).getString()));
  return found;
}

int64_t count(SQLite::Database& database, const std::string& sql) {
  return database.execAndGet("SELECT count(*) FROM " + sql).getInt64();
}

// Rows that an index lacks. An index whose number of entries is wrong and that lacks none may be right: then the table
// has lost rows.
bool are_about_indexes_only(const std::vector<std::string>& problems) {
  const auto says = [](const char* words) {
    return [words](const std::string& problem) { return problem.find(words) != std::string::npos; };
  };
  return std::all_of(problems.begin(), problems.end(), says(" index ")) &&
         std::none_of(problems.begin(), problems.end(), says("Tree ")) &&
         std::any_of(problems.begin(), problems.end(), says("missing from index"));
}

// Whatever integrity_check has to say; empty when the database is sound.
std::vector<std::string> problems_of(SQLite::Database& database) {
  std::vector<std::string> problems = texts(database, "PRAGMA integrity_check");
  if (problems == std::vector<std::string>{"ok"}) problems.clear();
  return problems;
}

uintmax_t log_size(const fs::path& file) {
  std::error_code missing;
  const uintmax_t bytes = fs::file_size(file.string() + "-wal", missing);
  return missing ? 0 : bytes;
}

// A check that is given its name, and maybe a verdict, later.
Check found(const std::string& text) { return {"", text, CheckState::ok, ""}; }

class Examination {
 public:
  Examination(const fs::path& file, Treatment treatment)
      : file_(file),
        treatment_(treatment),
        log_bytes_(log_size(file)),
        database_(treatment == Treatment::repair ? open_for_writing(file) : open_for_reading(file)) {
    let_log_be(true);
  }

  Checks run() {
    const bool is_current = database_.execAndGet("PRAGMA user_version").getInt() == schema_version();
    examine("integrity", &Examination::integrity);
    if (!is_current) return checks_;
    examine("references", &Examination::references);
    examine("json", &Examination::json);
    examine("unfinished", &Examination::unfinished);
    examine("log", &Examination::log);
    return checks_;
  }

 private:
  // A database that is damaged may fail anywhere.
  void examine(const char* name, Check (Examination::*method)()) {
    try {
      Check check = (this->*method)();
      check.name = name;
      checks_.push_back(check);
    } catch (const SQLite::Exception& failure) {
      is_sound_ = false;
      checks_.push_back(
          {name, std::string("cannot be examined: ") + failure.what(), CheckState::error, advice_for(file_, failure)});
    }
  }

  // Whether the log stays beside the file when it is closed: nothing is written into a file that may be damaged.
  void let_log_be(bool on) {
    sqlite3_db_config(database_.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on ? 1 : 0, nullptr);
  }

  bool may_repair() const { return treatment_ == Treatment::repair && is_sound_; }

  Check integrity() {
    const std::vector<std::string> problems = problems_of(database_);
    if (problems.empty()) {
      let_log_be(false);
      return found("ok");
    }
    Check check = found(some_of(problems, "; "));
    is_sound_ = false;
    if (!are_about_indexes_only(problems)) {
      return judged(check, CheckState::error, "the file is damaged; " + recovery_advice(file_));
    }
    if (treatment_ != Treatment::repair) {
      return judged(check, CheckState::error,
                    "only indexes are damaged: `runner doctor` without --dry-run rebuilds them");
    }
    is_sound_ = rebuild_indexes();
    if (is_sound_) return judged(check, CheckState::repaired, "only indexes were damaged; they were rebuilt");
    return judged(check, CheckState::error, "its indexes cannot be rebuilt; " + recovery_advice(file_));
  }

  // False when that does not help; the file is then as it was.
  bool rebuild_indexes() {
    SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
    if (database_.tryExec("REINDEX") != SQLITE_OK || !problems_of(database_).empty()) return false;
    transaction.commit();
    let_log_be(false);
    return true;
  }

  Check references() {
    const std::vector<std::string> lost = texts(
        database_, R"(SELECT count(*) || ' of ' || "table" FROM pragma_foreign_key_check GROUP BY "table" ORDER BY 1)");
    if (lost.empty()) return found("ok");
    return judged(found("rows that belong to nothing: " + join(lost, ", ")), CheckState::error,
                  "no verb shows them; `sqlite3 " + quoted_for_shell(file_.string()) +
                      " 'PRAGMA foreign_key_check'` lists them, and they can be deleted");
  }

  Check json() {
    std::vector<std::string> broken;
    for (const auto& [table, column] :
         {std::pair("trials", "config"), {"sweeps", "environment"}, {"sweeps", "varied"}}) {
      const int64_t rows = count(database_, std::string(table) + " WHERE NOT json_valid(" + column + ")");
      if (rows > 0) broken.push_back(plural(rows, "row") + " of " + table + "." + column);
    }
    if (broken.empty()) return found("ok");
    return judged(
        found("not JSON: " + join(broken, ", ")), CheckState::error,
        "another program changed them; trials that need them cannot be run or sampled again, their numbers can "
        "still be queried");
  }

  Check unfinished() {
    const int64_t sweeps = count(database_, "sweeps WHERE status = 'running'");
    const int64_t trials = count(database_, "trials WHERE status = 'running'");
    const int64_t attempts = count(database_, "attempts WHERE outcome IS NULL");
    const Check check =
        found(plural(sweeps, "sweep") + ", " + plural(trials, "trial") + ", " + plural(attempts, "attempt"));
    if (sweeps + trials + attempts == 0) return found("none");
    if (treatment_ == Treatment::none_of_living) return found(check.found + " run");
    if (!may_repair()) {
      return judged(check, CheckState::error,
                    "a runner that died left them running: `runner doctor` without --dry-run, or the next sweep, makes "
                    "them interrupted");
    }
    interrupt();
    return judged(
        check, CheckState::repaired,
        "a runner that died left them running; they are interrupted now, and `runner resume` goes on with them");
  }

  void interrupt() {
    SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
    interrupt_orphans(database_, std::nullopt);
    database_.exec("UPDATE attempts SET outcome = 'interrupted' WHERE outcome IS NULL");
    transaction.commit();
  }

  Check log() {
    if (log_bytes_ == 0) return found("empty");
    Check check = found(std::to_string((log_bytes_ + 1023) / 1024) + " KiB beside the file");
    if (!may_repair()) return check;
    if (database_.execAndGet("PRAGMA wal_checkpoint(TRUNCATE)").getInt() == 0) {
      return judged(check, CheckState::repaired, "what waited in the log was written into the file");
    }
    return judged(check, CheckState::warning,
                  "a program that reads the database keeps its log from being written into the file: close it");
  }

  const fs::path file_;
  const Treatment treatment_;
  const uintmax_t log_bytes_;  // before it was opened
  SQLite::Database database_;
  bool is_sound_ = true;  // the rest may be repaired
  Checks checks_;
};

}  // namespace

Check check_schema(const fs::path& file) {
  Check check{"schema", file.string(), CheckState::ok, ""};
  try {
    SQLite::Database database = open_for_reading(file);
    const int version = check_identity(database, file);
    check.found = "version " + std::to_string(version) + " of " + std::to_string(schema_version());
    if (version == schema_version()) return check;
    return judged(check, CheckState::warning,
                  "the next `runner sweep` or `runner resume` brings it up to date; until then only its pages and "
                  "indexes are examined");
  } catch (const EnvironmentError& refused) {
    return judged(check, CheckState::error, refused.what());
  } catch (const SQLite::Exception& failure) {
    return judged(check, CheckState::error,
                  std::string("cannot be read as a database: ") + failure.what() + "; " + advice_for(file, failure));
  }
}

Checks examine_database(const fs::path& file, Treatment treatment) {
  try {
    return Examination(file, treatment).run();
  } catch (const SQLite::Exception& failure) {
    return {{"integrity", std::string("cannot be opened: ") + failure.what(), CheckState::error,
             advice_for(file, failure)}};
  }
}

}  // namespace runner::store
