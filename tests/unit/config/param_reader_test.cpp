#include "control/config/param_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/config/yaml.h"

namespace runner::config {
namespace {

using ::testing::HasSubstr;

struct Options {
  int64_t size = 4;
  double rate = 0.5;
  bool on = false;
  std::string mode = "fast";
  std::filesystem::path file = "default.txt";
  std::vector<std::string> words;
  Duration time{60};
  ByteSize memory{1024};
};

std::vector<ParamSpec> specs() {
  Schema<Options> schema;
  schema.add("size", &Options::size).range(1, 64);
  schema.add("rate", &Options::rate).greater_than(0);
  schema.add("on", &Options::on);
  schema.add("mode", &Options::mode).choices({"fast", "slow"});
  schema.add("file", &Options::file);
  schema.add("words", &Options::words);
  schema.add("time", &Options::time).at_least(1);
  schema.add("memory", &Options::memory).range(0, 1e6);
  return schema.specs();
}

ParamValues read(const std::string& text, Problems& problems) {
  const NodePtr root = parse_yaml(text, "a.yaml", Positions::line_and_column, problems);
  return read_params("own", *root, specs(), {"/base/dir"}, problems);
}

std::string error_of(const std::string& text) {
  Problems problems;
  read(text, problems);
  try {
    problems.raise_if_any();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST(ReadParams, takes_every_type) {
  Problems problems;
  const ParamValues values =
      read("size: 16.0\nrate: 1\non: true\nmode: slow\nfile: ../x/./y.txt\nwords: [a, '1']\ntime: 2m\nmemory: 1kB\n",
           problems);
  problems.raise_if_any();
  EXPECT_EQ(std::get<int64_t>(values.at("size")), 16);
  EXPECT_EQ(std::get<double>(values.at("rate")), 1.0);
  EXPECT_TRUE(std::get<bool>(values.at("on")));
  EXPECT_EQ(std::get<std::string>(values.at("mode")), "slow");
  EXPECT_EQ(std::get<std::filesystem::path>(values.at("file")), "/base/x/y.txt");
  EXPECT_EQ(std::get<std::vector<std::string>>(values.at("words")), (std::vector<std::string>{"a", "1"}));
  EXPECT_EQ(std::get<Duration>(values.at("time")).seconds, 120);
  EXPECT_EQ(std::get<ByteSize>(values.at("memory")).bytes, 1000);
}

TEST(ReadParams, fills_in_defaults) {
  Problems problems;
  const ParamValues values = read("", problems);
  problems.raise_if_any();
  EXPECT_EQ(values.size(), specs().size());
  EXPECT_EQ(std::get<int64_t>(values.at("size")), 4);
}

TEST(ReadParams, an_absolute_path_stays) {
  Problems problems;
  EXPECT_EQ(std::get<std::filesystem::path>(read("file: /x/../y", problems).at("file")), "/y");
}

TEST(ReadParams, an_empty_list_is_fine_where_it_is_the_default) { EXPECT_EQ(error_of("words: []"), ""); }

TEST(ReadParams, ranges_are_shown_in_the_parameters_unit) {
  EXPECT_EQ(error_of("size: 65"), "a.yaml:1:7: own.size must be between 1 and 64, found 65");
  EXPECT_EQ(error_of("rate: 0"), "a.yaml:1:7: own.rate must be greater than 0, found 0");
  EXPECT_EQ(error_of("time: 20ms"), "a.yaml:1:7: own.time must be at least 1s, found 20ms");
  EXPECT_EQ(error_of("memory: 1GiB"), "a.yaml:1:9: own.memory must be between 0B and 1000000B, found 1GiB");
}

TEST(ReadParams, quotes_make_a_string) {
  EXPECT_THAT(error_of("size: \"16\""), HasSubstr("remove the quotes"));
  EXPECT_EQ(error_of("size: \"many\""), "a.yaml:1:7: own.size must be an integer, found the string \"many\"");
  EXPECT_THAT(error_of("mode: 1e3"), HasSubstr("write \"1e3\" in quotes"));
  EXPECT_THAT(error_of("file: ''"), HasSubstr("own.file is empty"));
  EXPECT_THAT(error_of("file: \"a\\0b\""), HasSubstr("NUL"));
}

}  // namespace
}  // namespace runner::config
