// What a reader of a trial's numbers must know: the words of `trials.flags`. Described in results/README.md.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace runner::store {

// Stored by their names; never rename.
inline constexpr const char* kSeesFuture = "sees_future";
inline constexpr const char* kStuckAtUnigram = "stuck_at_unigram";

// A list as it is stored, "sees_future,stuck_at_unigram", taken apart and put together again: sorted, each word once.
std::set<std::string> split_flags(std::string_view flags);
std::string join_flags(const std::set<std::string>& flags);

bool has_flag(std::string_view flags, const std::string& flag);

}  // namespace runner::store
