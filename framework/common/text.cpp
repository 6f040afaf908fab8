#include "common/text.h"

#include <utf8.h>
#include <wchar.h>

#include <algorithm>
#include <clocale>
#include <iterator>

namespace runner {
namespace {

// wcwidth answers by the locale; one of our own keeps widths right whatever LANG says and leaves the process's alone.
locale_t utf8_locale() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

class ScopedUtf8Locale {
 public:
  ScopedUtf8Locale() : previous_(utf8_locale() ? uselocale(utf8_locale()) : nullptr) {}
  ~ScopedUtf8Locale() {
    if (previous_) uselocale(previous_);
  }
  ScopedUtf8Locale(const ScopedUtf8Locale&) = delete;
  ScopedUtf8Locale& operator=(const ScopedUtf8Locale&) = delete;

 private:
  locale_t previous_;
};

int64_t code_point_width(uint32_t code_point) { return std::max(0, wcwidth(static_cast<wchar_t>(code_point))); }

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::optional<size_t> invalid_utf8_offset(std::string_view text) {
  const auto bad = utf8::find_invalid(text.begin(), text.end());
  if (bad == text.end()) return std::nullopt;
  return static_cast<size_t>(bad - text.begin());
}

std::string replace_invalid_utf8(std::string_view text) {
  std::string result;
  utf8::replace_invalid(text.begin(), text.end(), std::back_inserter(result));
  return result;
}

int64_t display_width(std::string_view utf8) {
  const ScopedUtf8Locale locale;
  const std::string text = replace_invalid_utf8(utf8);
  int64_t width = 0;
  for (auto it = text.begin(); it != text.end();) width += code_point_width(utf8::next(it, text.end()));
  return width;
}

std::string truncate_to_width(std::string_view utf8, int64_t columns) {
  if (display_width(utf8) <= columns) return std::string(utf8);
  const ScopedUtf8Locale locale;
  const std::string text = replace_invalid_utf8(utf8);
  int64_t width = 1;  // of the ellipsis
  auto end = text.begin();
  for (auto it = end; it != text.end(); end = it) {
    width += code_point_width(utf8::next(it, text.end()));
    if (width > columns) break;
  }
  return columns < 1 ? std::string() : std::string(text.begin(), end) + "…";
}

std::optional<std::string> nearest_name(std::string_view name, const std::vector<std::string>& candidates) {
  const std::string* best = nullptr;
  size_t best_distance = std::max<size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = edit_distance(name, candidate);
    if (distance < best_distance && distance < std::max(name.size(), candidate.size())) {
      best = &candidate;
      best_distance = distance;
    }
  }
  if (!best) return std::nullopt;
  return *best;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string result;
  for (const std::string& part : parts) {
    if (!result.empty() || &part != &parts.front()) result += separator;
    result += part;
  }
  return result;
}

std::string some_of(std::vector<std::string> parts, std::string_view separator) {
  constexpr size_t kShown = 10;
  const size_t all = parts.size();
  parts.resize(std::min(all, kShown));
  return join(parts, separator) + (all > kShown ? " and " + std::to_string(all - kShown) + " more" : "");
}

std::string plural(int64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string quoted_for_shell(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace runner
