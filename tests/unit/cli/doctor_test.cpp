// What runner doctor says of machines that are well and of machines that are not.
#include <gmock/gmock.h>

#include <map>

#include "control/cli/doctor_checks.h"
#include "runner_program.h"

namespace runner::testing {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kGiB = 1 << 30;

Json blas(const std::string& description) { return {{"file", "/lib/libblas.so.3"}, {"description", description}}; }

TEST(DoctorChecks, KnowFastBlasFromSlow) {
  EXPECT_EQ(cli::check_blas(blas("OpenBLAS 0.3.21 USE_OPENMP Zen MAX_THREADS=64")).state, CheckState::ok);
  EXPECT_EQ(cli::check_blas(blas("Intel(R) oneAPI Math Kernel Library Version 2024.2")).state, CheckState::ok);
  EXPECT_THAT(cli::check_blas(blas("OpenBLAS 0.3.21 Zen MAX_THREADS=64")).advice, HasSubstr("threads of its own"));
  const Check plain = cli::check_blas(blas("not OpenBLAS"));
  EXPECT_EQ(plain.state, CheckState::warning);
  EXPECT_THAT(plain.found, HasSubstr("/lib/libblas.so.3"));
  EXPECT_THAT(plain.advice, HasSubstr("install libopenblas0-openmp"));
}

TEST(DoctorChecks, ALoadIsTooMuchWhenItTakesCoresThatTrialsWouldUse) {
  EXPECT_EQ(cli::check_load({2, 2, 0}, 0.4).state, CheckState::ok);
  EXPECT_EQ(cli::check_load({2, 2, 0}, 1.0).state, CheckState::warning);
  EXPECT_EQ(cli::check_load({64, 64, 0}, 3.0).state, CheckState::ok);
  EXPECT_EQ(cli::check_load({64, 2, 0}, 40.0).state, CheckState::ok) << "a container on a busy machine with room";
  EXPECT_THAT(cli::check_load({2, 2, 0}, 7.0).advice, HasSubstr("--jobs"));
}

TEST(DoctorChecks, CoresSayWhatLimitsThem) {
  EXPECT_EQ(cli::check_cores({2, 2, 0}).found, "2 usable of 2");
  EXPECT_EQ(cli::check_cores({64, 8, 2.5}).found, "2 usable of 64, 8 allowed by affinity, a quota of 2.5");
  EXPECT_EQ(cli::check_cores({64, 64, 0.5}).state, CheckState::warning);
}

TEST(DoctorChecks, VariablesThatSteerThreadsAreShown) {
  EXPECT_EQ(cli::check_thread_variables({"HOME=/root"}).found, "none set");
  const Check found = cli::check_thread_variables({"OMP_NUM_THREADS=8", "HOME=/root", "OMP_PROC_BIND=true"});
  EXPECT_EQ(found.found, "OMP_NUM_THREADS=8 OMP_PROC_BIND=true");
  EXPECT_EQ(found.state, CheckState::ok) << "workers get thread counts of their own, and are bound to no core";
}

TEST(DoctorChecks, MemoryAndDiskMustHoldATrialACore) {
  EXPECT_EQ(cli::check_memory({8 * kGiB, 4 * kGiB}, {2, 2, 0}).state, CheckState::ok);
  EXPECT_EQ(cli::check_memory({8 * kGiB, 4 * kGiB}, {16, 16, 0}).state, CheckState::warning);
  EXPECT_EQ(cli::check_disk(20 * kGiB).state, CheckState::ok);
  EXPECT_EQ(cli::check_disk(kGiB / 2).state, CheckState::warning);
  EXPECT_EQ(cli::check_disk(0).state, CheckState::error);
}

TEST(DoctorChecks, ALibTorchForCudaWithoutADeviceIsWarnedOf) {
  EXPECT_EQ(cli::check_devices({}, false).found, "cpu");
  EXPECT_EQ(cli::check_devices({"H100", "H100"}, true).found, "cpu, cuda:0 H100, cuda:1 H100");
  EXPECT_THAT(cli::check_devices({}, true).advice, HasSubstr("CUDA_VISIBLE_DEVICES"));
}

TEST(DoctorChecks, EveryRefusedPluginHasItsOwnWarning) {
  catalog::Catalog catalog;
  catalog.files = {{"/p/good.so", "", "1", "", {{catalog::ComponentKind::model, "good", "", {}, ""}}},
                   {"/p/bad.so", "", "", "has no ABI note", {}}};
  const Checks checks = cli::check_plugins(catalog);
  ASSERT_EQ(checks.size(), 2u);
  EXPECT_EQ(checks[0].state, CheckState::error) << "no dataset";
  EXPECT_EQ(checks[0].found, "1 model and 0 datasets in 2 files");
  EXPECT_EQ(checks[1].advice, "/p/bad.so is refused: has no ABI note");
}

TEST(DoctorChecks, NetworkFileSystemsAreWarnedOfByName) {
  const std::map<int64_t, std::string> names = {
      {0x6969, "NFS"},        {0x517B, "SMB"},      {0xFF534D42, "CIFS"},  {0xFE534D42, "SMB2"},  {0x00C36400, "Ceph"},
      {0x5346414F, "AFS"},    {0x6B414653, "AFS"},  {0x73757245, "Coda"},  {0x7461636F, "OCFS2"}, {0x01021997, "9P"},
      {0x0BD00BD0, "Lustre"}, {0x47504653, "GPFS"}, {0x19830326, "BeeGFS"}};
  for (const auto& [type, name] : names) {
    EXPECT_THAT(cli::doubt_about_file_system(type),
                ::testing::AllOf(HasSubstr("it lies on " + name + ", a network file system"), HasSubstr("--db")));
  }
  EXPECT_THAT(cli::doubt_about_file_system(0x65735546), HasSubstr("may be a network file system"));
  for (const int64_t local : {0xEF53, 0x01021994, 0x794C7630, 0x58465342, 0}) {  // ext, tmpfs, overlayfs, XFS, unknown
    EXPECT_EQ(cli::doubt_about_file_system(local), "");
  }
}

// The built runner, asked once; what it says of each check by name.
class Doctor : public ::testing::Test {
 protected:
  std::map<std::string, std::string> states(const std::vector<std::string>& words = {}) {
    std::vector<std::string> all = {"doctor", "--json"};
    all.insert(all.end(), words.begin(), words.end());
    last = runner.run(all);
    std::map<std::string, std::string> states;
    for (const Json& row : Json::parse(last.output)) states[row.at("check")] = row.at("state");
    return states;
  }

