// `runner doctor FILE`: a database and the files beside it, sound and not.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>

#include <iterator>
#include <map>

#include "common/json.h"
#include "control/store/lock.h"
#include "control/store/store.h"
#include "runner_program.h"
#include "unit/store/tamper.h"

namespace runner::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kExperiment = R"(
name: small
data: {plugin: text, path: text.txt, num_steps: 5, batch_size: 4}
model: {plugin: rnn, hidden_size: 8}
train: {epochs: 1, device: cpu}
sweep: {seeds: [1, 2]}
)";

std::string bytes_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class DoctorDatabase : public ::testing::Test {
 protected:
  DoctorDatabase() {
    runner_.write("text.txt", small_text(600));
    const CapturedRun run = runner_.run({"sweep", runner_.write("small.yaml", kExperiment).string()});
    EXPECT_EQ(run.status.code, 0) << run.errors;
  }

  // What it says of each check by name; `last_` is the whole run.
  std::map<std::string, Json> examine(const std::vector<std::string>& further = {}) {
    std::vector<std::string> words = {"doctor", runner_.database().string(), "--json"};
    words.insert(words.end(), further.begin(), further.end());
    last_ = runner_.run(words);
    std::map<std::string, Json> checks;
    for (const Json& row : Json::parse(last_.output)) checks[row.at("check")] = row;
    return checks;
  }

  std::string state(const std::string& check, const std::vector<std::string>& further = {}) {
    return examine(further).at(check).at("state");
  }

  fs::path files() const { return runner_.folder() / "results.files"; }
  fs::path weights(const std::string& trial) const { return files() / trial / "weights.safetensors"; }

  RunnerProgram runner_;
  CapturedRun last_;
};

TEST_F(DoctorDatabase, FindsWhatASweepLeavesSound) {
  for (const auto& [name, check] : examine()) EXPECT_EQ(check.at("state"), "ok") << check;
  EXPECT_EQ(last_.status.code, 0);
  const CapturedRun people = runner_.run({"doctor", runner_.database().string()});
  EXPECT_THAT(people.output,
              AllOf(HasSubstr("2 of 2 completed trials have theirs"), HasSubstr("database and files are sound")));
}

TEST_F(DoctorDatabase, TellsInADryRunAndRepairsWithout) {
  tamper(runner_.database(), "UPDATE trials SET status = 'running' WHERE trial_id = 2");
  EXPECT_EQ(state("unfinished", {"--dry-run"}), "error");
  EXPECT_EQ(last_.status.code, 3);
  EXPECT_EQ(state("unfinished"), "repaired");
  EXPECT_EQ(last_.status.code, 0);
  EXPECT_EQ(state("unfinished"), "ok");
  EXPECT_EQ(runner_.query("SELECT status FROM trials WHERE trial_id = 2"), "interrupted\n");
}

TEST_F(DoctorDatabase, RepairsNothingWhileARunnerWrites) {
  tamper(runner_.database(), "UPDATE trials SET status = 'running' WHERE trial_id = 2");
  const store::WriterLock lock(runner_.database());
  const auto checks = examine();
  EXPECT_THAT(checks.at("lock").at("found"), HasSubstr("process " + std::to_string(getpid())));
  EXPECT_EQ(checks.at("unfinished").at("state"), "ok");
  EXPECT_EQ(last_.status.code, 0);
  EXPECT_EQ(runner_.query("SELECT status FROM trials WHERE trial_id = 2"), "running\n");
}

