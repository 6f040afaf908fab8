// New folders, and what of them is on the disk.
#include "common/folder.h"

#include <gmock/gmock.h>

#include <fstream>

#include "common/error.h"
#include "unit/recorded_syncs.h"
#include "unit/temporary_folder.h"

namespace runner {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

TEST(Folders, AreMadeWithThoseAboveThemAndEachNameIsOnTheDisk) {
  const testing::TemporaryFolder temporary;
  const fs::path top = fs::canonical(temporary.path());
  make_folders(top / "a" / "b" / "c");
  EXPECT_TRUE(fs::is_directory(top / "a" / "b" / "c"));
  const auto synced = testing::recorded_syncs();
  for (const fs::path& parent : {top, top / "a", top / "a" / "b"}) EXPECT_EQ(synced.count(parent), 1u) << parent;
}

TEST(Folders, ThatAreThereStayAsTheyAre) {
  const testing::TemporaryFolder temporary;
  std::ofstream(temporary.path() / "file") << "text";
  make_folders(temporary.path());
  EXPECT_TRUE(fs::exists(temporary.path() / "file"));
}

TEST(Folders, SayWhichCannotBeMade) {
  const testing::TemporaryFolder temporary;
  std::ofstream(temporary.path() / "file") << "text";
  const fs::path folder = temporary.path() / "file" / "a";
  try {
    make_folders(folder);
    FAIL() << "it was made in a file";
  } catch (const EnvironmentError& error) {
    EXPECT_THAT(error.what(), HasSubstr("cannot create the folder " + folder.string() + ": Not a directory"));
  }
}

}  // namespace
}  // namespace runner
