#include "worker/train/failure.h"

#include <c10/util/Exception.h>
#include <runner/params.h>

namespace runner::worker {

std::string message_of(const std::exception& error) {
  if (const auto* torch_error = dynamic_cast<const c10::Error*>(&error)) return torch_error->what_without_backtrace();
  if (const auto* option = dynamic_cast<const OptionError*>(&error); option && !option->option().empty()) {
    return option->option() + ": " + option->what();
  }
  return error.what();
}

}  // namespace runner::worker
