#include "worker/host/environment.h"

#include <ATen/Version.h>
#include <dlfcn.h>
#include <link.h>
#include <runner/abi.h>
#include <torch/version.h>
#include <unistd.h>

#include <cstring>
#include <string>

namespace runner::worker {
namespace {

template <typename Function>
Function* loaded_function(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

std::string file_of(const void* address) {
  Dl_info info{};
  return dladdr(address, &info) != 0 && info.dli_fname ? info.dli_fname : "";
}

std::string blas_description() {
  const auto get_config = loaded_function<char*()>("openblas_get_config");
  return get_config ? get_config() : "not OpenBLAS";
}

// The global scope is searched in the order in which LibTorch's own reference to sgemm_ was resolved, so this is the
// BLAS that it calls. A LibTorch that brings its BLAS inside (the official downloads) exports none.
Json blas() {
  const void* sgemm = dlsym(RTLD_DEFAULT, "sgemm_");
  if (sgemm) return {{"file", file_of(sgemm)}, {"description", blas_description()}};
  return {{"file", file_of(reinterpret_cast<const void*>(&at::get_mkl_version))},
          {"description", at::get_mkl_version()}};
}

int is_cuda_library(dl_phdr_info* info, size_t, void*) {
  return std::strstr(info->dlpi_name, "libtorch_cuda") != nullptr;
}

std::string compiler() {
#if defined(__clang__)
  return std::string("Clang ") + __clang_version__;
#else
  return std::string("GCC ") + __VERSION__;
#endif
}

}  // namespace

Json environment() {
  return {{"libtorch", TORCH_VERSION},
          {"blas", blas()},
          {"compiler", compiler()},
          {"sdk_abi", RUNNER_SDK_ABI},
          {"cuda_compiled", dl_iterate_phdr(is_cuda_library, nullptr) != 0}};
}

Json ready_body() { return {{"environment", environment()}, {"pid", getpid()}}; }

}  // namespace runner::worker
