#include "worker/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "common/params_json.h"
#include "common/training.h"
#include "worker/train/improvement.h"

namespace runner::worker {
namespace {

// What a schedule starts from.
struct Course {
  double lr = 0;       // the optimizer's
  int64_t epochs = 0;  // of training
};

// How much of training lies before a step, in epochs.
double epochs_before(const StepPosition& step) {
  return static_cast<double>(step.epoch - 1) + static_cast<double>(step.batch) / static_cast<double>(step.batches);
}

// W steps of warm-up give the first step 1/W of the rate, and step number W all of it.
double warmup_share(double warmup, StepPosition step) {
  ++step.batch;
  const double done = epochs_before(step);
  return done < warmup ? done / warmup : 1;
}

double rate(const ConstantOptions&, const Course& course, const StepPosition&) { return course.lr; }

double rate(const StepOptions& o, const Course& course, const StepPosition& step) {
  return course.lr * std::pow(o.factor, (step.epoch - 1) / o.every);
}

double rate(const ExponentialOptions& o, const Course& course, const StepPosition& step) {
  return course.lr * std::pow(o.factor, std::max<int64_t>(0, step.epoch - o.after));
}

// Moves with every step, as in the paper, and begins where the warm-up ends.
double rate(const CosineOptions& o, const Course& course, const StepPosition& step) {
  const double pi = std::acos(-1.0);
  const double since_warmup = std::max(0.0, epochs_before(step) - o.warmup);
  const double length = static_cast<double>(course.epochs) - o.warmup;
  const double done = since_warmup > 0 ? since_warmup / length : 0;
  return o.min_lr + (course.lr - o.min_lr) * (1 + std::cos(pi * done)) / 2;
}

// All but halve_on_plateau.
template <typename Options>
class FixedSchedule final : public Schedule {
 public:
  FixedSchedule(const Options& options, const Course& course) : options_(options), course_(course) {}

  double learning_rate(const StepPosition& step) const override {
    return warmup_share(options_.warmup, step) * rate(options_, course_, step);
  }
  void hear(const Json&) override {}

 private:
  const Options options_;
  const Course course_;
};

class HalveOnPlateau final : public Schedule {
 public:
  HalveOnPlateau(HalveOnPlateauOptions options, const Course& course) : options_(std::move(options)), course_(course) {}

  double learning_rate(const StepPosition& step) const override {
    const double reduced = course_.lr * std::pow(options_.factor, reductions_);
    return warmup_share(options_.warmup, step) * std::max(options_.min_lr, reduced);
  }

  void hear(const Json& metrics) override {
    note_epoch(improvement_, metrics, options_.metric, options_.min_delta);
    if (improvement_.epochs_without < options_.patience) return;
    improvement_.epochs_without = 0;
    ++reductions_;
  }

 private:
  const HalveOnPlateauOptions options_;
  const Course course_;
  Improvement improvement_;
  int64_t reductions_ = 0;  // of the learning rate, so far
};

template <typename Options>
std::unique_ptr<Schedule> fixed(const Json& options, const Course& course) {
  return std::make_unique<FixedSchedule<Options>>(options_from<Options>(options), course);
}

}  // namespace

std::unique_ptr<Schedule> make_schedule(const Json& description, double lr, int64_t epochs) {
  const Course course{lr, epochs};
  Json options = description;
  const auto name = options.value("name", std::string());
  options.erase("name");
  if (name == "constant") return fixed<ConstantOptions>(options, course);
  if (name == "step") return fixed<StepOptions>(options, course);
  if (name == "exponential") return fixed<ExponentialOptions>(options, course);
  if (name == "cosine") return fixed<CosineOptions>(options, course);
  if (name == "halve_on_plateau") {
    return std::make_unique<HalveOnPlateau>(options_from<HalveOnPlateauOptions>(options), course);
  }
  throw std::invalid_argument("unknown schedule \"" + name +
                              "\"; expected constant, step, exponential, cosine or halve_on_plateau");
}

}  // namespace runner::worker
