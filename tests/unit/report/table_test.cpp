#include "control/report/table.h"

#include <gtest/gtest.h>

#include <limits>
#include <sstream>

#include "common/text.h"
#include "control/report/human.h"

namespace runner::report {
namespace {

std::string table_text(const store::Table& table, const TableStyle& style = {}) {
  std::ostringstream out;
  print_table(out, table, style);
  return out.str();
}

std::string text_as(Format format, const store::Table& table) {
  std::ostringstream out;
  print(out, table, format);
  return out.str();
}

TEST(Table, AlignsByDisplayWidthAndNumbersAtTheRight) {
  const store::Table table{{"arm", "perplexity", "n"},
                           {{"分开", 276.8125, int64_t{3}}, {"lstm", 1.0, int64_t{12}}, {"é", {}, int64_t{1}}}};
  EXPECT_EQ(table_text(table),
            "arm   perplexity   n\n"
            "────  ──────────  ──\n"
            "分开      276.81   3\n"
            "lstm           1  12\n"
            "é              –   1\n");
}

TEST(Table, ATableWithoutRowsIsItsHeader) { EXPECT_EQ(table_text({{"a", "b"}, {}}), "a  b\n─  ─\n"); }

TEST(Table, ControlCharactersCannotReachTheTerminal) {
  const store::Table table{{"text"}, {{"a\nb\tc"}, {"\x1b[2Jx\x7f"}, {"\u009bz"}, {"bad\xff"}}};
  EXPECT_EQ(table_text(table), "text\n────────────\na b c\n\\x1b[2Jx\\x7f\n\\x9bz\nbad\uFFFD\n");
}

TEST(Table, TheWidestTextIsCutToTheTerminal) {
  const store::Table table{{"label", "text", "value"}, {{"gru", "分开始了分开始了分开始了", 1.5}}};
  const std::string shown = table_text(table, {26, {}, 0});
  std::istringstream lines(shown);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 26) << line;
  EXPECT_NE(shown.find("分开始了分…"), std::string::npos) << shown;
  EXPECT_NE(shown.find("gru"), std::string::npos);
}

TEST(Table, SeveralTextsShareACut) {
  const store::Table table{{"a", "b"}, {{std::string(50, 'x'), std::string(60, 'y')}}};
  std::istringstream lines(table_text(table, {42, {}, 0}));
  std::string line;
  std::getline(lines, line);
  std::getline(lines, line);
  EXPECT_EQ(display_width(line), 42);
  std::getline(lines, line);
  EXPECT_EQ(display_width(line), 42);
  EXPECT_EQ(line.find("…  y"), 19u);
}

TEST(Table, AContinuedTableRepeatsItsFirstColumnInsteadOfCutting) {
  const store::Table table{{"arm", "first", "second", "third"}, {{"gru", "aaaaaaaa", int64_t{12345678}, "cccc"}}};
  EXPECT_EQ(table_text(table, {16, {}, 0, true}),
            "arm  first\n───  ────────\ngru  aaaaaaaa\n\n"
            "arm    second\n───  ────────\ngru  12345678\n\n"
            "arm  third\n───  ─────\ngru  cccc\n");
  EXPECT_EQ(table_text(table, {80, {}, 0, true}), table_text(table)) << "what fits is one table";
}

TEST(Table, NumbersAreNeverCut) {
  const store::Table table{{"value"}, {{int64_t{1234567890123}}}};
  EXPECT_NE(table_text(table, {4, {}, 0}).find("1234567890123"), std::string::npos);
}

TEST(Table, JsonKeepsTypesOrderAndPrecision) {
  const store::Table table{{"b", "a", "b"}, {{int64_t{1}, 0.1, {}}, {"分开\n\"", 1e300, "x"}}};
  EXPECT_EQ(text_as(Format::json, table),
            "[\n{\"b\":1,\"a\":0.1,\"b_2\":null},\n{\"b\":\"分开\\n\\\"\",\"a\":1e+300,\"b_2\":\"x\"}\n]\n");
  EXPECT_EQ(text_as(Format::json, {{"a"}, {}}), "[]\n");
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(text_as(Format::json, {{"a"}, {{infinity}, {"\xff"}}}), "[\n{\"a\":null},\n{\"a\":\"\uFFFD\"}\n]\n");
}

TEST(Table, CsvFollowsRfc4180) {
  const store::Table table{{"a,b", "c"}, {{"say \"分开\"", {}}, {"two\nlines", 0.1}, {"plain", int64_t{-3}}}};
  EXPECT_EQ(text_as(Format::csv, table), "\"a,b\",c\r\n\"say \"\"分开\"\"\",\r\n\"two\nlines\",0.1\r\nplain,-3\r\n");
}

TEST(Table, EqualColumnsAreFolded) {
  store::Table table{{"arm", "epochs", "seed", "flags", "lr"},
                     {{"a", int64_t{160}, int64_t{1}, "", 0.1}, {"b", int64_t{160}, int64_t{2}, "", 0.1}}};
  EXPECT_EQ(fold_equal_columns(table, {"epochs", "seed", "flags"}), "epochs 160");
  EXPECT_EQ(table.columns, (std::vector<std::string>{"arm", "seed", "lr"}));
  EXPECT_EQ(table.rows[1].size(), 3u);
}

TEST(Human, NumbersHaveFiveSignificantDigits) {
  EXPECT_EQ(significant_text(1.01), "1.0100");
  EXPECT_EQ(significant_text(276.8125), "276.81");
  EXPECT_EQ(significant_text(9.999999), "10.000");
  EXPECT_EQ(significant_text(1234567.8), "1234568");
  EXPECT_EQ(significant_text(0.00012345678), "0.00012346");
  EXPECT_EQ(significant_text(1.2e-7), "1.2000e-07");
  EXPECT_EQ(significant_text(-0.5), "-0.50000");
  EXPECT_EQ(significant_text(std::numeric_limits<double>::quiet_NaN()), "–");
  EXPECT_EQ(number_text(0.01), "0.01");
  EXPECT_EQ(number_text(100), "100");
  EXPECT_EQ(number_text(1e-8), "1e-08");
  EXPECT_EQ(number_text(1e200), "1e+200");
  EXPECT_EQ(number_text(0), "0");
}

TEST(Human, TextIsWrappedAtSpaces) {
  EXPECT_EQ(wrapped("one two three", 7), "one two\nthree");
  EXPECT_EQ(wrapped("one two three", 0), "one two three");
  EXPECT_EQ(wrapped("one incomprehensible", 5), "one\nincomprehensible");
  EXPECT_EQ(wrapped("a command `ls -l | wc` is one word", 9), "a command\n`ls -l | wc`\nis one\nword");
  EXPECT_EQ(wrapped("分开 分开", 8), "分开\n分开") << "a wide character takes two columns";
  EXPECT_EQ(wrapped("", 8), "");
}

TEST(Human, TimesHaveSecondsAndNothingElse) {
  EXPECT_EQ(time_text("2026-11-23T06:42:29.123Z"), "2026-11-23 06:42:29");
  EXPECT_EQ(time_text("soon"), "soon");
  EXPECT_EQ(time_text("\x1b[2J"), "\\x1b[2J");
  EXPECT_EQ(time_text("2026-11-23T06:42:2é"), "2026-11-23 06:42:2\uFFFD") << "cut within a character";
}

TEST(Human, DurationsHaveTwoUnits) {
  EXPECT_EQ(duration_text(1.84), "1.8 s");
  EXPECT_EQ(duration_text(59.4), "59 s");
  EXPECT_EQ(duration_text(723), "12 min 3 s");
  EXPECT_EQ(duration_text(7200), "2 h");
  EXPECT_EQ(duration_text(187500), "2 d 4 h");
  EXPECT_EQ(duration_text(1e300), "1.0000e+300 s");
  EXPECT_EQ(duration_text(-std::numeric_limits<double>::infinity()), "-inf s");
}

}  // namespace
}  // namespace runner::report
