#include "common/paths.h"

#include <gtest/gtest.h>

#include <fstream>

#include "unit/temporary_folder.h"

namespace runner {
namespace {

namespace fs = std::filesystem;

// Every name leads to the same lock and folder.
class DatabaseNames : public ::testing::Test {
 protected:
  DatabaseNames() : root_(fs::canonical(folder_.path())) {
    fs::create_directory(root_ / "real");
    fs::create_directory_symlink("real", root_ / "linked");
    fs::current_path(root_);
  }
  ~DatabaseNames() override { fs::current_path("/"); }

  const testing::TemporaryFolder folder_;
  const fs::path root_;
};

TEST_F(DatabaseNames, AreAsGivenWhereThatIsTheOnlyName) {
  EXPECT_EQ(database_file("real/results.db"), "real/results.db");
  EXPECT_EQ(database_file((root_ / "not there" / "results.db").string()), root_ / "not there" / "results.db");
  EXPECT_EQ(database_file("results.db"), "results.db");
}

TEST_F(DatabaseNames, AreFollowedThroughLinksAndDots) {
  const fs::path real = root_ / "real" / "results.db";
  EXPECT_EQ(database_file("linked/results.db"), real) << "before it is there";
  EXPECT_EQ(database_file("linked/../real/results.db"), real);
  fs::create_symlink("real/results.db", root_ / "dangling.db");
  EXPECT_EQ(database_file("dangling.db"), real);
  std::ofstream(real) << "x";
  EXPECT_EQ(database_file("dangling.db"), real);
  EXPECT_EQ(database_file("./real/./results.db"), real);
}

TEST_F(DatabaseNames, ALinkThatLeadsToItselfIsLeftToWhoeverOpensIt) {
  fs::create_symlink("loop.db", root_ / "loop.db");
  EXPECT_EQ(database_file("loop.db").filename(), "loop.db");
}

TEST_F(DatabaseNames, FilesLieBesideTheDatabase) {
  EXPECT_EQ(trial_folder("a/results.db", 7), fs::path("a/results.files/7"));
  EXPECT_EQ(files_folder("a/results"), fs::path("a/results.files"));
}

}  // namespace
}  // namespace runner
