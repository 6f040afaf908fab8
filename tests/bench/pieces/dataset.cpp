// Opening a text: decoding, vocabulary, tokens.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "data/text/text_dataset.h"

namespace runner::bench {
namespace {

// A file of so many Chinese characters, three bytes each, removed at the end.
class TextFile {
 public:
  explicit TextFile(int64_t characters) {
    std::string name = (std::filesystem::temp_directory_path() / "runner-bench-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    std::mt19937 random(1);
    std::ofstream file(path(), std::ios::binary);
    for (int64_t i = 0; i < characters; ++i) {
      const unsigned offset = static_cast<unsigned>(random()) % 1024;
      file << '\xe4' << static_cast<char>(0xb8 + offset / 64 % 8) << static_cast<char>(0x80 + offset % 64);
    }
  }
  ~TextFile() { std::filesystem::remove_all(folder_); }
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;
  std::filesystem::path path() const { return folder_ / "text.txt"; }

 private:
  std::filesystem::path folder_;
};

void open_text(benchmark::State& state) {
  const TextFile file(state.range(0));
  text::TextFileOptions options;
  options.path = file.path();
  for (auto _ : state) benchmark::DoNotOptimize(text::TextDataset(options).vocabulary_size());
  state.SetItemsProcessed(state.iterations() * state.range(0));  // characters
}
BENCHMARK(open_text)->Arg(10'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace runner::bench
