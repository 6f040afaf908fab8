#include "control/config/scalars.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>

namespace runner::config {
namespace {

TEST(Scalars, integers_are_decimal_and_exact) {
  EXPECT_EQ(parse_integer("256").value, 256);
  EXPECT_EQ(parse_integer("-7").value, -7);
  EXPECT_EQ(parse_integer("+7").value, 7);
  EXPECT_EQ(parse_integer("0").value, 0);
  EXPECT_EQ(parse_integer("-0").value, 0);
  EXPECT_EQ(parse_integer("9223372036854775807").value, std::numeric_limits<int64_t>::max());
  EXPECT_EQ(parse_integer("-9223372036854775808").value, std::numeric_limits<int64_t>::min());
}

TEST(Scalars, integers_may_be_written_as_numbers_without_fraction) {
  EXPECT_EQ(parse_integer("1e3").value, 1000);
  EXPECT_EQ(parse_integer("16.0").value, 16);
  EXPECT_EQ(parse_integer("1.5e1").value, 15);
  EXPECT_EQ(parse_integer("1200e-2").value, 12);
  EXPECT_EQ(parse_integer("0e99999999999").value, 0);
  EXPECT_EQ(parse_integer("0.0001e4").value, 1);
}

TEST(Scalars, integers_are_refused_rather_than_changed) {
  for (const char* text : {"010",
                           "0x10",
                           "0b1",
                           "1_000",
                           "2.5",
                           "9223372036854775808",
                           "-9223372036854775809",
                           "1e19",
                           "1e999999999999",
                           "1e-1",
                           "",
                           "-",
                           "e3",
                           "1e",
                           "1 2",
                           "ten",
                           "true",
                           ".",
                           "1.2.3",
                           "nan"}) {
    EXPECT_FALSE(parse_integer(text).value) << text;
  }
}

TEST(Scalars, advice_names_what_to_write) {
  EXPECT_NE(parse_integer("010").advice.find("write 10"), std::string::npos);
  EXPECT_NE(parse_integer("-007").advice.find("write -7"), std::string::npos);
  EXPECT_NE(parse_integer("0x1F").advice.find("write 31"), std::string::npos);
  EXPECT_NE(parse_integer("1,000").advice.find("write 1000"), std::string::npos);
  EXPECT_NE(parse_integer("2.5").advice.find("write 2 or 3"), std::string::npos);
  EXPECT_NE(parse_real("-.INF").advice.find("finite"), std::string::npos);
}

TEST(Scalars, numbers) {
  EXPECT_EQ(parse_real("1e-4").value, 1e-4);
  EXPECT_EQ(parse_real("1E-4").value, 1e-4);
  EXPECT_EQ(parse_real(".5").value, 0.5);
  EXPECT_EQ(parse_real("5.").value, 5.0);
  EXPECT_EQ(parse_real("+0.1").value, 0.1);
  EXPECT_EQ(parse_real("100").value, 100.0);
  EXPECT_FALSE(std::signbit(*parse_real("-0.0").value));
  for (const char* text : {"nan", ".nan", "inf", "-.inf", "1e400", "1e-400", "01.5", "0x1p3", "1.0f", "--1"}) {
    EXPECT_FALSE(parse_real(text).value) << text;
  }
}

TEST(Scalars, numbers_survive_their_own_text) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 2000; ++i) {
    const double value =
        std::ldexp(static_cast<double>(static_cast<int64_t>(random())), static_cast<int>(random() % 200) - 100);
    EXPECT_EQ(parse_real(number_text(value)).value, value) << number_text(value);
  }
  EXPECT_EQ(number_text(100), "100");
  EXPECT_EQ(number_text(0.01), "0.01");
}

TEST(Scalars, only_true_and_false_are_booleans) {
  EXPECT_EQ(parse_boolean("true").value, true);
  EXPECT_EQ(parse_boolean("false").value, false);
  for (const char* text : {"yes", "on", "True", "TRUE", "1"})
    EXPECT_EQ(parse_boolean(text).advice, "; write true") << text;
  for (const char* text : {"no", "off", "False", "0"}) EXPECT_EQ(parse_boolean(text).advice, "; write false") << text;
  EXPECT_FALSE(parse_boolean("maybe").value);
}

TEST(Scalars, durations_carry_units) {
  EXPECT_EQ(parse_duration("90m").value->seconds, 5400);
  EXPECT_EQ(parse_duration("1.5h").value->seconds, 5400);
  EXPECT_EQ(parse_duration("60s").value->seconds, 60);
  EXPECT_EQ(parse_duration("250ms").value->seconds, 0.25);
  EXPECT_EQ(parse_duration("2 d").value->seconds, 172800);
  EXPECT_EQ(parse_duration("1e-3s").value->seconds, 0.001);
  for (const char* text : {"90", "m", "5min", "1h30m", "", "infs", "1e400s"})
    EXPECT_FALSE(parse_duration(text).value) << text;
}

TEST(Scalars, sizes_carry_units) {
  EXPECT_EQ(parse_byte_size("4GiB").value->bytes, int64_t{4} << 30);
  EXPECT_EQ(parse_byte_size("512MiB").value->bytes, int64_t{512} << 20);
  EXPECT_EQ(parse_byte_size("100kB").value->bytes, 100'000);
  EXPECT_EQ(parse_byte_size("10MB").value->bytes, 10'000'000);
  EXPECT_EQ(parse_byte_size("1.5KiB").value->bytes, 1536);
  EXPECT_EQ(parse_byte_size("0B").value->bytes, 0);
  for (const char* text : {"4", "4G", "GiB", "0.3B", "1e9TB", "4gib"})
    EXPECT_FALSE(parse_byte_size(text).value) << text;
}

}  // namespace
}  // namespace runner::config
