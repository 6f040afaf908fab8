// `runner doctor FILE`: whether a results database and the files beside it are sound, and putting right what is not.
#pragma once

#include <filesystem>

#include "common/check.h"

namespace runner::cli {

// With `dry_run`, and while another runner writes the database, it only tells. Throws EnvironmentError when there is no
// such file.
Checks examine_results(const std::filesystem::path& database, bool dry_run);

}  // namespace runner::cli
