// Texts that are kept between openings: the same as if they were read, whatever happens to what is kept.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <random>

#include "data/common/content_hash.h"
#include "data/common/corpus_cache.h"
#include "unit/data/support.h"

namespace runner::text {
namespace {

bool same_part(const Part& a, const Part& b) {
  return at::equal(a.tokens, b.tokens) && a.characters_per_token == b.characters_per_token;
}

bool same(const Corpus& a, const Corpus& b) {
  return a.vocabulary.texts() == b.vocabulary.texts() && a.vocabulary.unknown() == b.vocabulary.unknown() &&
         a.is_cut == b.is_cut && same_part(a.train, b.train) && same_part(a.valid, b.valid) &&
         same_part(a.test, b.test) && content_hash(a) == content_hash(b);
}

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_bytes(const fs::path& file, const std::string& bytes) { std::ofstream(file, std::ios::binary) << bytes; }

class CorpusCache : public InFolder {
 protected:
  CorpusCache() {
    fs::create_directory(cache_);
    text_ = written("text.txt", "ab ba\nabc 界 cab\n");
  }

  // A file that is old enough for a change of it to show: the clock that stamps files has gone on.
  fs::path written(const std::string& name, const std::string& bytes) const {
    const fs::path file = write(name, bytes);
    struct stat status {};
    stat(file.c_str(), &status);
    const auto nanoseconds = [](const timespec& time) { return time.tv_sec * int64_t{1000000000} + time.tv_nsec; };
    for (timespec now{}; nanoseconds(now) <= nanoseconds(status.st_ctim);) clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return file;
  }

  TextSource counted(const fs::path& path) {
    TextSource source = text_source(path, "path", 1 << 20);
    source.read = [this, read = source.read](DocumentSink& sink) {
      ++reads_;
      read(sink);
    };
    return source;
  }
  CorpusSources sources() { return {counted(text_), {}, {}}; }

  // Whether opening the text reads it, having compared it with a text that is read in any case.
  bool reads(const CorpusSources& sources) {
    const Corpus expected = load_corpus(options_, sources);
    reads_ = 0;
    EXPECT_TRUE(same(open_corpus(options_, sources, cache_), expected));
    return reads_ > 0;
  }
  bool reads() { return reads(sources()); }

  // All files but the locks.
  std::vector<fs::path> kept() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(cache_)) {
      if (entry.path().extension() != ".lock") files.push_back(entry.path());
    }
    return files;
  }

  const fs::path cache_ = folder_ / "cache";
  fs::path text_;
  int reads_ = 0;
};

TEST_F(CorpusCache, ATextIsReadOnce) {
  EXPECT_TRUE(reads());
  EXPECT_FALSE(reads());
  EXPECT_FALSE(reads());
  EXPECT_EQ(kept().size(), 1u);
}

TEST_F(CorpusCache, WithoutAFolderNothingIsKept) {
  open_corpus(options_, sources(), "");
  open_corpus(options_, sources(), "");
  EXPECT_EQ(reads_, 2);
}

TEST_F(CorpusCache, WhateverDecidesTokensIsToldApart) {
  const std::vector<std::function<void(TextOptions&)>> changes = {
      [](TextOptions& o) { o.max_chars = 7; },       [](TextOptions& o) { o.token = "word"; },
      [](TextOptions& o) { o.token = "byte"; },      [](TextOptions& o) { o.lowercase = true; },
      [](TextOptions& o) { o.newline = "keep"; },    [](TextOptions& o) { o.vocabulary_limit = 3; },
      [](TextOptions& o) { o.unknown = true; },      [](TextOptions& o) { o.valid_fraction = 0.3; },
      [](TextOptions& o) { o.test_fraction = 0.3; }, [](TextOptions& o) { o.token = "word", o.vocabulary_limit = 3; }};
  const TextFileOptions plain = options_;
  ASSERT_TRUE(reads());
  for (size_t i = 0; i < changes.size(); ++i) {
    options_ = plain;
    changes[i](options_);
    EXPECT_TRUE(reads()) << i;
    EXPECT_FALSE(reads()) << i;
  }
}

TEST_F(CorpusCache, HowTokensAreCutIntoBatchesMakesNoDifference) {
  reads();
  options_.num_steps = 3;
  options_.batch_size = 2;
  options_.sampling = "random";
  EXPECT_FALSE(reads());
}

TEST_F(CorpusCache, HeldOutTextsAreKeptToo) {
  CorpusSources both = sources();
  both.valid = counted(written("valid.txt", "abba"));
  EXPECT_TRUE(reads(both));
  EXPECT_FALSE(reads(both));
  EXPECT_TRUE(reads());
  std::swap(both.valid, both.test);
  EXPECT_TRUE(reads(both));
}

TEST_F(CorpusCache, ADatasetIsTheSameOneFromIt) {
  options_.path = text_;
  options_.valid_fraction = 0.4;
  const TextDataset first(options_, {cache_}), second(options_, {cache_}), without(options_);
  ASSERT_EQ(kept().size(), 1u);
  for (const TextDataset* data : {&first, &second}) {
    EXPECT_EQ(data->content_hash(), without.content_hash());
    EXPECT_EQ(decoded(*data, Split::train), decoded(without, Split::train));
    EXPECT_EQ(decoded(*data, Split::valid), decoded(without, Split::valid));
    EXPECT_EQ(data->encode("cab"), without.encode("cab"));
  }
}

