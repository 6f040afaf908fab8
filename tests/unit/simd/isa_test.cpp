// Which instruction set is used, and how the environment limits it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <runner/isa.h>

namespace runner::simd {
namespace {

class BestIsa : public ::testing::Test {
 protected:
  void SetUp() override { unsetenv("RUNNER_ISA"); }
  void TearDown() override { unsetenv("RUNNER_ISA"); }

  static Isa limited_to(const char* name) {
    setenv("RUNNER_ISA", name, 1);
    return best_isa();
  }
};

TEST_F(BestIsa, IsTheLastThatCanBeUsed) {
  EXPECT_EQ(usable_isas().front(), Isa::baseline);
  EXPECT_EQ(best_isa(), usable_isas().back());
  EXPECT_EQ(limited_to(""), usable_isas().back()) << "empty counts as unset";
}

TEST_F(BestIsa, IsNoneAboveTheLimit) {
  for (const Isa isa : usable_isas()) EXPECT_EQ(limited_to(isa_name(isa)), isa);
}

// The best set of all is a limit that every processor keeps.
TEST_F(BestIsa, ALimitThatTheProcessorLacksChangesNothing) { EXPECT_EQ(limited_to("avx512"), usable_isas().back()); }

TEST_F(BestIsa, RefusesAnUnknownName) {
  for (const char* name : {"avx", "AVX2", "avx512 "}) {
    try {
      limited_to(name);
      ADD_FAILURE() << name << " was accepted";
    } catch (const std::invalid_argument& error) {
      EXPECT_EQ(error.what(), "the environment variable RUNNER_ISA is \"" + std::string(name) +
                                  "\"; expected baseline, avx2 or avx512, or unset it");
    }
  }
}

TEST(Choose, TakesTheOneOfTheSet) {
  const std::string baseline = "b", avx2 = "2", avx512 = "5";
  EXPECT_EQ(choose(Isa::baseline, baseline, avx2, avx512), "b");
  EXPECT_EQ(choose(Isa::avx2, baseline, avx2, avx512), "2");
  EXPECT_EQ(choose(Isa::avx512, baseline, avx2, avx512), "5");
}

}  // namespace
}  // namespace runner::simd
