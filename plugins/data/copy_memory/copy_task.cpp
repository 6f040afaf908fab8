#include "data/copy_memory/copy_task.h"

#include <ATen/ATen.h>

#include <cmath>

#include "data/common/fingerprint.h"

namespace runner::copy_memory {
namespace {

// The output function of SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014),
// which turns neighbouring numbers into unrelated ones; the same on every machine.
uint64_t mixed(uint64_t value) {
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

// The random numbers of one split and epoch. Results depend on it: never change it.
uint64_t key_of(Split split, int64_t epoch, uint64_t seed) {
  const uint64_t of_split = mixed(static_cast<uint64_t>(split));
  if (split != Split::train) return of_split;
  return mixed(mixed(of_split + seed) + static_cast<uint64_t>(epoch));
}

class Sequences final : public BatchStream {
 public:
  Sequences(const CopyOptions& options, int64_t size, uint64_t key)
      : delay_(options.delay), rows_(options.batch_size), size_(size), key_(key) {}

  int64_t size() const override { return size_; }
  void seek(int64_t batch) override { next_ = batch; }
  bool next(Batch& batch) override {
    if (next_ >= size_) return false;
    batch = make(next_++);
    return true;
  }

 private:
  Batch make(int64_t number) const {
    const int64_t length = delay_ + 2 * kRemembered, answer = delay_ + kRemembered;
    at::Tensor inputs = at::full({length, rows_}, kBlank, at::kLong), targets = inputs.clone();
    inputs[answer - 1].fill_(kDelimiter);
    int64_t* const in = inputs.data_ptr<int64_t>();
    int64_t* const out = targets.data_ptr<int64_t>();
    for (int64_t row = 0; row < rows_; ++row) {
      uint64_t bits = mixed(key_ + static_cast<uint64_t>(number * rows_ + row));
      for (int64_t i = 0; i < kRemembered; ++i, bits /= kSymbols) {
        in[i * rows_ + row] = out[(answer + i) * rows_ + row] = static_cast<int64_t>(bits % kSymbols);
      }
    }
    return {std::move(inputs), std::move(targets), true};
  }

  const int64_t delay_, rows_, size_;
  const uint64_t key_;
  int64_t next_ = 0;
};

}  // namespace

int64_t CopyTask::batch_count(Split split) const {
  if (split == Split::train) return options_.batches_per_epoch;
  return split == Split::valid ? options_.valid_batches : options_.test_batches;
}

std::unique_ptr<BatchStream> CopyTask::batches(Split split, int64_t epoch, uint64_t seed) const {
  return std::make_unique<Sequences>(options_, batch_count(split), key_of(split, epoch, seed));
}

std::string CopyTask::content_hash() const {
  const std::string identity = "copy_memory/1/delay=" + std::to_string(options_.delay);
  text::Fingerprint fingerprint;
  fingerprint.add(identity.data(), identity.size());
  return fingerprint.finish();
}

std::vector<std::pair<std::string, double>> CopyTask::facts() const {
  const double length = static_cast<double>(options_.delay + 2 * kRemembered);
  const double loss = static_cast<double>(kRemembered) * std::log(static_cast<double>(kSymbols)) / length;
  return {{"memoryless_loss", loss}, {"memoryless_perplexity", std::exp(loss)}};
}

}  // namespace runner::copy_memory