TEST_F(CorpusCache, AChangedFileIsReadAgain) {
  reads();
  struct stat before {};
  stat(text_.c_str(), &before);
  written("text.txt", "ba ab\nabc 界 cab\n");  // as long as before
  const timespec times[] = {before.st_atim, before.st_mtim};
  utimensat(AT_FDCWD, text_.c_str(), times, 0);  // and as old, by what anybody may set
  written("later", "");
  EXPECT_TRUE(reads());
  written("other.txt", bytes_of(text_));
  fs::rename(folder_ / "other.txt", text_);
  written("later", "");
  EXPECT_TRUE(reads());
  EXPECT_FALSE(reads());
}

TEST_F(CorpusCache, AFolderIsReadAgainWhenItsFilesAreOthers) {
  written("tree/a", "ab");
  text_ = folder_ / "tree";
  EXPECT_TRUE(reads());
  EXPECT_FALSE(reads());
  const fs::path more = written("tree/b", "cd");
  EXPECT_TRUE(reads());
  fs::rename(more, folder_ / "tree" / "A");
  written("later", "");
  EXPECT_TRUE(reads());
}

TEST_F(CorpusCache, WhatIsDamagedIsNotUsed) {
  options_.token = "word";  // the fastest to read
  reads();
  const fs::path file = kept().at(0);
  const std::string good = bytes_of(file);
  std::mt19937 random(11);
  for (int round = 0; round < 1000; ++round) {
    std::string bad = good;
    if (round % 4 == 0) bad.resize(random() % good.size());
    if (round % 4 == 1) bad.append(1 + random() % 100, '\0');
    if (round % 4 >= 2) {
      for (size_t changes = 1 + random() % 8; changes > 0; --changes)
        bad[random() % bad.size()] = static_cast<char>(random());
    }
    write_bytes(file, bad);
    reads();  // compares
    ASSERT_FALSE(::testing::Test::HasFailure()) << "round " << round;
  }
}

// Every byte but the padding is under the checksum.
TEST_F(CorpusCache, NoSingleBitIsLost) {
  options_.token = "word";
  reads();
  const fs::path file = kept().at(0);
  const std::string good = bytes_of(file);
  size_t unnoticed = 0;
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (1 << i % 8));
    write_bytes(file, bad);
    unnoticed += !reads();
  }
  EXPECT_LT(unnoticed, 64u);
}

TEST_F(CorpusCache, WhatIsNoFileOfItsKeyIsNotUsed) {
  reads();
  const fs::path file = kept().at(0);
  options_.lowercase = true;
  reads();
  const std::vector<fs::path> two = kept();
  fs::copy_file(two[two[0] == file], file, fs::copy_options::overwrite_existing);
  options_.lowercase = false;
  EXPECT_TRUE(reads());
  fs::remove(file);
  mkfifo(file.c_str(), 0600);
  EXPECT_TRUE(reads());
  fs::remove(file);
  fs::create_directory(file);
  EXPECT_TRUE(reads());
  fs::remove(file);
  write_bytes(folder_ / "elsewhere", "");
  fs::create_symlink(folder_ / "elsewhere", file);
  EXPECT_TRUE(reads());
  EXPECT_FALSE(reads());
  EXPECT_EQ(fs::file_size(folder_ / "elsewhere"), 0u);
}

TEST_F(CorpusCache, WhatCannotBeKeptIsNoError) {
  fs::remove(cache_);
  EXPECT_TRUE(reads());
  write_bytes(cache_, "a file");
  EXPECT_TRUE(reads());
  EXPECT_EQ(bytes_of(cache_), "a file");
}

TEST_F(CorpusCache, AFullDiskIsNoErrorAndNothingHalfIsLeft) {
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  const rlimit tight = {100, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &tight);
  EXPECT_TRUE(reads());
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  EXPECT_TRUE(kept().empty());
}

TEST_F(CorpusCache, AWrongTextIsTheSameErrorEveryTime) {
  text_ = written("bad.txt", "ab\xFF");
  for (int i = 0; i < 2; ++i) EXPECT_THROW(open_corpus(options_, sources(), cache_), OptionError);
  text_ = folder_ / "missing.txt";
  EXPECT_THROW(open_corpus(options_, sources(), cache_), OptionError);
  EXPECT_TRUE(kept().empty());
}

TEST_F(CorpusCache, WhatIsOpenStaysWhenTheFolderIsRemoved) {
  reads();
  const Corpus corpus = open_corpus(options_, sources(), cache_);
  fs::remove_all(cache_);
  EXPECT_TRUE(same(corpus, load_corpus(options_, sources())));
}

TEST_F(CorpusCache, OfSeveralProcessesAtOnceOneReads) {
  const Corpus expected = load_corpus(options_, sources());
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    children.push_back(fork());
    if (children.back() != 0) continue;
    reads_ = 0;
    _exit(same(open_corpus(options_, sources(), cache_), expected) ? reads_ : 100);
  }
  int all_reads = 0;
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    all_reads += WEXITSTATUS(status);
  }
  EXPECT_EQ(all_reads, 1);
  EXPECT_EQ(kept().size(), 1u);
  EXPECT_FALSE(reads());
}

}  // namespace
}  // namespace runner::text
