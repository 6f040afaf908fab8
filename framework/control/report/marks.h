// Marks on numbers that are not what they look like, and the sentences that explain the flags of trials.
#pragma once

#include <iosfwd>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace runner::report {

// SQL: whether the trial `t` may be ranked by its metric. A model that sees the tokens it shall predict may not.
inline constexpr const char* kIsHonestSql = "instr(',' || t.flags || ',', ',sees_future,') = 0";

// perplexity, valid_perplexity, …: exp of nats per token, so they are averaged and compared as logarithms.
bool is_perplexity(std::string_view metric);

bool sees_future(std::string_view flags);

// A printed number of a trial or arm with these flags: "*1.0002" when it sees the future. In front, so that numbers
// standing at the right keep their digits in line.
std::string marked(const std::string& number, std::string_view flags);

// What a flag means, in one sentence that begins with its name (and its mark); none for a flag of a later version.
std::optional<std::string> flag_sentence(const std::string& flag);

// One line a flag, each after `margin`; nothing without flags.
void print_flag_notes(std::ostream& out, const std::set<std::string>& flags, std::string_view margin = "");

}  // namespace runner::report
