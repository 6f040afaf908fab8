#include "control/cli/git_revision.h"

#include <git2.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "unit/temporary_folder.h"

namespace runner::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::MatchesRegex;

void require(int result) {
  if (result != 0) throw std::runtime_error(git_error_last()->message);
}

// A repository with one commit of experiment.yaml.
class GitRevision : public ::testing::Test {
 protected:
  GitRevision() {
    git_libgit2_init();
    require(git_repository_init(&repository_, folder().c_str(), 0));
  }
  ~GitRevision() override {
    git_repository_free(repository_);
    git_libgit2_shutdown();
  }

  const fs::path& folder() const { return folder_.path(); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(folder() / name) << text; }

  // After the one before, if there is one. Returns its forty digits.
  std::string commit(const std::string& name) {
    git_index* index = nullptr;
    git_tree* tree = nullptr;
    git_signature* author = nullptr;
    git_oid tree_id, id;
    require(git_repository_index(&index, repository_));
    require(git_index_add_bypath(index, name.c_str()));
    require(git_index_write(index));
    require(git_index_write_tree(&tree_id, index));
    require(git_tree_lookup(&tree, repository_, &tree_id));
    require(git_signature_new(&author, "author", "author@example.org", 1, 0));
    git_oid before;
    git_commit* parent = nullptr;
    if (git_reference_name_to_id(&before, repository_, "HEAD") == 0) {
      require(git_commit_lookup(&parent, repository_, &before));
    }
    const git_commit* parents[] = {parent};
    require(
        git_commit_create(&id, repository_, "HEAD", author, author, nullptr, "commit", tree, parent ? 1 : 0, parents));
    git_commit_free(parent);
    git_signature_free(author);
    git_tree_free(tree);
    git_index_free(index);
    return git_oid_tostr_s(&id);
  }

 private:
  testing::TemporaryFolder folder_;
  git_repository* repository_ = nullptr;
};

TEST_F(GitRevision, IsTheCommitAlsoOfAFolderWithin) {
  write("experiment.yaml", "a");
  const std::string id = commit("experiment.yaml");
  EXPECT_EQ(git_revision(folder()), id);
  fs::create_directory(folder() / "within");
  EXPECT_EQ(git_revision(folder() / "within"), id);
}

TEST_F(GitRevision, SaysThatAFileWasChanged) {
  write("experiment.yaml", "a");
  const std::string id = commit("experiment.yaml");
  write("results.db", "no file that git knows");
  EXPECT_EQ(git_revision(folder()), id);
  write("experiment.yaml", "another");
  EXPECT_EQ(git_revision(folder()), id + "-dirty");
}

// The history of a shallow clone ends at commits whose parents it does not have.
TEST_F(GitRevision, OfAShallowCloneIsTheCommit) {
  write("experiment.yaml", "a");
  const std::string first = commit("experiment.yaml");
  write("experiment.yaml", "b");
  const std::string id = commit("experiment.yaml");
  ASSERT_NE(id, first);
  write(".git/shallow", id + "\n");
  fs::remove(folder() / ".git/objects" / first.substr(0, 2) / first.substr(2));
  EXPECT_EQ(git_revision(folder()), id);
  write("experiment.yaml", "c");
  EXPECT_EQ(git_revision(folder()), id + "-dirty");
}

TEST_F(GitRevision, IsEmptyWhereItCannotBeToldWhetherFilesWereChanged) {
  write("experiment.yaml", "a");
  commit("experiment.yaml");
  write(".git/index", "no index");
  EXPECT_EQ(git_revision(folder()), "");
}

// What is waited for here is the end of that patience.
TEST_F(GitRevision, OfARepositoryThatCannotBeReadIsEmpty) {
  write("experiment.yaml", "a");
  commit("experiment.yaml");
  fs::remove(folder() / ".git/config");
  ASSERT_EQ(mkfifo((folder() / ".git/config").c_str(), 0600), 0);
  EXPECT_EQ(git_revision(folder()), "");
}

TEST_F(GitRevision, IsEmptyWithoutACommit) { EXPECT_EQ(git_revision(folder()), ""); }

TEST(NoGitRevision, IsOfAFolderOutsideOfRepositoriesOrOneThatIsGone) {
  const testing::TemporaryFolder folder;
  EXPECT_EQ(git_revision(folder.path()), "");
  EXPECT_EQ(git_revision(folder.path() / "gone"), "");
}

TEST_F(GitRevision, RunsNothingThatTheRepositoryNames) {
  write("experiment.yaml", "a");
  commit("experiment.yaml");
  const fs::path script = folder() / "script", ran = folder() / "ran";
  write("script", "#!/bin/sh\n: >" + ran.string() + "\ncat\n");
  fs::permissions(script, fs::perms::owner_all);
  std::ofstream(folder() / ".git/config", std::ios::app)
      << "[core]\n  fsmonitor = " << script.string() << "\n[filter \"own\"]\n  clean = " << script.string() << "\n";
  write(".gitattributes", "*.yaml filter=own\n");
  write("experiment.yaml", "b");  // of the same size, so that its content must be read
  EXPECT_THAT(git_revision(folder()), MatchesRegex("[0-9a-f]{40}-dirty"));
  EXPECT_FALSE(fs::exists(ran));
}

}  // namespace
}  // namespace runner::cli