  RunnerProgram runner;
  CapturedRun last;
};

TEST_F(Doctor, FindsThisBuildFitForTraining) {
  auto found = states();
  for (const char* check : {"runner", "worker", "libtorch", "blas", "devices", "plugins", "database"}) {
    EXPECT_EQ(found[check], "ok") << check << "\n" << last.output;
  }
  EXPECT_EQ(last.status.code, 0);
  EXPECT_TRUE(fs::is_empty(runner.folder())) << "asking leaves nothing behind";
}

TEST_F(Doctor, RefusedPluginsSlowNobodyDown) {
  EXPECT_EQ(states({"--plugin-path", BROKEN_PLUGINS})["plugin"], "warning");
  EXPECT_EQ(last.status.code, 0);
}

TEST_F(Doctor, ADatabaseThatCannotBeMakesTrainingImpossible) {
  EXPECT_EQ(states({"--db", (runner.write("file", "text") / "results.db").string()})["database"], "error");
  EXPECT_EQ(last.status.code, 3);
  EXPECT_EQ(states({"--db", runner.folder().string()})["database"], "error");
}

TEST_F(Doctor, SaysInWordsWhatToDo) {
  const CapturedRun run = runner.run({"doctor", "--db", runner.folder().string()});
  EXPECT_THAT(run.output, HasSubstr("error: database: " + runner.folder().string() +
                                    " is a folder, not a database; name another file with --db"));
}

// A copy of the runner that lies where no worker is.
TEST_F(Doctor, ToldOfAMissingWorkerItStillLooksAtTheRest) {
  const fs::path copy = runner.folder() / "runner";
  fs::copy_file(RUNNER_PROGRAM, copy);
  const CapturedRun run = run_and_capture({{copy.string(), "doctor"}, {}});
  EXPECT_EQ(run.status.code, 3);
  EXPECT_THAT(run.output, ::testing::AllOf(HasSubstr("error: worker: "), HasSubstr("cores"), HasSubstr("database")));
}

}  // namespace
}  // namespace runner::testing
