// The injecting library does what README.md says of it.
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "common/process.h"
#include "unit/temporary_folder.h"

namespace runner {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class InjectTest : public ::testing::Test {
 protected:
  InjectTest() {
    fs::create_directory(folder_.path() / "files");
    std::ofstream(state()) << std::string(8, '\0');
  }

  fs::path state() const { return folder_.path() / "state"; }
  fs::path made(const std::string& name) const { return folder_.path() / "files" / name; }

  // Runs the subject under a program's name. `variables` are those of the library besides FAULTS.
  CapturedRun run(const std::string& name, const std::string& faults,
                  const std::map<std::string, std::string>& variables = {}) const {
    const fs::path program = folder_.path() / name;
    fs::copy_file(SUBJECT, program, fs::copy_options::overwrite_existing);
    SpawnRequest request{{program.string()}, {{"LD_PRELOAD", INJECTOR}, {"FAULTS", faults}}};
    request.environment.emplace_back("SUBJECT_FOLDER", (folder_.path() / "files").string());
    for (const auto& variable : variables) request.environment.push_back(variable);
    return run_and_capture(request);
  }

  static long times(const std::string& word, const std::string& text) {
    long count = 0;
    for (size_t at = 0; (at = text.find(word, at)) != std::string::npos; ++at) ++count;
    return count;
  }

  testing::TemporaryFolder folder_;
};

TEST_F(InjectTest, WithoutInstructionsNothingHappens) {
  const CapturedRun run = this->run("runner", "");
  EXPECT_EQ(times(" done\n", run.output), 16) << run.errors;
  EXPECT_THAT(run.output, HasSubstr("child left"));
}

// The loader takes a lock for that, and what it says of an error is allocated.
TEST(Injector, LooksUpNoCallWhileItIsInUse) {
  const CapturedRun run = run_and_capture({{READELF, "--wide", "--dyn-syms", INJECTOR}, {}});
  EXPECT_THAT(run.output, HasSubstr("mkostemp"));
  EXPECT_THAT(run.output, Not(HasSubstr("dlsym")));
}

TEST_F(InjectTest, EveryCallCanFail) {
  const char* calls[] = {"mkostemp", "write", "pwrite", "fsync", "fdatasync", "ftruncate", "rename", "open"};
  for (size_t i = 0; i < std::size(calls); ++i) {
    const CapturedRun run = this->run("runner", "runner ENOSPC " + std::to_string(i + 1) + " /files/");
    if (i == 0) {  // without its file, nothing that follows is counted under its path
      EXPECT_THAT(run.output, HasSubstr("parent mkostemp ENOSPC"));
      continue;
    }
    EXPECT_THAT(run.output, HasSubstr("parent " + std::string(calls[i]) + " ENOSPC")) << run.errors;
    EXPECT_EQ(times("ENOSPC", run.output), 1);
  }
}

TEST_F(InjectTest, TheSecondErrorIsEio) {
  EXPECT_THAT(run("runner", "runner EIO 4 /files/").output, HasSubstr("fsync EIO"));
}

TEST_F(InjectTest, OnlyCallsOnMatchingPathsCount) {
  EXPECT_THAT(run("runner", "runner EIO 1 .lock").output, HasSubstr("parent open EIO"));
  EXPECT_EQ(times("EIO", run("runner", "runner EIO 1 elsewhere").output), 0);
}

TEST_F(InjectTest, AProcessIsOfItsProgramsRole) {
  EXPECT_EQ(times("EIO", run("worker", "runner EIO 1 /files/").output), 0);
  EXPECT_EQ(times("EIO", run("another", "runner EIO 1 /files/").output), 0);
  EXPECT_THAT(run("worker", "host EIO 2 /files/").output, HasSubstr("parent write EIO"));
}

TEST_F(InjectTest, WhatAHostForksIsATrial) {
  const CapturedRun run = this->run("worker", "trial EIO 2 /files/");
  EXPECT_THAT(run.output, HasSubstr("child write EIO"));
  EXPECT_EQ(times("parent", run.output), 8);
  EXPECT_EQ(times("EIO", run.output), 1);
}

TEST_F(InjectTest, AnyOtherForkedProcessHasNoRole) {
  const CapturedRun run = this->run("runner", "runner EIO 9 /files/");
  EXPECT_EQ(times("EIO", run.output), 0);
}

TEST_F(InjectTest, AKilledProcessDoesNotDoTheCall) {
  const CapturedRun run = this->run("worker", "trial kill 2 /files/");
  EXPECT_THAT(run.output, HasSubstr("child mkostemp done\nchild killed"));
  EXPECT_THAT(this->run("runner", "runner kill 7 /files/").output, Not(HasSubstr("rename")));
  EXPECT_EQ(this->run("runner", "runner kill 1 /files/").status.signal, 9);
}

TEST_F(InjectTest, ATornWriteIsDoneHalf) {
  EXPECT_EQ(run("runner", "runner tear 3 /files/").status.signal, 9);
  const auto left = fs::directory_iterator(folder_.path() / "files");
  ASSERT_NE(left, fs::directory_iterator());
  EXPECT_EQ(fs::file_size(left->path()), 9u);  // all of "first ", half of "second"
}

TEST_F(InjectTest, InstructionsAreObeyedInTheirOrder) {
  const CapturedRun run = this->run("runner", "runner EIO 2 /files/;runner ENOSPC 2 /files/");
  EXPECT_THAT(run.output, HasSubstr("parent write EIO\nparent pwrite done\nparent fsync ENOSPC"));
}

TEST_F(InjectTest, ProcessesThatShareAStateCountTogether) {
  const std::map<std::string, std::string> shared = {{"FAULTS_STATE", state().string()}};
  const std::string faults = "runner EIO 10 /files/";
  EXPECT_EQ(times("EIO", run("runner", faults, shared).output), 0);
  EXPECT_THAT(run("runner", faults, shared).output, HasSubstr("parent write EIO"));
  EXPECT_EQ(times("EIO", run("runner", faults, shared).output), 0);
}

TEST_F(InjectTest, AnErrorLastsAsLongAsAFileIsThere) {
  const fs::path fault = folder_.path() / "fault";
  const std::map<std::string, std::string> lasting = {{"FAULTS_WHILE", fault.string()}};
  std::ofstream(fault).close();
  EXPECT_EQ(times("EIO", run("runner", "runner EIO 3 /files/", lasting).output), 6);
  fs::remove(fault);
  EXPECT_EQ(times("EIO", run("runner", "runner EIO 3 /files/", lasting).output), 0);
}

TEST_F(InjectTest, AnInstructionThatCannotBeReadIsSaid) {
  for (const char* wrong :
       {"runner EIO 0 x", "runner EIO x", "nobody EIO 1 x", "runner ENOENT 1 x", "runner EIO 1 x y"}) {
    const CapturedRun run = this->run("runner", wrong);
    EXPECT_EQ(run.status.code, 125) << wrong;
    EXPECT_THAT(run.errors, HasSubstr(wrong));
  }
}

TEST_F(InjectTest, AStateThatCannotBeOpenedIsSaid) {
  const CapturedRun run = this->run("runner", "runner EIO 1 x", {{"FAULTS_STATE", "/nowhere/state"}});
  EXPECT_EQ(run.status.code, 125);
  EXPECT_THAT(run.errors, HasSubstr("/nowhere/state"));
}

}  // namespace
}  // namespace runner
