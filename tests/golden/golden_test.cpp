// Wrong experiment files, each beside the message that it must give: errors/NN_name.yaml and errors/NN_name.expected.
// UPDATE_GOLDEN=1 rewrites the expected files; read the difference before committing it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "control/sweep/plan.h"
#include "example_schemas.h"

namespace runner {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFolder = "tests/golden/errors";

std::vector<std::string> wrong_files() {
  fs::current_path(RUNNER_SOURCE_DIR);
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string message_of(const std::string& file) {
  try {
    sweep::make_plan(sweep::read_source(file, {}), testing::example_schemas());
  } catch (const config::ConfigError& error) {
    return std::string(error.what()) + "\n";
  }
  return "no error\n";
}

std::string case_name(const ::testing::TestParamInfo<std::string>& info) {
  return fs::path(info.param).stem().string();
}

class WrongExperiment : public ::testing::TestWithParam<std::string> {};

TEST_P(WrongExperiment, gives_the_expected_message) {
  fs::current_path(RUNNER_SOURCE_DIR);
  const fs::path expected = fs::path(GetParam()).replace_extension(".expected");
  const std::string message = message_of(GetParam());
  if (std::getenv("UPDATE_GOLDEN")) std::ofstream(expected, std::ios::binary) << message;
  EXPECT_EQ(message, content(expected));
  EXPECT_NE(message, "no error\n");
}

INSTANTIATE_TEST_SUITE_P(errors, WrongExperiment, ::testing::ValuesIn(wrong_files()), case_name);

TEST(WrongExperiments, there_are_at_least_thirty) { EXPECT_GE(wrong_files().size(), 30u); }

}  // namespace
}  // namespace runner
