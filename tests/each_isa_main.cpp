// The main of programs that ctest runs once for each instruction set.
#include <gtest/gtest.h>
#include <runner/isa.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

constexpr int kSkipped = 77;  // SKIP_RETURN_CODE in CMakeLists.txt

std::string wanted_isa() {
  const char* const name = std::getenv("RUNNER_ISA");
  return name ? name : "";
}

}  // namespace

// RUNNER_ISA is an upper limit: kernels of a set that the processor lacks would pass as tested, with others in their
// place.
int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  const std::string wanted = wanted_isa(), used = runner::simd::isa_name(runner::simd::best_isa());
  if (!wanted.empty() && wanted != used) {
    std::printf("skipped: this processor has %s, but not %s\n", used.c_str(), wanted.c_str());
    return kSkipped;
  }
  return RUN_ALL_TESTS();
}
