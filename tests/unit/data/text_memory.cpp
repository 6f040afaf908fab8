// How much memory a text takes while it is opened: the most that its process ever has, above what it has before. Each
// text is opened twice, read by one process and taken from what that one kept by another.
#include <ATen/ATen.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "data/text/text_dataset.h"

namespace {

namespace fs = std::filesystem;

// Words of a vocabulary of 50,000, some of them much more frequent than others, twelve to a line.
void write_text(const fs::path& file, int64_t characters) {
  std::mt19937 random(1);
  std::vector<std::string> words(50000);
  for (std::string& word : words) {
    for (size_t length = 2 + random() % 9; length > 0; --length) word += static_cast<char>('a' + random() % 26);
  }
  std::ofstream out(file, std::ios::binary);
  std::string line;
  for (int64_t written = 0; written < characters; written += static_cast<int64_t>(line.size())) {
    line.clear();
    for (int i = 0; i < 12; ++i) line += words[random() % (1 + random() % words.size())] + (i < 11 ? ' ' : '\n');
    out << line;
  }
}

double resident_bytes() {
  int64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;
  return static_cast<double>(pages) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double peak_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024;
}

bool open_within(const fs::path& file, const std::string& token, const fs::path& cache, double limit) {
  const double before = resident_bytes();
  const auto start = std::chrono::steady_clock::now();
  runner::text::TextFileOptions options;
  options.path = file;
  options.token = token;
  const runner::text::TextDataset data(options, {cache});
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  const double characters = static_cast<double>(fs::file_size(file));
  const double per_character = (peak_bytes() - before) / characters;
  std::printf("%-4s %12.0f characters, vocabulary %lld: %.3f bytes a character, at most %.3f allowed; %.3f s\n",
              token.c_str(), characters, static_cast<long long>(data.vocabulary_size()), per_character, limit,
              seconds.count());
  return per_character <= limit;
}

// In a process of its own, since a peak never falls.
bool child_opens_within(const fs::path& file, const std::string& token, const fs::path& cache, double limit) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    const bool good = open_within(file, token, cache, limit);
    std::fflush(stdout);
    _exit(good ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("text_memory MEGABYTES BYTES_A_CHARACTER\n", stderr);
    return 2;
  }
  std::string folder = (fs::temp_directory_path() / "runner-memory-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return 3;
  const fs::path file = fs::path(folder) / "text.txt";
  write_text(file, std::stoll(argv[1]) * 1000000);
  bool good = true;
  for (const char* token : {"char", "word", "byte"}) {
    const fs::path cache = fs::path(folder) / token;
    fs::create_directory(cache);
    for (int times = 0; times < 2; ++times) good = child_opens_within(file, token, cache, std::stod(argv[2])) && good;
    fs::remove_all(cache);
  }
  fs::remove_all(folder);
  return good ? 0 : 1;
}
