#include "common/text.h"

#include <gtest/gtest.h>

#include "common/process.h"

namespace runner {
namespace {

TEST(Utf8, NamesTheFirstInvalidByte) {
  EXPECT_EQ(invalid_utf8_offset("分开"), std::nullopt);
  EXPECT_EQ(invalid_utf8_offset("ab\xff"), 2u);
  EXPECT_EQ(invalid_utf8_offset("春\xe6\x98"), 3u);    // cut short
  EXPECT_EQ(invalid_utf8_offset("\xc0\x80"), 0u);      // overlong
  EXPECT_EQ(invalid_utf8_offset("\xed\xa0\x80"), 0u);  // a surrogate
}

TEST(Utf8, InvalidBytesAreReplaced) {
  EXPECT_EQ(replace_invalid_utf8("a\xff"
                                 "b"),
            "a\xef\xbf\xbd"
            "b");
}

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("分开"), 4);
  EXPECT_EQ(display_width("e\xcc\x81"), 1);  // e and a combining accent
  EXPECT_EQ(display_width("\n"), 0);
}

TEST(TruncateToWidth, NeverExceedsTheColumns) {
  EXPECT_EQ(truncate_to_width("abcdef", 6), "abcdef");
  EXPECT_EQ(truncate_to_width("abcdefg", 6), "abcde…");
  EXPECT_EQ(truncate_to_width("分开分开", 4), "分…");
  for (int columns = 0; columns < 12; ++columns)
    EXPECT_LE(display_width(truncate_to_width("a分b开c分", columns)), columns);
}

TEST(NearestName, FindsLikelySlipsOnly) {
  const std::vector<std::string> names = {"hidden_size", "num_layers", "dropout"};
  EXPECT_EQ(nearest_name("hiden_size", names), "hidden_size");
  EXPECT_EQ(nearest_name("dorpout", names), "dropout");
  EXPECT_EQ(nearest_name("temperature", names), std::nullopt);
  EXPECT_EQ(nearest_name("x", {"y"}), std::nullopt);
}

TEST(SomeOf, CountsWhatItLeavesOut) {
  EXPECT_EQ(some_of({}, ", "), "");
  EXPECT_EQ(some_of({"a", "b"}, "; "), "a; b");
  EXPECT_EQ(some_of(std::vector<std::string>(10, "a"), ","), "a,a,a,a,a,a,a,a,a,a");
  EXPECT_EQ(some_of(std::vector<std::string>(12, "a"), ","), "a,a,a,a,a,a,a,a,a,a and 2 more");
}

TEST(Plural, IsForAllNumbersButOne) {
  EXPECT_EQ(plural(0, "trial"), "0 trials");
  EXPECT_EQ(plural(1, "trial"), "1 trial");
  EXPECT_EQ(plural(2, "trial"), "2 trials");
}

TEST(QuotedForShell, IsOneWordWhateverItHolds) {
  for (const std::string text : {"plain", "", "two words", "it's", "''", "$(id) `id` $HOME ; rm *", "\\\"\n分开"}) {
    EXPECT_EQ(run_and_capture({{"/bin/sh", "-c", "printf %s " + quoted_for_shell(text)}, {}}).output, text);
  }
}

}  // namespace
}  // namespace runner
