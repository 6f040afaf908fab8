// Which arms are better than which, and how sure that is: what `runner compare` answers.
//
// How it is judged. The value of a trial is the metric at its last epoch. Perplexities are averaged and compared as
// their logarithms, nats per token, and shown as exp of the result: that is the loss which was trained and which adds
// up over tokens, equal steps in it mean equal ratios of perplexity, and one seed that went far astray does not drown
// the others. So the mean shown is the geometric one, and the interval, computed in nats too, lies unevenly around it.
// Other metrics are taken as they are. Seeds pair the arms: trials of one seed see the same batches, so each arm is
// compared with the baseline seed by seed, by a paired t test over the seeds that both have. The p values of one table
// are one family, corrected by Holm's method; below 0.05 the verdict is `better` or `worse`, otherwise `not resolved`.
// Fewer than three common seeds, or differences that do not vary, are not resolved whatever the numbers.
//
// Who is compared. Only trials on the same text, split and vocabulary: others get a table and a baseline of their own.
// An arm that sees the future is compared with none that does not. Without a baseline named by the caller it is the
// best arm by its mean that does not see the future, of those with three seeds or more when there are such. It is
// chosen from the very numbers that it is then compared by, which flatters it; a baseline named beforehand is not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/report/compared_arms.h"
#include "control/report/statistics.h"
#include "control/store/reader.h"

namespace runner::report {

inline constexpr size_t kFewestPairs = 3;
inline constexpr double kLevel = 0.05;

struct ComparisonRequest {
  std::vector<int64_t> sweeps;   // each once
  std::string metric;            // '': the sweeps' own
  std::optional<bool> minimize;  // none: as the sweeps say, or what is usual for the metric
  std::string baseline;          // label of an arm; '': the best
};

// Their names are part of the output; never change them.
enum class Verdict { none, baseline, better, worse, not_resolved };
const char* verdict_name(Verdict verdict);  // '' for none

struct Judgement {
  Verdict verdict = Verdict::none;
  std::string reason;          // why there is no verdict, or none is resolved; '' when the numbers say it
  Summary difference;          // arm - baseline over the common seeds; in nats per token for perplexities
  std::optional<double> p;     // of the paired test alone
  std::optional<double> holm;  // corrected over the table's family
};

struct JudgedArm {
  ComparedArm arm;
  Summary summary;  // of its counted values; in nats per token for perplexities
  Judgement judgement;
};

// Arms on the same data: the best first, then those without a value, then those that see the future.
struct ComparisonTable {
  Data data;
  std::vector<JudgedArm> arms;
  std::optional<size_t> baseline;
  std::string baseline_choice;  // how it came to be the baseline, or why there is none
  size_t family = 0;            // comparisons that Holm's correction is for
};

struct ComparedSweep {
  int64_t sweep_id = 0;
  std::string name;
};

struct Comparison {
  std::vector<ComparedSweep> sweeps;
  std::string metric;
  bool minimize = true;
  std::vector<ComparisonTable> tables;

  bool in_nats() const;  // values are logarithms of what is shown
  // A mean of values as it is shown.
  double shown(double value) const;
};

// Throws RequestError when the sweeps are judged by different metrics and the request names none, no trial has such a
// metric (naming those there are), no completed trial has a value, or there is no such baseline (naming the nearest).
Comparison compare(store::Reader& reader, const ComparisonRequest& request);

}  // namespace runner::report
