#include "data/common/corpus_key.h"

#include <runner/params.h>
#include <sys/stat.h>

#include <ctime>
#include <filesystem>

#include "data/common/corpus_file.h"
#include "data/common/fingerprint.h"

namespace runner::text {
namespace {
namespace fs = std::filesystem;

// Every value with its length, so that no two lists of values look the same.
class Key {
 public:
  template <typename Number>
  Key& number(Number value) {
    return bytes(&value, sizeof(value));
  }
  Key& text(const std::string& value) { return bytes(value.data(), value.size()); }
  std::string finish() { return fingerprint_.finish(); }

 private:
  Key& bytes(const void* value, size_t size) {
    fingerprint_.add(&size, sizeof(size));
    fingerprint_.add(value, size);
    return *this;
  }

  Fingerprint fingerprint_;
};

bool is_before(const timespec& a, const timespec& b) {
  return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

// The clock that stamps files stands still for some milliseconds at a time; a file that it stamped just now could
// change once more without a trace.
bool would_show_a_change(const struct stat& file) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return is_before(file.st_ctim, now);
}

bool add_file(const fs::path& file, Key& key) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || !would_show_a_change(status)) return false;
  key.text(file.string()).number(status.st_size).number(status.st_dev).number(status.st_ino);
  for (const timespec& time : {status.st_mtim, status.st_ctim}) key.number(time.tv_sec).number(time.tv_nsec);
  return true;
}

bool add_source(const TextSource& source, Key& key) {
  if (!source.files) return false;
  const std::vector<fs::path> files = source.files();
  key.text(source.reading).number(files.size());
  for (const fs::path& file : files) {
    if (!add_file(file, key)) return false;
  }
  return true;
}

bool add_sources(const CorpusSources& sources, Key& key) {
  for (const auto* held_out : {&sources.valid, &sources.test}) {
    key.number(held_out->has_value());
    if (*held_out && !add_source(**held_out, key)) return false;
  }
  return add_source(sources.train, key);
}

// Whatever decides tokens; how they are cut into batches does not.
void add_options(const TextOptions& options, Key& key) {
  key.number(options.max_chars).text(options.token).number(options.lowercase).text(options.newline);
  key.number(options.vocabulary_limit).number(options.unknown);
  key.number(options.valid_fraction).number(options.test_fraction);
}

}  // namespace

std::optional<std::string> corpus_key(const TextOptions& options, const CorpusSources& sources) {
  Key key;
  key.number(kCorpusVersion);
  add_options(options, key);
  try {
    if (!add_sources(sources, key)) return std::nullopt;
  } catch (const OptionError&) {  // whoever reads the source says what is wrong
    return std::nullopt;
  } catch (const fs::filesystem_error&) {
    return std::nullopt;
  }
  return key.finish();
}

}  // namespace runner::text
