// A results database as a sweep leaves it, and short ways to speak of what is in it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "common/error.h"
#include "control/store/reader.h"
#include "depth_sweep.h"
#include "unit/temporary_folder.h"

namespace runner::testing {

inline std::string text(const store::Cell& cell) { return std::get<std::string>(cell); }
inline int64_t integer(const store::Cell& cell) { return std::get<int64_t>(cell); }
inline double real(const store::Cell& cell) { return std::get<double>(cell); }
inline bool is_null(const store::Cell& cell) { return std::holds_alternative<std::monostate>(cell); }

// The message of the error of type E that `call` throws.
template <typename E, typename Call>
std::string message_of(const Call& call) {
  try {
    call();
  } catch (const E& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

}  // namespace runner::testing
