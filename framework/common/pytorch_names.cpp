#include "common/pytorch_names.h"

#include <regex>

namespace runner {

std::string pytorch_name(const std::string& name) {
  static const std::regex pattern("^layer([0-9]{1,4})(_reverse)?\\.(?:module\\.)?((?:weight|bias)_(?:ih|hh))_l0$");
  return std::regex_replace(name, pattern, "rnn.$3_l$1$2");
}

}  // namespace runner
