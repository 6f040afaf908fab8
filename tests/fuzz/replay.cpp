// Takes the place of libFuzzer in ordinary builds: fuzz_NAME FOLDER… gives every file of the folders to the target,
// once.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void replay(const fs::path& file) {
  std::cerr << file.string() << std::endl;  // the last one named is the one that failed
  const std::string bytes = content_of(file);
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  for (const std::string& folder : std::vector<std::string>(argv + 1, argv + argc)) {
    const std::vector<fs::path> files = files_in(folder);
    if (files.empty()) return std::cerr << folder << " holds no inputs\n", 1;
    std::for_each(files.begin(), files.end(), replay);
  }
}
