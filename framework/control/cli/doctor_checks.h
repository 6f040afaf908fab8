// What `runner doctor` judges. Each check gets what was found and says whether it will do, so that a test can give it
// any machine. A warning: trials run, but slower, or not all of them; an error: no trial can run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/check.h"
#include "common/json.h"
#include "common/machine.h"
#include "control/catalog/catalog.h"

namespace runner::cli {

// `blas`: {file, description}, as a worker tells of the library that it has loaded.
Check check_blas(const Json& blas);

Check check_cores(const Cores& cores);

// `load`: threads that want to run on the whole machine.
Check check_load(const Cores& cores, double load);

// `environment`: words "NAME=value", of which those that steer OpenMP or a BLAS are shown. None of them is wrong:
// workers get thread counts of their own, and are tied to no core.
Check check_thread_variables(const std::vector<std::string>& environment);

// The instruction sets that fast kernels choose between, and which of them RUNNER_ISA leaves.
Check check_instruction_sets();

Check check_memory(const Memory& memory, const Cores& cores);

// `cuda`: the names of the devices that LibTorch can use; `cuda_compiled`: whether it is one for CUDA.
Check check_devices(const std::vector<std::string>& cuda, bool cuda_compiled);

// One check of them all, and one for each file or component that is refused.
Checks check_plugins(const catalog::Catalog& catalog);

// Whether a sweep could make the database, or write the one there is. Leaves nothing behind.
Check check_database(const std::filesystem::path& database);

// Why a database on a file system of this type, as statfs() numbers them, may come to harm; empty where it will not.
std::string doubt_about_file_system(int64_t type);

// `free_bytes`: where the database is or would be.
Check check_disk(int64_t free_bytes);
// The same for the disk of this database; none where the system does not tell.
std::optional<Check> check_disk_of(const std::filesystem::path& database);

}  // namespace runner::cli
