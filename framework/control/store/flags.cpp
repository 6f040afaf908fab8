#include "control/store/flags.h"

#include <algorithm>

#include "common/text.h"

namespace runner::store {

std::set<std::string> split_flags(std::string_view flags) {
  std::set<std::string> words;
  for (size_t begin = 0; begin < flags.size();) {
    const size_t end = std::min(flags.find(',', begin), flags.size());
    if (end > begin) words.emplace(flags.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

std::string join_flags(const std::set<std::string>& flags) { return join({flags.begin(), flags.end()}, ","); }

bool has_flag(std::string_view flags, const std::string& flag) { return split_flags(flags).count(flag) > 0; }

}  // namespace runner::store
