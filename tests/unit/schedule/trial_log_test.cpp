// Where a trial's log lies.
#include "control/schedule/trial_log.h"

#include <gtest/gtest.h>

#include "unit/recorded_syncs.h"
#include "unit/temporary_folder.h"

namespace runner::schedule {
namespace {

namespace fs = std::filesystem;

// What a trial leaves beside it is only as safe as its folder.
TEST(TrialLog, MakesItsFolderSoThatItsNameIsOnTheDisk) {
  const testing::TemporaryFolder temporary;
  const fs::path top = fs::canonical(temporary.path());
  const TrialLog log(top / "results.files" / "7", TrialLog::Start::anew);
  EXPECT_TRUE(fs::exists(top / "results.files" / "7" / "log.txt"));
  EXPECT_EQ(testing::recorded_syncs().count(top), 1u) << "results.files";
  EXPECT_EQ(testing::recorded_syncs().count(top / "results.files"), 1u) << "results.files/7";
}

}  // namespace
}  // namespace runner::schedule
