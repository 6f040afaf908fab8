#include "fuzz/target.h"

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "unit/temporary_folder.h"

namespace runner::fuzz {

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
  runner::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
