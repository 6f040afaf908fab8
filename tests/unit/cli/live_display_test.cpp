#include "control/cli/live_display.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "control/schedule/attempt.h"
#include "unit/temporary_folder.h"

namespace runner::cli {
namespace {

using ::testing::HasSubstr;

// What a worker says of a trial, as the picture shows it.
class LiveDisplayTest : public ::testing::Test {
 protected:
  LiveDisplayTest() {
    task_.view = {1, 1, "lr=0.1", 10, 5, 1};
    display_.on_sweep_start({"test", 1, 1, 0, 0, 1, 1});
    display_.on_trial_start(task_.view, 1, "cuda:0");
  }

  void hear(const char* type, Json body) { attempt_.on_event({type, std::move(body)}); }

  // What is on the terminal after the next paint.
  std::string picture() {
    ::testing::internal::CaptureStderr();
    display_.on_warning(task_.view, "this has the display painted at once");
    return ::testing::internal::GetCapturedStderr();
  }

  const runner::testing::TemporaryFolder folder_;
  store::Store store_{folder_.path() / "results.db"};
  schedule::Task task_;
  LiveDisplay display_;
  schedule::Attempt attempt_{task_, "cuda:0", folder_.path(), store_, display_};
};

const Json kProgress = {{"epoch", 3}, {"batch", 1}, {"batches", 2}, {"tokens_per_second", 1000.0}};

TEST_F(LiveDisplayTest, ShowsTheLossSoFarAsPerplexity) {
  Json progress = kProgress;
  progress["loss"] = std::log(42.0);
  hear("progress", progress);
  EXPECT_THAT(picture(), HasSubstr("epoch   3/10  perplexity 42 "));
}

TEST_F(LiveDisplayTest, ADeviceThatIsNotReadBackShowsTheLastEpochs) {
  hear("progress", kProgress);
  EXPECT_THAT(picture(), HasSubstr("epoch   3/10  perplexity –"));
  display_.on_epoch(task_.view, {3, {{"loss", std::log(42.0)}}, ""});
  Json progress = kProgress;
  progress["epoch"] = 4;
  hear("progress", progress);
  EXPECT_THAT(picture(), HasSubstr("epoch   4/10  perplexity 42 "));
}

}  // namespace
}  // namespace runner::cli
