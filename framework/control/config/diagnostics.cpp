#include "control/config/diagnostics.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace runner::config {
namespace {

// A file's places come before words of the command line, which have no line.
bool comes_before(const Diagnostic& a, const Diagnostic& b) {
  const bool a_is_word = a.where.line == 0, b_is_word = b.where.line == 0;
  return std::tie(a_is_word, a.where.source, a.where.line, a.where.column) <
         std::tie(b_is_word, b.where.source, b.where.line, b.where.column);
}

std::string to_line(const Diagnostic& diagnostic) {
  return diagnostic.where.source.empty() ? diagnostic.message : to_string(diagnostic.where) + ": " + diagnostic.message;
}

std::vector<Diagnostic> sorted_without_repetitions(std::vector<Diagnostic> diagnostics) {
  std::stable_sort(diagnostics.begin(), diagnostics.end(), comes_before);
  std::vector<Diagnostic> result;
  auto group = diagnostics.begin();
  for (auto it = diagnostics.begin(); it != diagnostics.end(); ++it) {
    if (comes_before(*group, *it)) group = it;
    const bool repeated = std::any_of(group, it, [&](const Diagnostic& d) { return d.message == it->message; });
    if (!repeated) result.push_back(*it);
  }
  return result;
}

std::string to_text(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (!text.empty()) text += '\n';
    text += to_line(diagnostic);
  }
  return text;
}

}  // namespace

std::string to_string(const Location& location) {
  if (location.line == 0) return location.source;
  return location.source + ":" + std::to_string(location.line) + ":" + std::to_string(location.column);
}

ConfigError::ConfigError(std::vector<Diagnostic> diagnostics)
    : RequestError(to_text(sorted_without_repetitions(diagnostics))),
      diagnostics_(sorted_without_repetitions(std::move(diagnostics))) {}

}  // namespace runner::config
