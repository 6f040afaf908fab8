#include "control/report/marks.h"

#include <ostream>

#include "control/store/flags.h"

namespace runner::report {

bool is_perplexity(std::string_view metric) {
  constexpr std::string_view kEnding = "_perplexity";
  if (metric == kEnding.substr(1)) return true;
  return metric.size() > kEnding.size() && metric.substr(metric.size() - kEnding.size()) == kEnding;
}

bool sees_future(std::string_view flags) { return store::has_flag(flags, store::kSeesFuture); }

std::string marked(const std::string& number, std::string_view flags) {
  return sees_future(flags) ? "*" + number : number;
}

std::optional<std::string> flag_sentence(const std::string& flag) {
  if (flag == store::kSeesFuture) {
    return "* sees_future: its outputs depend on the tokens it shall predict, so numbers marked * are not a language "
           "model's; causal is its perplexity without them.";
  }
  if (flag == store::kStuckAtUnigram) {
    return "stuck_at_unigram: its perplexity stayed within 3% of the unigram perplexity for its last 20 epochs, so it "
           "learnt no more than how frequent each token is.";
  }
  return std::nullopt;
}

void print_flag_notes(std::ostream& out, const std::set<std::string>& flags, std::string_view margin) {
  for (const std::string& flag : flags) {
    if (const auto sentence = flag_sentence(flag)) out << margin << *sentence << '\n';
  }
}

}  // namespace runner::report
