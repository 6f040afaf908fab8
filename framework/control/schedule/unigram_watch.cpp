#include "control/schedule/unigram_watch.h"

#include <cmath>

namespace runner::schedule {
namespace {

constexpr double kNear = 0.03;
constexpr int64_t kLongEnough = 20;  // epochs

}  // namespace

bool UnigramWatch::on_epoch(std::optional<double> perplexity) {
  const bool there = unigram_ && perplexity && std::abs(*perplexity - *unigram_) <= kNear * *unigram_;
  epochs_there_ = there ? epochs_there_ + 1 : 0;
  return epochs_there_ >= kLongEnough;
}

}  // namespace runner::schedule
