#include "control/cli/doctor_database.h"

#include <memory>
#include <string>
#include <system_error>

#include "common/error.h"
#include "common/folder.h"
#include "control/cli/trial_files.h"
#include "control/store/health.h"
#include "control/store/lock.h"
#include "control/store/reader.h"

namespace runner::cli {
namespace fs = std::filesystem;
namespace {

using store::Treatment;

void append(Checks& checks, const Checks& further) { checks.insert(checks.end(), further.begin(), further.end()); }

void require_file(const fs::path& database) {
  std::error_code ignored;
  if (!file_exists(database)) throw EnvironmentError("there is no database " + database.string());
  if (!fs::is_regular_file(database, ignored)) throw EnvironmentError(database.string() + " is no ordinary file");
}

// By one of several names the log of another is missed: what is read may be old, and what is written does damage.
Check check_names(const fs::path& database) {
  const std::string problem = store::problem_of_names(database);
  if (problem.empty()) return {"names", "one", CheckState::ok, ""};
  return {"names", "several, so the rest was not examined", CheckState::error, problem};
}

// An examination, and the lock that it may need.
class Visit {
 public:
  explicit Visit(const fs::path& database) : database_(database) {}

  Checks examine(bool dry_run) {
    Checks checks = {store::check_schema(database_)};
    const CheckState schema = checks.back().state;
    if (schema == CheckState::error) return checks;
    checks.push_back(check_names(database_));
    if (checks.back().state != CheckState::ok) return checks;
    checks.push_back(choose_treatment(dry_run));
    append(checks, store::examine_database(database_, treatment_));
    if (schema == CheckState::ok) append(checks, examine_files());  // of an older one, they cannot be asked for
    return checks;
  }

 private:
  Check choose_treatment(bool dry_run) {
    if (is_being_written()) return of_living();
    if (dry_run) return {"lock", "free; a dry run repairs nothing", CheckState::ok, ""};
    try {
      lock_ = std::make_unique<store::WriterLock>(database_);
      treatment_ = Treatment::repair;
      return {"lock", "free", CheckState::ok, ""};
    } catch (const EnvironmentError& refused) {
      if (is_being_written()) return of_living();  // since a moment ago
      return {"lock", "not ours, so nothing is repaired", CheckState::warning, refused.what()};
    }
  }

  bool is_being_written() const { return !store::writer_of(database_).empty(); }

  Check of_living() {
    treatment_ = Treatment::none_of_living;
    return {"lock", "being written by " + store::writer_of(database_) + ", so nothing is repaired", CheckState::ok, ""};
  }

  Checks examine_files() {
    try {
      store::Reader reader(database_);
      return examine_trial_files(reader, lock_ != nullptr);
    } catch (const Error& failure) {
      return {{"files", "not examined, for the database cannot be read", CheckState::error, failure.what()}};
    }
  }

  const fs::path database_;
  Treatment treatment_ = Treatment::none;
  std::unique_ptr<store::WriterLock> lock_;
};

}  // namespace

Checks examine_results(const fs::path& database, bool dry_run) {
  require_file(database);
  return Visit(database).examine(dry_run);
}

}  // namespace runner::cli
