#include "control/report/table.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <ostream>
#include <sstream>

#include "common/text.h"
#include "control/report/human.h"

namespace runner::report {
namespace {

constexpr int64_t kGap = 2;
constexpr int64_t kNarrowest = 8;  // a column of texts is not cut below this

struct Column {
  std::string name;
  std::vector<std::string> cells;
  bool right = false;
  int64_t width = 0;
};

int64_t width_of(const std::string& text) {
  const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return ascii ? static_cast<int64_t>(text.size()) : display_width(text);
}

bool holds_numbers(const store::Table& table, size_t column) {
  bool any = false;
  for (const auto& row : table.rows) {
    if (std::holds_alternative<std::string>(row[column])) return false;
    any = any || !is_null(row[column]);
  }
  return any;
}

std::vector<Column> make_columns(const store::Table& table, const TableStyle& style) {
  std::vector<Column> columns;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    Column column{single_line(table.columns[i]), {}, false, 0};
    column.right = style.right.count(table.columns[i]) > 0 || holds_numbers(table, i);
    column.width = width_of(column.name);
    for (const auto& row : table.rows) {
      column.cells.push_back(cell_text(row[i]));
      column.width = std::max(column.width, width_of(column.cells.back()));
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

int64_t total_width(const std::vector<Column>& columns, const TableStyle& style) {
  int64_t width = style.indent - kGap;
  for (const Column& column : columns) width += column.width + kGap;
  return width;
}

// The widest column of texts and how wide the next one is; null when no column can be cut.
Column* widest_text(std::vector<Column>& columns, int64_t& next) {
  Column* widest = nullptr;
  next = kNarrowest;
  for (Column& column : columns) {
    if (column.right || column.width <= kNarrowest) continue;
    if (widest) next = std::max(next, std::min(widest->width, column.width));
    if (!widest || column.width > widest->width) widest = &column;
  }
  return widest;
}

void fit(std::vector<Column>& columns, const TableStyle& style) {
  if (style.max_width == 0) return;
  for (int64_t excess = 0; (excess = total_width(columns, style) - style.max_width) > 0;) {
    int64_t next = 0;
    Column* widest = widest_text(columns, next);
    if (!widest) return;
    // Down to the next one's width, then one by one in turn.
    const int64_t step = std::max<int64_t>(1, widest->width - next);
    widest->width = std::max(kNarrowest, widest->width - std::min(step, excess));
  }
}

void append_padded(std::string& line, const std::string& text, const Column& column) {
  const std::string shown = width_of(text) > column.width ? truncate_to_width(text, column.width) : text;
  const std::string padding(static_cast<size_t>(std::max<int64_t>(0, column.width - width_of(shown))), ' ');
  line += column.right ? padding + shown : shown + padding;
  line += std::string(static_cast<size_t>(kGap), ' ');
}

template <typename TextOf>
void print_line(std::ostream& out, const std::vector<Column>& columns, const TableStyle& style, const TextOf& text_of) {
  std::string line(static_cast<size_t>(style.indent), ' ');
  for (const Column& column : columns) append_padded(line, text_of(column), column);
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << '\n';
}

std::string rule(int64_t width) {
  std::string line;
  for (int64_t i = 0; i < width; ++i) line += "─";
  return line;
}

// The columns in as many parts as the width asks for, each with the first column in front.
std::vector<std::vector<Column>> make_parts(std::vector<Column> columns, const TableStyle& style) {
  if (!style.continued || style.max_width == 0) return {std::move(columns)};
  std::vector<std::vector<Column>> parts(1);
  for (Column& column : columns) {
    parts.back().push_back(std::move(column));
    if (parts.back().size() <= 2 || total_width(parts.back(), style) <= style.max_width) continue;
    const Column first = parts.front().front();
    Column last = std::move(parts.back().back());
    parts.back().pop_back();
    parts.push_back({first, std::move(last)});
  }
  return parts;
}

void print_columns(std::ostream& out, const std::vector<Column>& columns, const TableStyle& style, size_t rows) {
  print_line(out, columns, style, [](const Column& column) { return column.name; });
  print_line(out, columns, style, [](const Column& column) { return rule(column.width); });
  for (size_t row = 0; row < rows; ++row) {
    print_line(out, columns, style, [row](const Column& column) { return column.cells[row]; });
  }
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string csv_field(const store::Cell& cell) {
  if (is_null(cell)) return {};
  if (const auto* text = std::get_if<std::string>(&cell)) return csv_field(*text);
  if (const auto* number = std::get_if<double>(&cell); number && !std::isfinite(*number)) return {};
  return json_text(to_json(cell));
}

std::vector<std::string> distinct_names(const std::vector<std::string>& names) {
  std::map<std::string, int> times;
  std::vector<std::string> distinct;
  for (const std::string& name : names) {
    const int nth = ++times[name];
    distinct.push_back(nth == 1 ? name : name + "_" + std::to_string(nth));
  }
  return distinct;
}

OrderedJson row_json(const std::vector<std::string>& names, const std::vector<store::Cell>& row) {
  OrderedJson object = OrderedJson::object();
  for (size_t i = 0; i < names.size(); ++i) object[names[i]] = to_json(row[i]);
  return object;
}

bool is_blank(const store::Cell& cell) {
  const auto* text = std::get_if<std::string>(&cell);
  return is_null(cell) || (text && text->empty());
}

bool is_equal_in_all_rows(const store::Table& table, size_t column) {
  return std::all_of(table.rows.begin(), table.rows.end(),
                     [&](const auto& row) { return row[column] == table.rows.front()[column]; });
}

void remove_column(store::Table& table, size_t column) {
  table.columns.erase(table.columns.begin() + static_cast<std::ptrdiff_t>(column));
  for (auto& row : table.rows) row.erase(row.begin() + static_cast<std::ptrdiff_t>(column));
}

}  // namespace

void print_table(std::ostream& out, const store::Table& table, const TableStyle& style) {
  const char* separator = "";
  for (std::vector<Column>& columns : make_parts(make_columns(table, style), style)) {
    fit(columns, style);
    out << separator;
    print_columns(out, columns, style, table.rows.size());
    separator = "\n";
  }
}

void print_json(std::ostream& out, const store::Table& table) {
  const std::vector<std::string> names = distinct_names(table.columns);
  const char* separator = "[\n";
  for (const auto& row : table.rows) {
    out << separator << json_text(row_json(names, row));
    separator = ",\n";
  }
  out << (table.rows.empty() ? "[]\n" : "\n]\n");
}

void print_csv(std::ostream& out, const store::Table& table) {
  std::vector<std::string> fields;
  for (const std::string& name : table.columns) fields.push_back(csv_field(name));
  out << join(fields, ",") << "\r\n";
  for (const auto& row : table.rows) {
    fields.clear();
    for (const store::Cell& cell : row) fields.push_back(csv_field(cell));
    out << join(fields, ",") << "\r\n";
  }
}

void print(std::ostream& out, const store::Table& table, Format format, const TableStyle& style) {
  switch (format) {
    case Format::table:
      return print_table(out, table, style);
    case Format::json:
      return print_json(out, table);
    case Format::csv:
      return print_csv(out, table);
  }
}

OrderedJson to_json(const store::Cell& cell) {
  return std::visit(
      [](const auto& value) -> OrderedJson {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::monostate>) {
          return nullptr;
        } else {
          return value;
        }
      },
      cell);
}

OrderedJson to_json(const store::Table& table) {
  const std::vector<std::string> names = distinct_names(table.columns);
  OrderedJson rows = OrderedJson::array();
  for (const auto& row : table.rows) rows.push_back(row_json(names, row));
  return rows;
}

std::string json_text(const OrderedJson& json) {
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

void print_json(std::ostream& out, const OrderedJson& json) {
  out << json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) << '\n';
}

std::string fold_equal_columns(store::Table& table, const std::set<std::string>& names) {
  if (table.rows.empty()) return {};
  std::vector<std::string> folded;
  for (size_t i = 0; i < table.columns.size();) {
    if (names.count(table.columns[i]) == 0 || !is_equal_in_all_rows(table, i)) {
      ++i;
      continue;
    }
    const store::Cell& value = table.rows.front()[i];
    if (!is_blank(value)) folded.push_back(single_line(table.columns[i]) + " " + cell_text(value));
    remove_column(table, i);
  }
  return join(folded, ", ");
}

void shorten_dotted_names(store::Table& table) {
  for (std::string& name : table.columns) {
    const std::string last = name.substr(name.rfind('.') + 1);
    if (std::find(table.columns.begin(), table.columns.end(), last) == table.columns.end()) name = last;
  }
}

int64_t terminal_width() {
  winsize size{};
  if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

}  // namespace runner::report
