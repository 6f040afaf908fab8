#include "control/cli/rm.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <set>
#include <system_error>

#include "common/paths.h"
#include "common/text.h"
#include "control/cli/ask.h"
#include "control/report/human.h"
#include "control/store/reader.h"
#include "control/store/store.h"

namespace runner::cli {
namespace {
namespace fs = std::filesystem;

struct RmOptions {
  std::vector<std::string> sweeps;
  std::string database;
  bool yes = false;
};

struct Doomed {
  int64_t sweep_id = 0;
  std::string name;  // for people
  std::vector<int64_t> trials;

  std::string description() const {
    return "sweep " + std::to_string(sweep_id) + " (" + name + ") with " + std::to_string(trials.size()) +
           (trials.size() == 1 ? " trial" : " trials");
  }
};

Doomed find_doomed(store::Reader& reader, int64_t sweep_id) {
  Doomed doomed{sweep_id, "", {}};
  doomed.name = report::cell_text(reader.query("SELECT name FROM sweeps WHERE sweep_id = ?", {sweep_id}).rows.at(0)[0]);
  for (const auto& row : reader.query("SELECT trial_id FROM trials WHERE sweep_id = ? ORDER BY 1", {sweep_id}).rows) {
    doomed.trials.push_back(report::integer_of(row[0]));
  }
  return doomed;
}

// All names are resolved before anything is removed; a sweep named twice counts once.
std::vector<Doomed> find_all(const fs::path& database, const std::vector<std::string>& wanted) {
  store::Reader reader(database);
  std::set<int64_t> ids;
  std::vector<Doomed> all;
  for (const std::string& sweep : wanted) {
    const int64_t id = reader.resolve_sweep(sweep);
    if (ids.insert(id).second) all.push_back(find_doomed(reader, id));
  }
  return all;
}

bool is_confirmed(const std::vector<Doomed>& all) {
  if (!can_ask()) {
    throw RequestError("removing a sweep is final, and there is no terminal to ask at: say --yes");
  }
  for (const Doomed& doomed : all) std::cerr << "remove " << doomed.description() << "\n";
  return ask("with all results, samples, weights and logs?");
}

void remove_folders(const fs::path& database, const Doomed& doomed) {
  std::vector<std::string> failures;
  for (const int64_t trial : doomed.trials) {
    std::error_code error;
    const fs::path folder = trial_folder(database, trial);
    fs::remove_all(folder, error);
    if (error) failures.push_back(folder.string() + " (" + error.message() + ")");
  }
  if (failures.empty()) return;
  throw EnvironmentError("removed " + doomed.description() +
                         " from the database, but could not remove: " + join(failures, ", "));
}

ExitCode run_rm(const RmOptions& options) {
  const fs::path database = database_file(options.database);
  store::bring_up_to_date(database);
  const std::vector<Doomed> all = find_all(database, options.sweeps);
  if (!options.yes && !is_confirmed(all)) {
    std::cerr << "nothing was removed\n";
    return ExitCode::success;
  }
  store::Store store(database);
  for (const Doomed& doomed : all) {
    store.remove_sweep(doomed.sweep_id);
    remove_folders(database, doomed);
    std::cout << "removed " << doomed.description() << '\n';
  }
  return ExitCode::success;
}

}  // namespace

void add_rm(CLI::App& app, Action& action) {
  const auto options = std::make_shared<RmOptions>();
  CLI::App* verb = app.add_subcommand("rm", "Remove sweeps with everything they left");
  verb->add_option("sweeps", options->sweeps, "Numbers or names; a name means its latest sweep")
      ->type_name("SWEEP")
      ->required();
  verb->add_flag("--yes,-y", options->yes, "Do not ask");
  add_database_option(*verb, options->database);
  verb->callback([options, &action] { action = [options] { return run_rm(*options); }; });
}

}  // namespace runner::cli
