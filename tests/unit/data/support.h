#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "data/text/text_dataset.h"

namespace runner::text {

namespace fs = std::filesystem;

// A folder of the test's own, removed at its end, and datasets of the files in it.
class InFolder : public ::testing::Test {
 protected:
  InFolder() {
    std::string name = (fs::temp_directory_path() / "runner-data-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    options_.num_steps = options_.batch_size = 1;
  }
  ~InFolder() override { fs::remove_all(folder_); }

  fs::path write(const std::string& name, const std::string& bytes) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }

  // The training text as the dataset decodes it.
  std::string text_of(const fs::path& path, Split split = Split::train) {
    options_.path = path;
    return decoded(TextDataset(options_), split);
  }
  static std::string decoded(const Dataset& data, Split split) {
    const at::Tensor tokens = data.sequence(split).to(at::kLong);
    return data.decode({tokens.data_ptr<int64_t>(), tokens.data_ptr<int64_t>() + tokens.numel()});
  }

  // The message of the OptionError for `option` that a dataset of `path` throws.
  std::string refusal(const fs::path& path, const std::string& option = "path") {
    options_.path = path;
    try {
      options_.check();
      TextDataset{options_};
    } catch (const OptionError& error) {
      EXPECT_EQ(error.option(), option) << error.what();
      return error.what();
    }
    return "accepted";
  }

  fs::path folder_;
  TextFileOptions options_;
};

}  // namespace runner::text
