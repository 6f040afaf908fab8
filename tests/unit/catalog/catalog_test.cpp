// Finding plugins among sound and broken files, through real worker processes.
#include "control/catalog/catalog.h"
#include "common/protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>

#include "common/sha256.h"
#include "unit/catalog/small_elf.h"

namespace runner::catalog {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

fs::path fixture(const std::string& name) { return fs::path(BROKEN_PLUGIN_FOLDER) / (name + ".so"); }

// Every test has an empty plugin folder, an empty cache, and a file that plugins mark when they are opened.
class CatalogTest : public ::testing::Test {
 protected:
  CatalogTest() {
    fs::create_directory(plugins());
    setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
    setenv("FIXTURE_MARK", mark().c_str(), 1);
  }

  fs::path plugins() const { return folder_ / "plugins"; }
  fs::path mark() const { return folder_ / "mark"; }
  fs::path cached(const std::string& sha256) const {
    return folder_.path() / "cache" / "runner" / "plugins" /
           (sha256 + "-" + std::to_string(protocol::kVersion) + ".json");
  }

  void provide(const std::string& name) const { fs::copy_file(fixture(name), plugins() / (name + ".so")); }
  Catalog find() const { return find_plugins({plugins()}); }

  // The one file of the folder.
  PluginFile find_only() const {
    const Catalog catalog = find();
    EXPECT_THAT(catalog.files, SizeIs(1));
    return catalog.files.at(0);
  }

  // What is said about a fixture that cannot be used.
  std::string problem_of(const std::string& name) const {
    provide(name);
    const PluginFile plugin = find_only();
    EXPECT_THAT(plugin.components, IsEmpty());
    return plugin.problem;
  }

  testing::TemporaryFolder folder_;
};

TEST_F(CatalogTest, DescribesASoundPlugin) {
  provide("tiny");
  const PluginFile plugin = find_only();
  EXPECT_EQ(plugin.problem, "");
  EXPECT_EQ(plugin.file, plugins() / "tiny.so");
  EXPECT_EQ(plugin.sha256, sha256_of_file(plugin.file));
  EXPECT_EQ(plugin.version, "1.2.3");
  ASSERT_THAT(plugin.components, SizeIs(2));
  const Component& model = plugin.components[0];
  EXPECT_EQ(model.kind, ComponentKind::model);
  EXPECT_EQ(model.name, "tiny_model");
  EXPECT_EQ(model.doc, "a table of next-token logits");
  ASSERT_THAT(model.params, SizeIs(2));
  EXPECT_EQ(model.params[0].name, "work");
  EXPECT_EQ(model.params[0].type, ParamType::integer);
  EXPECT_EQ(std::get<int64_t>(model.params[0].default_value.value()), 0);
  EXPECT_EQ(model.params[0].max, 4096);
  EXPECT_EQ(model.params[0].unit, "rows");
  EXPECT_THAT(model.params[1].choices, SizeIs(4));
  EXPECT_EQ(plugin.components[1].kind, ComponentKind::dataset);
}

TEST_F(CatalogTest, RefusesAnotherAbiWithoutOpening) {
  EXPECT_THAT(problem_of("wrong_sdk"),
              AllOf(HasSubstr("built for SDK ABI 999, this runner uses"), HasSubstr("rebuild")));
  EXPECT_FALSE(fs::exists(mark()));
}

TEST_F(CatalogTest, RefusesAnotherLibTorchWithoutOpening) {
  EXPECT_THAT(problem_of("wrong_torch"),
              AllOf(HasSubstr("built for LibTorch 99.0.0, this runner uses"), HasSubstr("the compiler ABI 7")));
  EXPECT_FALSE(fs::exists(mark()));
}

TEST_F(CatalogTest, RefusesALibraryWithoutANoteWithoutOpening) {
  EXPECT_THAT(problem_of("no_note"), HasSubstr("no ABI note"));
  EXPECT_FALSE(fs::exists(mark()));
}

TEST_F(CatalogTest, TheMarkWouldTell) {
  problem_of("marks_when_opened");
  EXPECT_TRUE(fs::exists(mark()));
}

TEST_F(CatalogTest, RefusesWhatIsNoElfFile) {
  testing::write_file(plugins() / "text.so", "not a library\n");
  EXPECT_THAT(find_only().problem, HasSubstr("not an ELF file"));
}

TEST_F(CatalogTest, RefusesATruncatedFile) {
  provide("tiny");
  fs::resize_file(plugins() / "tiny.so", fs::file_size(plugins() / "tiny.so") / 2);
  EXPECT_THAT(find_only().problem, HasSubstr("truncated"));
}

TEST_F(CatalogTest, RefusesADescriptorOfAnotherSize) {
  EXPECT_THAT(problem_of("wrong_descriptor"), AllOf(HasSubstr("descriptor has 8 bytes"), HasSubstr("expects")));
}

TEST_F(CatalogTest, RefusesAMissingDescriptor) { EXPECT_THAT(problem_of("no_descriptor"), HasSubstr("RUNNER_PLUGIN")); }

TEST_F(CatalogTest, RefusesAMissingFactory) {
  EXPECT_THAT(problem_of("null_factory"), AllOf(HasSubstr("no_factory"), HasSubstr("no factory")));
}

TEST_F(CatalogTest, RefusesABadName) { EXPECT_THAT(problem_of("bad_name"), HasSubstr("\"Not A Name\"")); }

TEST_F(CatalogTest, RefusesANameTwice) {
  EXPECT_THAT(problem_of("duplicate_names"), HasSubstr("provides the model \"same\" twice"));
}

TEST_F(CatalogTest, RefusesADefaultOutsideItsRange) {
  EXPECT_THAT(problem_of("bad_default"), AllOf(HasSubstr("\"width\""), HasSubstr("default 0")));
}

TEST_F(CatalogTest, ReportsASchemaThatThrows) {
  EXPECT_THAT(problem_of("throws_in_schema"), AllOf(HasSubstr("\"throws\""), HasSubstr("the schema is out of order")));
}

TEST_F(CatalogTest, ReportsAnUndefinedSymbol) {
  EXPECT_THAT(problem_of("undefined_symbol"),
              AllOf(HasSubstr("undefined symbol"), HasSubstr("function_that_nobody_provides")));
}

TEST_F(CatalogTest, ReportsACrashWithItsLastWord) {
  EXPECT_THAT(problem_of("aborts_at_start"),
              AllOf(HasSubstr("SIGABRT"), HasSubstr("the configuration file is missing")));
}

// It starts a process, too, which holds its pipes open and would wait for ever.
TEST_F(CatalogTest, ReportsWhatDoesNotAnswerInTime) {
  fs::copy_file(fixture("../waiting/waits_at_start"), plugins() / "waits_at_start.so");
  const Catalog catalog = find_plugins({plugins()}, Duration{3});
  ASSERT_THAT(catalog.files, SizeIs(1));
  EXPECT_THAT(catalog.files[0].problem, AllOf(HasSubstr("did not say within 3 s what it provides"),
                                              HasSubstr("its last words: waiting for the other one")));
}

TEST_F(CatalogTest, ReportsAnEndWithoutAWord) { EXPECT_THAT(problem_of("exits_at_start"), HasSubstr("exit code 0")); }

TEST_F(CatalogTest, ABrokenFileDoesNotHideItsNeighbours) {
  for (const char* name : {"aborts_at_start", "no_note", "tiny", "wrong_sdk"}) provide(name);
  const Catalog catalog = find();
  ASSERT_THAT(catalog.files, SizeIs(4));
  EXPECT_TRUE(std::is_sorted(catalog.files.begin(), catalog.files.end(),
                             [](const PluginFile& a, const PluginFile& b) { return a.file < b.file; }));
  for (const PluginFile& plugin : catalog.files) {
    EXPECT_EQ(plugin.problem.empty(), plugin.file.filename() == "tiny.so") << plugin.file << plugin.problem;
  }
}

TEST_F(CatalogTest, MarksANameThatTwoFilesProvide) {
  provide("tiny");
  fs::copy_file(fixture("tiny"), plugins() / "twin.so");
  const Catalog catalog = find();
  ASSERT_THAT(catalog.files, SizeIs(2));
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(catalog.files[i].problem, "");
    ASSERT_THAT(catalog.files[i].components, SizeIs(2));
    EXPECT_EQ(catalog.files[i].components[0].problem, "also provided by " + catalog.files[1 - i].file.string());
  }
}

