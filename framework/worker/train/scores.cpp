#include "worker/train/scores.h"

#include <cmath>

#include "common/seeds.h"
#include "worker/train/evaluate.h"

namespace runner::worker {

Scores::Scores(GuardedModel& model, const Dataset& data, int64_t seed, Pulse& pulse)
    : model_(model), data_(data), seed_(seed), pulse_(pulse) {}

Metrics Scores::of_epoch(int64_t epoch, const EpochResult& result) const {
  Metrics metrics;
  add_loss(metrics, "", Split::train, result.means.loss);
  metrics.add("grad_norm", result.means.grad_norm);
  metrics.add("learning_rate", result.learning_rate);
  metrics.add("seconds", result.seconds);
  metrics.add("tokens_per_second", static_cast<double>(result.tokens) / result.seconds);
  if (data_.has_split(Split::valid)) add_loss(metrics, "valid_", Split::valid, held_out_loss(Split::valid, epoch));
  return metrics;
}

Metrics Scores::of_test(int64_t epoch) const {
  Metrics metrics;
  if (data_.has_split(Split::test)) add_loss(metrics, "test_", Split::test, held_out_loss(Split::test, epoch));
  return metrics;
}

void Scores::add_loss(Metrics& metrics, const std::string& prefix, Split split, double loss) const {
  metrics.add_loss(prefix, loss);
  const double characters = data_.characters_per_token(split);
  if (characters > 0) metrics.add(prefix + "bits_per_character", loss / (std::log(2.0) * characters));
}

double Scores::held_out_loss(Split split, int64_t epoch) const {
  pulse_.enter("evaluating", epoch);
  return in_evaluation(model_, stream_seed(seed_, kSampleStream),
                       [&] { return mean_loss(model_, data_, split, stream_seed(seed_, kDataStream), pulse_); });
}

}  // namespace runner::worker
