#include "control/report/markdown.h"

#include <algorithm>
#include <ostream>

#include "control/report/human.h"

namespace runner::report {
namespace {

bool is_number(const store::Cell& cell) {
  return std::holds_alternative<int64_t>(cell) || std::holds_alternative<double>(cell);
}

bool stands_right(const store::Table& table, size_t column, const std::set<std::string>& right) {
  if (right.count(table.columns[column]) > 0) return true;
  const auto is_text = [column](const auto& row) { return std::holds_alternative<std::string>(row[column]); };
  const auto is_numeric = [column](const auto& row) { return is_number(row[column]); };
  return std::none_of(table.rows.begin(), table.rows.end(), is_text) &&
         std::any_of(table.rows.begin(), table.rows.end(), is_numeric);
}

}  // namespace

std::string markdown_text(std::string_view text) {
  std::string escaped;
  for (const char c : single_line(text)) {
    if (std::string_view("\\`*_[]<>|~#&$").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

void print_markdown_table(std::ostream& out, const store::Table& table, const std::set<std::string>& right) {
  out << '|';
  for (const std::string& column : table.columns) out << ' ' << markdown_text(column) << " |";
  out << "\n|";
  for (size_t i = 0; i < table.columns.size(); ++i) out << (stands_right(table, i, right) ? "---:|" : "---|");
  out << '\n';
  for (const auto& row : table.rows) {
    out << '|';
    for (const store::Cell& cell : row) out << ' ' << markdown_text(cell_text(cell)) << " |";
    out << '\n';
  }
}

}  // namespace runner::report