TEST_F(CatalogTest, CountsLinkedFilesAndFoldersOnce) {
  provide("tiny");
  fs::create_symlink(plugins() / "tiny.so", plugins() / "zlink.so");
  fs::create_directory_symlink(plugins(), folder_ / "link");
  const Catalog catalog = find_plugins({plugins(), plugins(), folder_ / "link", folder_ / "missing"});
  ASSERT_THAT(catalog.files, SizeIs(1));
  EXPECT_EQ(catalog.files[0].components[0].problem, "");
}

TEST_F(CatalogTest, ReportsWhatCannotBeSearchedOrRead) {
  testing::write_file(folder_ / "file", "");
  fs::create_symlink(folder_ / "nowhere", plugins() / "dangling.so");
  fs::create_directory(plugins() / "folder.so");
  const Catalog catalog = find_plugins({folder_ / "file", plugins()});
  ASSERT_THAT(catalog.files, SizeIs(2));
  EXPECT_THAT(catalog.files[0].problem, HasSubstr("Not a directory"));
  EXPECT_THAT(catalog.files[1].problem, HasSubstr("No such file"));
}

TEST_F(CatalogTest, AsksTheCacheInsteadOfOpening) {
  provide("tiny");
  const PluginFile first = find_only();
  const std::string description = testing::read_file(cached(first.sha256));
  const std::string renamed = "1.2.3-cached";
  testing::write_file(cached(first.sha256), std::string(description).replace(description.find("1.2.3"), 5, renamed));
  EXPECT_EQ(find_only().version, renamed);
}

TEST_F(CatalogTest, DoesNotTrustACorruptCache) {
  provide("tiny");
  const PluginFile first = find_only();
  for (const std::string text :
       {"", "{", "[]", "{\"version\":1}", "{\"version\":\"1\",\"components\":[{\"kind\":\"?\"}]}"}) {
    testing::write_file(cached(first.sha256), text);
    EXPECT_EQ(find_only().version, "1.2.3");
  }
}

TEST_F(CatalogTest, NeedsNoCache) {
  setenv("XDG_CACHE_HOME", "/dev/null", 1);
  provide("tiny");
  EXPECT_EQ(find_only().problem, "");
}

TEST_F(CatalogTest, DoesNotRememberFailures) {
  problem_of("aborts_at_start");
  EXPECT_FALSE(fs::exists(cached(sha256_of_file(plugins() / "aborts_at_start.so"))));
}

}  // namespace
}  // namespace runner::catalog
