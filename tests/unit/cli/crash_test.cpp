// Trials whose workers die.
#include <gmock/gmock.h>

#include "runner_program.h"

namespace runner::testing {
namespace {

using ::testing::HasSubstr;

class CrashTest : public ::testing::Test {
 protected:
  CrashTest() {
    runner_.add_plugin_folder(BROKEN_PLUGINS);
    runner_.write("text.txt", small_text(600));
  }

  // Two arms: a model that goes wrong as `manner` says, and a sound one.
  CapturedRun sweep(const std::string& manner, const std::string& restarts, const std::string& timeout = "1h") {
    const fs::path file = runner_.write("crash.yaml", R"(
name: crash
data: {plugin: text, path: text.txt, num_steps: 5, batch_size: 4}
model: {plugin: rnn}
train: {epochs: 2, device: cpu}
run: {max_restarts: )" + restarts + ", timeout: " + timeout +
                                                          R"(}
sweep:
  method: list
  trials:
    - {label: broken, model: {plugin: misbehaving, manner: )" +
                                                          manner + R"(}}
    - {label: sound, model: {plugin: rnn}}
)");
    return runner_.run({"sweep", file.string()});
  }

  RunnerProgram runner_;
};

TEST_F(CrashTest, ASegmentationFaultFailsItsTrialOnly) {
  const CapturedRun run = sweep("segfault", "0");
  EXPECT_EQ(run.status.code, 1);
  EXPECT_THAT(run.errors, HasSubstr("SIGSEGV"));
  EXPECT_EQ(runner_.query("SELECT status FROM trials ORDER BY number"), "failed\ncompleted\n");
  EXPECT_THAT(runner_.query("SELECT error FROM trials WHERE number = 1"), HasSubstr("SIGSEGV (segmentation fault)"));
  EXPECT_EQ(runner_.query("SELECT signal FROM attempts WHERE trial_id = 1"), "11\n");
}

TEST_F(CrashTest, AWorkerThatDiesIsStartedAgainAsOftenAsAllowed) {
  sweep("segfault", "2");
  EXPECT_EQ(runner_.query("SELECT count(*) FROM attempts WHERE trial_id = 1"), "3\n");
  EXPECT_EQ(runner_.query("SELECT count(*) FROM attempts WHERE trial_id = 2"), "1\n");
}

TEST_F(CrashTest, AnErrorThatTheModelReportsIsNotTriedAgain) {
  const CapturedRun run = sweep("throw", "2");
  EXPECT_EQ(run.status.code, 1);
  EXPECT_EQ(runner_.query("SELECT count(*) FROM attempts WHERE trial_id = 1"), "1\n");
}

TEST_F(CrashTest, AWorkerThatDoesNotHearIsKilledAndItsLastWordsAreKept) {
  const CapturedRun run = sweep("wait", "0", "1s");
  EXPECT_EQ(runner_.query("SELECT outcome, signal, stderr_tail FROM attempts WHERE trial_id = 1"),
            "timeout,9,waiting\n");
  EXPECT_THAT(run.errors, HasSubstr("waiting"));
}

TEST_F(CrashTest, APluginMayPrint) {
  EXPECT_EQ(sweep("print", "0").status.code, 0);
  EXPECT_THAT(runner_.run({"logs", "1"}).output, HasSubstr("garbage on stdout"));
}

TEST_F(CrashTest, APluginThatLeavesFailsItsTrial) {
  EXPECT_EQ(sweep("exit", "0").status.code, 1);
  EXPECT_THAT(runner_.query("SELECT error FROM trials WHERE number = 1"), HasSubstr("exit(0)"));
}

}  // namespace
}  // namespace runner::testing