// Where a killed writer has left a log beside one name, a repair by the other would damage the file.
TEST_F(DoctorDatabase, ADatabaseOfSeveralNamesIsNotRepairedByAnyOfThem) {
  const pid_t child = fork();
  if (child == 0) {
    store::Store store(runner_.database());
    store.start_attempt(2, "atlas", 1);
    raise(SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  const fs::path log = runner_.database().string() + "-wal", other = runner_.folder() / "other.db";
  ASSERT_GT(fs::file_size(log), 0u);
  const std::string file_before = bytes_of(runner_.database()), log_before = bytes_of(log);
  fs::create_hard_link(runner_.database(), other);
  for (const fs::path& name : {other, runner_.database()}) {
    const CapturedRun run = runner_.run({"doctor", name.string()});
    EXPECT_EQ(run.status.code, 3);
    EXPECT_THAT(run.output, AllOf(HasSubstr("error: names: " + name.string()), HasSubstr("is one of 2 names"),
                                  HasSubstr("Remove them, or copy the file"), Not(HasSubstr("repaired"))));
    EXPECT_EQ(bytes_of(runner_.database()), file_before);
    EXPECT_EQ(bytes_of(log), log_before);
  }
  EXPECT_FALSE(fs::exists(other.string() + "-lock"));
  fs::remove(other);
  EXPECT_EQ(examine().at("unfinished").at("state"), "repaired");
  EXPECT_EQ(last_.status.code, 0);
  EXPECT_EQ(runner_.query("SELECT status FROM trials WHERE trial_id = 2"), "interrupted\n");
}

TEST_F(DoctorDatabase, MissesWeightsThatAreGoneDamagedOrAnotherTrials) {
  fs::remove(weights("1"));
  EXPECT_THAT(examine().at("weights").at("advice"), HasSubstr(weights("1").string()));
  EXPECT_EQ(last_.status.code, 3);
  fs::copy_file(weights("2"), weights("1"));
  EXPECT_THAT(examine().at("weights").at("advice"), HasSubstr("belongs to another trial"));
  std::fstream(weights("2"), std::ios::in | std::ios::out | std::ios::binary).seekp(-5, std::ios::end).put('?');
  const Json check = examine().at("weights");
  EXPECT_EQ(check.at("found"), "0 of 2 completed trials have theirs");
  EXPECT_THAT(check.at("advice"), HasSubstr("is damaged"));
}

TEST_F(DoctorDatabase, FindsDamagedWeightsOfTheBestEpochs) {
  const fs::path best = files() / "2" / "best" / "epoch-1.safetensors";
  fs::create_directories(best.parent_path());
  fs::copy_file(weights("2"), best);
  EXPECT_EQ(examine().at("best_weights").at("found"), "1 of 1 sound");
  std::fstream(best, std::ios::in | std::ios::out | std::ios::binary).seekp(-5, std::ios::end).put('?');
  const Json check = examine().at("best_weights");
  EXPECT_EQ(check.at("found"), "0 of 1 sound");
  EXPECT_EQ(check.at("state"), "error");
  EXPECT_THAT(check.at("advice"), AllOf(HasSubstr(best.string() + " is damaged"), HasSubstr("cannot be exported")));
}

TEST_F(DoctorDatabase, WarnsOfDamagedCheckpointsAndFoldersThatNobodyKnows) {
  fs::create_directories(files() / "2" / "checkpoints");
  fs::copy_file(weights("2"), files() / "2" / "checkpoints" / "00001-00002.safetensors");
  EXPECT_EQ(examine().at("checkpoints").at("found"), "1 of 1 sound");
  std::ofstream(files() / "2" / "checkpoints" / "00001-00003.safetensors") << "half";
  fs::create_directory(files() / "17");
  const auto checks = examine();
  EXPECT_THAT(checks.at("checkpoints").at("advice"), HasSubstr("00001-00003.safetensors is damaged"));
  EXPECT_THAT(checks.at("folders").at("advice"), HasSubstr((files() / "17").string()));
  EXPECT_EQ(last_.status.code, 0) << "nothing that a sweep needs is wrong";
  EXPECT_TRUE(fs::exists(files() / "17"));
}

TEST_F(DoctorDatabase, RemovesWhatProcessesLeftThatWereKilled) {
  const fs::path half = files() / "1" / "weights.safetensors.new-aB3xYz";
  const fs::path cache = files() / "cache" / "gone";
  const fs::path mine = files() / "1" / "weights.safetensors.backup";
  std::ofstream(half) << "half";
  std::ofstream(mine) << "text";
  fs::create_directories(cache);
  EXPECT_EQ(state("temporary_files", {"--dry-run"}), "warning");
  EXPECT_TRUE(fs::exists(half) && fs::exists(cache));
  const auto checks = examine();
  EXPECT_EQ(checks.at("temporary_files").at("state"), "repaired");
  EXPECT_EQ(checks.at("caches").at("state"), "repaired");
  EXPECT_FALSE(fs::exists(half) || fs::exists(cache));
  EXPECT_TRUE(fs::exists(mine));
}

TEST_F(DoctorDatabase, FindsDamageInADatabaseOfAnOlderRunner) {
  const int64_t root = std::stoll(runner_.query("SELECT rootpage FROM sqlite_master WHERE name = 'metrics'"));
  make_older(runner_.database());
  EXPECT_EQ(examine().at("integrity").at("state"), "ok");
  EXPECT_EQ(last_.status.code, 0);
  EXPECT_EQ(state("schema"), "warning");
  std::fstream stream(runner_.database(), std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp((root - 1) * 4096) << std::string(4096, '\x5a');
  stream.close();
  EXPECT_EQ(state("integrity"), "error");
  EXPECT_EQ(last_.status.code, 3);
}

TEST_F(DoctorDatabase, LeavesNothingBesideAFileThatIsNoResultsDatabase) {
  const fs::path other = runner_.write("experiment.db", "name: x\n");
  const CapturedRun run = runner_.run({"doctor", other.string()});
  EXPECT_EQ(run.status.code, 3);
  EXPECT_THAT(run.output, HasSubstr("error: schema"));
  EXPECT_FALSE(fs::exists(runner_.folder() / "experiment.files"));
  EXPECT_FALSE(fs::exists(other.string() + "-lock"));
  EXPECT_EQ(runner_.run({"doctor", (runner_.folder() / "none.db").string()}).status.code, 3);
}

TEST_F(DoctorDatabase, ADryRunIsOfADatabase) { EXPECT_EQ(runner_.run({"doctor", "--dry-run"}).status.code, 2); }

}  // namespace
}  // namespace runner::testing
