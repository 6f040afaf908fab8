#include "control/report/verification.h"

#include <array>
#include <cstring>

#include "control/report/human.h"

namespace runner::report {
namespace {

using store::Cell;
using store::Reader;
using store::Table;

// What is compared, by a trial's number. The last column is the value, those before it say which one.
struct Part {
  const char* name;
  const char* sql;
};

constexpr std::array kParts = {
    Part{"state", "SELECT status || ' [' || flags || ']' FROM trials WHERE number = ?"},
    Part{"metrics",
         "SELECT 'epoch ' || m.epoch, m.name, m.value FROM metrics m JOIN trials t USING (trial_id) WHERE t.number = ? "
         "AND m.name NOT IN ('seconds', 'tokens_per_second') ORDER BY m.epoch, m.name"},
    Part{
        "samples",
        "SELECT 'epoch ' || s.epoch, s.prefix, s.text FROM samples s JOIN trials t USING (trial_id) WHERE t.number = ? "
        "ORDER BY s.epoch, s.prefix"},
    Part{
        "facts",
        "SELECT f.name, f.value FROM trial_facts f JOIN trials t USING (trial_id) WHERE t.number = ? ORDER BY f.name"}};

bool same_bits(double a, double b) { return std::memcmp(&a, &b, sizeof(a)) == 0; }

bool equal(const Cell& a, const Cell& b) {
  const auto *x = std::get_if<double>(&a), *y = std::get_if<double>(&b);
  return x && y ? same_bits(*x, *y) : a == b;
}

bool equal(const std::vector<Cell>& a, const std::vector<Cell>& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (!equal(a[i], b[i])) return false;
  }
  return true;
}

std::string exact_text(const Cell& cell) {
  const auto* number = std::get_if<double>(&cell);
  return number ? significant_text(*number, 17) : cell_text(cell);
}

std::string text_of_row(const std::vector<Cell>& row) {
  std::string text;
  for (size_t i = 0; i < row.size(); ++i) text += (i == 0 ? "" : " ") + exact_text(row[i]);
  return text;
}

std::string row_or_nothing(const Table& table, size_t row) {
  return row < table.rows.size() ? text_of_row(table.rows[row]) : "nothing";
}

std::string difference(const Part& part, const Table& undisturbed, const Table& disturbed) {
  for (size_t i = 0; i < std::max(undisturbed.rows.size(), disturbed.rows.size()); ++i) {
    const bool both = i < undisturbed.rows.size() && i < disturbed.rows.size();
    if (both && equal(undisturbed.rows[i], disturbed.rows[i])) continue;
    return std::string(part.name) + ": undisturbed " + row_or_nothing(undisturbed, i) + ", disturbed " +
           row_or_nothing(disturbed, i);
  }
  return "";
}

std::string first_difference(int64_t number, Reader& undisturbed, Reader& disturbed) {
  for (const Part& part : kParts) {
    const std::string found =
        difference(part, undisturbed.query(part.sql, {number}), disturbed.query(part.sql, {number}));
    if (!found.empty()) return found;
  }
  return "";
}

}  // namespace

std::vector<VerifiedTrial> verify_trials(Reader& undisturbed, Reader& disturbed) {
  std::vector<VerifiedTrial> trials;
  const Table rows = disturbed.query(
      "SELECT number, label, seed, (SELECT value FROM trial_facts f WHERE f.trial_id = t.trial_id AND f.name = "
      "'steps'), (SELECT count(*) FROM attempts a WHERE a.trial_id = t.trial_id), (SELECT count(from_epoch) FROM "
      "attempts "
      "a WHERE a.trial_id = t.trial_id) FROM trials t ORDER BY number");
  for (const auto& row : rows.rows) {
    const int64_t number = integer_of(row[0]);
    trials.push_back({number, text_of(row[1]), integer_of(row[2]), integer_of(row[3]), integer_of(row[4]),
                      integer_of(row[5]), first_difference(number, undisturbed, disturbed)});
  }
  return trials;
}

}  // namespace runner::report
