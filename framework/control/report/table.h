// Rows printed for people and for programs.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "control/report/format.h"
#include "control/store/reader.h"

namespace runner::report {

// Keeps the order of the columns.
using OrderedJson = nlohmann::ordered_json;

struct TableStyle {
  int64_t max_width = 0;        // columns of the terminal; 0 = no limit
  std::set<std::string> right;  // columns of texts that stand at the right, as columns of numbers always do
  int64_t indent = 0;
  bool continued = false;  // a table too wide goes on below, its first column repeated, before anything is cut
};

// Columns under their names, aligned by display width (a Chinese character takes two columns). Where the table is wider
// than the limit, the widest column of texts is cut, then the next. A table without rows prints its header.
void print_table(std::ostream& out, const store::Table& table, const TableStyle& style = {});

// An array of objects, one a line; NULL is null; a column whose name occurs again is called "name_2".
void print_json(std::ostream& out, const store::Table& table);

// With a header; NULL is an empty field; reals in full precision.
void print_csv(std::ostream& out, const store::Table& table);

void print(std::ostream& out, const store::Table& table, Format format, const TableStyle& style = {});

OrderedJson to_json(const store::Cell& cell);
OrderedJson to_json(const store::Table& table);
// One line; invalid UTF-8 is replaced.
std::string json_text(const OrderedJson& json);
void print_json(std::ostream& out, const OrderedJson& json);  // indented

// Takes those of the columns `names` that have one value in all rows out of the table, and those that are NULL or ""
// in all rows altogether. Returns what was taken out as "epochs 160, seed 1"; empty when nothing was.
std::string fold_equal_columns(store::Table& table, const std::set<std::string>& names);

// "model.num_layers" becomes "num_layers", unless another column is called so.
void shorten_dotted_names(store::Table& table);

// Columns of the terminal that standard output is; 0 when it is none.
int64_t terminal_width();

}  // namespace runner::report
