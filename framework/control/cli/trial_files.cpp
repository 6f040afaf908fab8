#include "control/cli/trial_files.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "common/error.h"
#include "common/folder.h"
#include "common/new_file.h"
#include "common/paths.h"
#include "common/tensor_file.h"
#include "common/text.h"
#include "control/report/human.h"
#include "control/schedule/data_cache.h"

namespace runner::cli {
namespace fs = std::filesystem;
namespace {

constexpr const char* kTensorFile = ".safetensors";

std::vector<std::string> names_of(const std::vector<fs::path>& files) {
  std::vector<std::string> names;
  for (const fs::path& file : files) names.push_back(replace_invalid_utf8(file.string()));
  return names;
}

// A folder that is named by a trial's number.
std::optional<int64_t> trial_of(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(fs::symlink_status(folder, error))) return std::nullopt;
  const std::string name = folder.filename().string();
  int64_t trial = 0;
  const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), trial);
  if (problem != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return trial;
}

// Why a file of tensors cannot be used; empty when it can. `digest`: what its metadata must say, where it is known.
std::string problem_with(const fs::path& file, const std::string& digest = "") {
  try {
    const TensorFile tensors(file);
    const auto found = tensors.metadata().find("weights_digest");
    if (digest.empty() || (found != tensors.metadata().end() && found->second == digest)) return "";
    return file.string() + " belongs to another trial";
  } catch (const EnvironmentError& error) {
    return error.what();
  }
}

class Files {
 public:
  Files(store::Reader& reader, bool repair) : reader_(reader), repair_(repair) {
    for (const auto& row : reader.query("SELECT trial_id FROM trials").rows) known_.insert(report::integer_of(row[0]));
    for (const fs::path& folder : entries_of(files_folder(reader.file()))) {
      if (trial_of(folder)) folders_.push_back(folder);
    }
  }

  Checks run() { return {weights(), best_weights(), checkpoints(), folders(), temporary_files(), caches()}; }

 private:
  Check weights() {
    const store::Table trials = reader_.query(
        "SELECT t.trial_id, f.value FROM trials t LEFT JOIN trial_facts f ON f.trial_id = t.trial_id AND f.name = "
        "'weights_digest' WHERE t.status = 'completed' ORDER BY t.trial_id");
    std::vector<std::string> problems;
    for (const auto& row : trials.rows) {
      const fs::path file = weights_file(trial_folder(reader_.file(), report::integer_of(row[0])));
      const std::string problem = problem_with(file, report::text_of(row[1]));
      if (!problem.empty()) problems.push_back(problem);
    }
    Check check{"weights",
                std::to_string(trials.rows.size() - problems.size()) + " of " + std::to_string(trials.rows.size()) +
                    " completed trials have theirs",
                CheckState::ok, ""};
    if (problems.empty()) return check;
    return judged(check, CheckState::error,
                  some_of(problems, ", ") +
                      "; put them back from a copy, or train those trials again, for nothing can be sampled from them");
  }

  Check best_weights() const {
    return tensor_files("best_weights", best_weights_folder, CheckState::error,
                        "put them back from a copy, or train those trials again, for they cannot be exported");
  }

  Check checkpoints() const {
    return tensor_files("checkpoints", checkpoint_folder, CheckState::warning,
                        "a trial that goes on takes the one before, so they can be removed");
  }

  // Those in a place in each trial's folder, and what it means that one of them is damaged.
  Check tensor_files(const char* name, fs::path (*place_in)(const fs::path& trial_folder), CheckState if_damaged,
                     const char* advice) const {
    size_t count = 0;
    std::vector<std::string> problems;
    for (const fs::path& folder : folders_) {
      for (const fs::path& file : entries_of(place_in(folder))) {
        if (file.extension() != kTensorFile) continue;
        ++count;
        const std::string problem = problem_with(file);
        if (!problem.empty()) problems.push_back(problem);
      }
    }
    const Check check{name, std::to_string(count - problems.size()) + " of " + std::to_string(count) + " sound",
                      CheckState::ok, ""};
    if (problems.empty()) return check;
    return judged(check, if_damaged, some_of(problems, ", ") + "; " + advice);
  }

  Check folders() {
    std::vector<fs::path> unknown;
    std::copy_if(folders_.begin(), folders_.end(), std::back_inserter(unknown),
                 [this](const fs::path& folder) { return known_.count(*trial_of(folder)) == 0; });
    Check check{"folders", std::to_string(folders_.size() - unknown.size()) + " of trials", CheckState::ok, ""};
    if (unknown.empty()) return check;
    return judged(check, CheckState::warning,
                  "the database knows no trial of " + some_of(names_of(unknown), ", ") +
                      "; if they belong to no other database, they can be removed");
  }

  Check temporary_files() {
    std::vector<fs::path> found;
    for (const fs::path& folder : folders_) {
      for (const fs::path& place : {folder, checkpoint_folder(folder), best_weights_folder(folder)}) {
        const std::vector<fs::path> entries = entries_of(place);
        std::copy_if(entries.begin(), entries.end(), std::back_inserter(found), is_unfinished);
      }
    }
    return removed("temporary_files", found, [&] {
      std::error_code ignored;
      for (const fs::path& file : found) fs::remove(file, ignored);
    });
  }

  Check caches() {
    return removed("caches", schedule::stale_caches(reader_.file()),
                   [this] { schedule::remove_stale_caches(reader_.file()); });
  }

  // What processes left that were killed, and how to remove it.
  template <typename Remove>
  Check removed(const char* name, const std::vector<fs::path>& found, const Remove& remove) {
    if (found.empty()) return {name, "none left behind", CheckState::ok, ""};
    Check check{name, some_of(names_of(found), ", "), CheckState::ok, ""};
    if (!repair_) {
      return judged(check, CheckState::warning,
                    "a process left them that was killed: `runner doctor` without --dry-run removes them");
    }
    remove();
    return judged(check, CheckState::repaired, "a process left them that was killed; they were removed");
  }

  store::Reader& reader_;
  const bool repair_;
  std::set<int64_t> known_;
  std::vector<fs::path> folders_;  // of trials, known or not
};

}  // namespace

Checks examine_trial_files(store::Reader& reader, bool repair) { return Files(reader, repair).run(); }

}  // namespace runner::cli
