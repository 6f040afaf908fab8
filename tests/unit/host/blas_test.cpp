// The worker's BLAS is the OpenMP build of OpenBLAS, whatever the system prefers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "common/paths.h"
#include "unit/host/worker_process.h"

namespace runner {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// The folders that a process has loaded a BLAS from.
std::set<std::string> blas_folders(pid_t pid) {
  std::set<std::string> folders;
  std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
  for (std::string line; std::getline(maps, line);) {
    const size_t path = line.find('/');
    if (path == std::string::npos) continue;
    const std::filesystem::path file = line.substr(path);
    const std::string name = file.filename();
    if (name.rfind("libblas", 0) == 0 || name.rfind("libopenblas", 0) == 0) folders.insert(file.parent_path());
  }
  return folders;
}

TEST(Blas, IsTheOpenMpBuild) {
  testing::WorkerProcess worker;
  const Json blas = worker.ready().at("environment").at("blas");
  EXPECT_THAT(blas.at("file").get<std::string>(), StartsWith(OPENMP_BLAS_FOLDER));
  EXPECT_THAT(blas.at("description").get<std::string>(), AllOf(StartsWith("OpenBLAS"), HasSubstr("USE_OPENMP")));
  EXPECT_THAT(blas_folders(worker.pid()), ElementsAre(OPENMP_BLAS_FOLDER));
}

// What the system's alternatives choose is found through the loader's search; this puts another one in front of it.
TEST(Blas, DoesNotDependOnTheLoadersSearch) {
  ASSERT_TRUE(std::filesystem::exists(std::string(DECOY_BLAS_FOLDER) + "/libblas.so.3"));
  testing::WorkerProcess worker(testing::Variables{{"LD_LIBRARY_PATH", DECOY_BLAS_FOLDER}});
  EXPECT_THAT(blas_folders(worker.pid()), ElementsAre(OPENMP_BLAS_FOLDER));
  const auto events = worker.run(protocol::command_line(testing::train_job("tiny", "tiny_model", {{"work", 64}})));
  EXPECT_EQ(testing::of_type(events, "finished").size(), 1u) << worker.errors();
}

// DT_RUNPATH would apply to the worker's own needs, not to LibTorch's.
TEST(Blas, IsChosenByRpath) {
  const CapturedRun run = run_and_capture({{READELF, "-d", worker_executable().string()}, {}});
  ASSERT_TRUE(run.status.succeeded()) << run.errors;
  EXPECT_THAT(run.output, AllOf(HasSubstr("(RPATH)"), HasSubstr(OPENMP_BLAS_FOLDER), Not(HasSubstr("(RUNPATH)"))));
}

}  // namespace
}  // namespace runner
