// GitHub-flavoured Markdown.
#pragma once

#include <iosfwd>
#include <set>
#include <string>
#include <string_view>

#include "control/store/reader.h"

namespace runner::report {

// Text that stands for itself, on one line: whatever Markdown or HTML would read as markup is escaped.
std::string markdown_text(std::string_view text);

// A table; columns of numbers, and those named in `right`, stand at the right.
void print_markdown_table(std::ostream& out, const store::Table& table, const std::set<std::string>& right = {});

}  // namespace runner::report
