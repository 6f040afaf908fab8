#include "control/cli/outcome.h"

#include <gmock/gmock.h>

#include <new>
#include <stdexcept>

#include "common/json.h"

namespace runner::cli {
namespace {

using ::testing::StartsWith;

struct Outcome {
  ExitCode code;
  std::string said;  // on standard error
};

Outcome outcome_of(const Action& action) {
  ::testing::internal::CaptureStderr();
  const ExitCode code = run_to_outcome(action);
  return {code, ::testing::internal::GetCapturedStderr()};
}

TEST(Outcome, OfAnActionIsWhatItReturns) {
  const Outcome outcome = outcome_of([] { return ExitCode::trials_failed; });
  EXPECT_EQ(outcome.code, ExitCode::trials_failed);
  EXPECT_EQ(outcome.said, "");
}

TEST(Outcome, OfAnErrorIsItsSentenceAndItsCode) {
  const Outcome outcome = outcome_of([]() -> ExitCode { throw RequestError("no sweep depth\nThe latest: width"); });
  EXPECT_EQ(outcome.code, ExitCode::bad_request);
  EXPECT_EQ(outcome.said, "runner: no sweep depth\nThe latest: width\n");
}

TEST(Outcome, OfWhatNobodyForesawIsThatTheMachineFailed) {
  const Outcome json = outcome_of([] { return Json("x").get<bool>() ? ExitCode::success : ExitCode::trials_failed; });
  EXPECT_EQ(json.code, ExitCode::environment);
  EXPECT_THAT(json.said, StartsWith("runner: the database holds JSON that is not as a runner writes it: "));
  EXPECT_EQ(outcome_of([]() -> ExitCode { throw std::bad_alloc(); }).said, "runner: out of memory\n");
  EXPECT_THAT(outcome_of([]() -> ExitCode { throw std::logic_error("x"); }).said,
              StartsWith("runner: unexpected error, please report it: x"));
}

// It may quote a file, or a database, of anybody's.
TEST(Outcome, SentencesCannotReachTheTerminalAsCommands) {
  const Outcome outcome = outcome_of([]() -> ExitCode { throw EnvironmentError("sweep \x1b[2J\xff"); });
  EXPECT_EQ(outcome.said, "runner: sweep \\x1b[2J\uFFFD\n");
}

}  // namespace
}  // namespace runner::cli
