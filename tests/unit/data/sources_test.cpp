// Compressed files, archives and folders, hostile ones among them.
#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <random>

#include "unit/data/support.h"

namespace runner::text {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

struct Entry {
  std::string name, bytes;
  mode_t type = AE_IFREG;
};

class Sources : public InFolder {
 protected:
  fs::path zip(const std::string& name, const std::vector<Entry>& entries) const {
    return packed(name, entries, [](archive* out) { archive_write_set_format_zip(out); });
  }
  fs::path compressed(const std::string& name, const std::string& bytes, bool gzip) const {
    return packed(name, {{"text", bytes}}, [gzip](archive* out) {
      archive_write_set_format_raw(out);
      gzip ? archive_write_add_filter_gzip(out) : archive_write_add_filter_xz(out);
    });
  }
  std::string bytes_of(const fs::path& file) const {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  template <typename SetUp>
  fs::path packed(const std::string& name, const std::vector<Entry>& entries, SetUp set_up) const {
    const Utf8Names names;
    archive* const out = archive_write_new();
    set_up(out);
    archive_write_open_filename(out, (folder_ / name).c_str());
    for (const Entry& entry : entries) add(out, entry);
    archive_write_close(out);
    archive_write_free(out);
    return folder_ / name;
  }

  static void add(archive* out, const Entry& entry) {
    archive_entry* const header = archive_entry_new();
    archive_entry_set_pathname(header, entry.name.c_str());
    archive_entry_set_filetype(header, entry.type);
    archive_entry_set_perm(header, 0644);
    if (entry.type == AE_IFLNK) archive_entry_set_symlink(header, entry.bytes.c_str());
    const bool has_bytes = entry.type == AE_IFREG;
    archive_entry_set_size(header, has_bytes ? static_cast<la_int64_t>(entry.bytes.size()) : 0);
    ASSERT_EQ(archive_write_header(out, header), ARCHIVE_OK) << archive_error_string(out);
    if (has_bytes) archive_write_data(out, entry.bytes.data(), entry.bytes.size());
    archive_entry_free(header);
  }
};

TEST_F(Sources, CompressedFilesAreTheirText) {
  std::string text;
  while (text.size() < 1000000) text += "春江花月夜 " + std::to_string(text.size());
  const std::string plain = text_of(write("plain.txt", text));
  EXPECT_EQ(plain, text);
  EXPECT_EQ(text_of(compressed("a.gz", text, true)), text);
  EXPECT_EQ(text_of(compressed("a.XZ", text, false)), text);
  options_.max_chars = 7;
  EXPECT_EQ(text_of(folder_ / "a.gz"), "春江花月夜 0");
}

TEST_F(Sources, CompressedFilesMayHaveSeveralMembers) {
  const std::string first = bytes_of(compressed("a.gz", "ab", true)), then = bytes_of(compressed("b.gz", "cd", true));
  EXPECT_EQ(text_of(write("both.gz", first + then)), "abcd");
}

TEST_F(Sources, ArchivesAreReadInTheOrderOfTheirNames) {
  EXPECT_EQ(text_of(zip("a.zip", {{"b", "two "}, {"c/x", "three "}, {"a.txt", "one "}, {"c-d", "3"}})),
            "one  two  3 three ");
  EXPECT_EQ(text_of(zip("joined.zip", {{"a", "x\n"}, {"b", "y"}, {"c", ""}, {"d", "z"}})), "x y z");
}

TEST_F(Sources, AFolderAndItsZipAreTheSameText) {
  std::mt19937 random(7);
  const std::vector<std::string> names = {"a.txt", "a/b", "a/诗", "a-", "b/c/d", "z", "李/白", "b/c.x"};
  for (int round = 0; round < 10; ++round) {
    fs::remove_all(folder_ / "tree");
    std::vector<Entry> entries;
    for (const std::string& name : names) {
      entries.push_back({name, "text of " + name + std::string(random() % 4, '\n')});
      write("tree/" + name, entries.back().bytes);
    }
    std::shuffle(entries.begin(), entries.end(), random);
    const std::string text = text_of(folder_ / "tree");
    ASSERT_EQ(text_of(zip("tree.zip", entries)), text);
    ASSERT_THAT(text, HasSubstr("text of 李/白"));
  }
}

TEST_F(Sources, FoldersHoldAnyOfTheFilesThatMayBeNamed) {
  write("tree/a", "plain");
  fs::rename(compressed("b.gz", "packed", true), folder_ / "tree" / "b.gz");
  fs::rename(zip("c.zip", {{"x", "zipped"}}), folder_ / "tree" / "c.zip");
  EXPECT_EQ(text_of(folder_ / "tree"), "plain packed zipped");
}

TEST_F(Sources, HiddenFilesAreLeftOut) {
  write("tree/.git/config", "\xFF");
  write("tree/.DS_Store", "\xFF");
  write("tree/a", "seen");
  EXPECT_EQ(text_of(folder_ / "tree"), "seen");
  EXPECT_EQ(text_of(zip("a.zip", {{"__MACOSX/a", "\xFF"}, {"d/.DS_Store", "\xFF"}, {"d/a", "seen"}})), "seen");
}

TEST_F(Sources, LinksThatLeaveAFolderAreRefusedAndOthersNotFollowed) {
  write("tree/a", "once");
  fs::create_symlink("a", folder_ / "tree" / "b");
  fs::create_symlink(".", folder_ / "tree" / "round");
  EXPECT_EQ(text_of(folder_ / "tree"), "once");
  write("secret", "out");
  for (const char* target : {"../secret", "/etc/passwd", "../nowhere", "..", "../tree2", "link"}) {
    fs::create_symlink(target, folder_ / "tree" / "link");
    EXPECT_THAT(refusal(folder_ / "tree"), AllOf(HasSubstr("tree/link"), HasSubstr("leads out of the folder")));
    fs::remove(folder_ / "tree" / "link");
  }
  mkfifo((folder_ / "tree" / "pipe").c_str(), 0600);
  EXPECT_THAT(refusal(folder_ / "tree"), AllOf(HasSubstr("tree/pipe"), HasSubstr("no regular file")));
}

TEST_F(Sources, EmptyOnesAreRefused) {
  fs::create_directories(folder_ / "tree" / "below");
  EXPECT_THAT(refusal(folder_ / "tree"), HasSubstr("the folder holds no files"));
  EXPECT_THAT(refusal(zip("a.zip", {{"d/", "", AE_IFDIR}})), HasSubstr("it holds no files"));
  EXPECT_THAT(refusal(compressed("a.gz", "", true)), HasSubstr("it is empty"));
  write("tree/a", "");
  EXPECT_THAT(refusal(folder_ / "tree"), HasSubstr("it is empty"));
}

TEST_F(Sources, WrongBytesAreCountedInTheirEntry) {
  EXPECT_THAT(refusal(zip("a.zip", {{"b/bad", "界\xFFx"}, {"a", "good"}})),
              AllOf(HasSubstr("a.zip, entry b/bad:"), HasSubstr("see its byte 3,")));
  EXPECT_THAT(refusal(zip("cut.zip", {{"a", "x\xE7"}, {"b", "\x95\x8C"}})),
              AllOf(HasSubstr("entry a:"), HasSubstr("see its byte 1,")));
  EXPECT_THAT(refusal(compressed("a.gz", "ab\xFF", true)), AllOf(HasSubstr("a.gz, unpacked"), HasSubstr("byte 2,")));
}

TEST_F(Sources, EntriesThatLeadElsewhereAreRefused) {
  for (const char* name : {"../up", "a/../../up", "a/..", "/etc/passwd"}) {
    EXPECT_THAT(refusal(zip("a.zip", {{"fine", "text"}, {name, "x"}})),
                AllOf(HasSubstr("a.zip, entry "), HasSubstr("leads out of the archive")))
        << name;
  }
  EXPECT_THAT(refusal(zip("b.zip", {{"fine", "text"}, {"link", "/etc/passwd", AE_IFLNK}})),
              AllOf(HasSubstr("entry link:"), HasSubstr("a link or a device")));
}

// Its window would be as large as the entry says.
TEST_F(Sources, EntriesPackedByLzmaAreRefused) {
  std::string bytes = bytes_of(zip("a.zip", {{"fine", "text"}}));
  const auto set_method = [&](const char* header, size_t offset) { bytes.at(bytes.find(header) + offset) = 14; };
  set_method("PK\x03\x04", 8);
  set_method("PK\x01\x02", 10);
  EXPECT_THAT(refusal(write("b.zip", bytes)), AllOf(HasSubstr("entry fine:"), HasSubstr("method that is not read")));
}

TEST_F(Sources, WhatUnpacksWithoutEndIsRefused) {
  const std::string zeros(1 << 20, 'a');
  options_.max_bytes.bytes = 1000000;
  for (const auto& file : {compressed("a.gz", zeros, true), zip("a.zip", {{"b", zeros}, {"a", "x"}}),
                           zip("b.zip", {{"a", std::string(600000, 'a')}, {"b", std::string(600000, 'a')}})}) {
    EXPECT_THAT(refusal(file, "max_bytes"), AllOf(HasSubstr(file.string()), HasSubstr("1000000 bytes")));
  }
  options_.max_bytes.bytes = 1 << 20;
  EXPECT_EQ(text_of(folder_ / "a.gz").size(), zeros.size());
  options_.max_bytes.bytes = 1000000;
  options_.max_chars = 10;  // stops long before
  EXPECT_EQ(text_of(folder_ / "a.gz").size(), 10u);
}

TEST_F(Sources, DamagedFilesAreRefused) {
  std::mt19937 random(3);
  std::string text;
  for (int i = 0; i < 300000; ++i) text += static_cast<char>('a' + random() % 26);
  const std::string gzip = bytes_of(compressed("a.gz", text, true)), xz = bytes_of(compressed("a.xz", text, false));
  const std::string archive = bytes_of(zip("a.zip", {{"a", text}}));
  for (const auto& [name, bytes] :
       {std::pair<std::string, std::string>{"cut.gz", gzip}, {"cut.xz", xz}, {"cut.zip", archive}}) {
    EXPECT_THAT(refusal(write(name, bytes.substr(0, bytes.size() / 2))), HasSubstr("cannot read")) << name;
  }
  std::string changed = archive;
  changed[changed.size() / 2] ^= 1;
  EXPECT_THAT(refusal(write("changed.zip", changed)), AllOf(HasSubstr("entry a"), HasSubstr("cannot read")));
  EXPECT_THAT(refusal(write("plain.gz", "just text")), HasSubstr("not one text compressed with gzip"));
  EXPECT_THAT(refusal(write("wrong.xz", gzip)), HasSubstr("cannot read"));
  EXPECT_THAT(refusal(write("twice.gz", bytes_of(compressed("b.gz", gzip, true)))), HasSubstr("not one text"));
  EXPECT_THAT(refusal(write("plain.zip", "just text")), HasSubstr("cannot read"));
}

TEST_F(Sources, OtherArchivesAreNamedAsSuch) {
  for (const char* name : {"a.tar", "a.tar.gz", "a.tgz", "a.bz2", "a.7z"}) {
    EXPECT_THAT(refusal(write(name, "x")), AllOf(HasSubstr(name), HasSubstr("unpack it"))) << name;
  }
}

}  // namespace
}  // namespace runner::text
