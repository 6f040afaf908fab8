#include "control/cli/doctor_report.h"

#include <algorithm>
#include <iostream>
#include <string>

#include "control/report/human.h"
#include "control/report/table.h"

namespace runner::cli {
namespace {

store::Table full_table(const Checks& checks) {
  store::Table table;
  table.columns = {"check", "found", "state", "advice"};
  for (const Check& check : checks) {
    const store::Cell advice = check.advice.empty() ? store::Cell() : store::Cell(check.advice);
    table.rows.push_back({check.name, check.found, state_name(check.state), advice});
  }
  return table;
}

void print_for_people(const Checks& checks, const char* all_well) {
  store::Table table;
  table.columns = {"check", "found"};
  for (const Check& check : checks) table.rows.push_back({check.name, check.found});
  report::print_table(std::cout, table);  // as wide as it is: the paths are the answer
  std::cout << '\n';
  bool fine = true;
  for (const Check& check : checks) {
    if (check.state == CheckState::ok) continue;
    fine = false;
    const std::string text = std::string(state_name(check.state)) + ": " + check.name + ": " + check.advice;
    std::cout << report::wrapped(text, report::terminal_width()) << '\n';
  }
  if (fine) std::cout << all_well << '\n';
}

}  // namespace

ExitCode print_checks(const Checks& checks, Format format, const char* all_well) {
  if (format == Format::table) {
    print_for_people(checks, all_well);
  } else {
    report::print(std::cout, full_table(checks), format);
  }
  const bool wrong =
      std::any_of(checks.begin(), checks.end(), [](const Check& check) { return check.state == CheckState::error; });
  return wrong ? ExitCode::environment : ExitCode::success;
}

}  // namespace runner::cli
