#include "fuzz/target.h"

#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>

#include "unit/temporary_folder.h"

namespace runner::fuzz {

// Of the processor: the machine may have other work. What has no end meets libFuzzer's own limit, see ./run.
constexpr std::clock_t kMostTime = 10 * CLOCKS_PER_SEC;

void require(bool holds, const char* promise) {
  if (holds) return;
  std::cerr << "broken promise: " << promise << std::endl;
  std::abort();
}

const std::filesystem::path& folder() {
  static const testing::TemporaryFolder made;
  return made.path();
}

std::filesystem::path as_file(std::string_view bytes, const std::string& name) {
  std::filesystem::path file = folder() / name;
  std::ofstream out(file, std::ios::binary);
  out << bytes;
  require(!out.flush().fail(), "the temporary folder can be written");
  return file;
}

}  // namespace runner::fuzz

// What libFuzzer and replay.cpp call.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::clock_t begin = std::clock();
  runner::fuzz::run({reinterpret_cast<const char*>(data), size});
  runner::fuzz::require(std::clock() - begin < runner::fuzz::kMostTime, "an input takes less than ten seconds");
  return 0;
}
