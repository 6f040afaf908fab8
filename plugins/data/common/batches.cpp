#include "data/common/batches.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <random>

namespace runner::text {
namespace {

// A stream whose batch number b (from 0) can be made at once.
class NumberedBatches : public BatchStream {
 public:
  explicit NumberedBatches(int64_t size) : size_(size) {}
  int64_t size() const final { return size_; }
  void seek(int64_t batch) final { next_ = batch; }
  bool next(Batch& batch) final {
    if (next_ >= size_) return false;
    batch = make(next_++);
    return true;
  }

 private:
  virtual Batch make(int64_t number) const = 0;

  const int64_t size_;
  int64_t next_ = 0;
};

class Consecutive final : public NumberedBatches {
 public:
  Consecutive(const at::Tensor& tokens, BatchShape shape)
      : NumberedBatches(consecutive_batch_count(tokens.numel(), shape)), steps_(shape.steps) {
    const int64_t columns = tokens.numel() / shape.rows;
    grid_ = tokens.narrow(0, 0, columns * shape.rows).view({shape.rows, columns});
  }

 private:
  Batch make(int64_t number) const override { return {columns(number * steps_), columns(number * steps_ + 1), false}; }
  at::Tensor columns(int64_t start) const { return grid_.narrow(1, start, steps_).t().to(at::kLong).contiguous(); }

  const int64_t steps_;
  at::Tensor grid_;  // [N, columns], a view of the tokens
};

// The same on every machine: std::shuffle and the standard's distributions are left to each library.
class Random {
 public:
  explicit Random(uint64_t seed, uint64_t epoch) {
    std::seed_seq mixed{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32), static_cast<uint32_t>(epoch),
                        static_cast<uint32_t>(epoch >> 32)};
    engine_.seed(mixed);
  }

  // Uniform in 0 … count-1: numbers above the last multiple of `count` are drawn again.
  int64_t below(int64_t count) {
    const auto n = static_cast<uint64_t>(count);
    const uint64_t last = UINT64_MAX - UINT64_MAX % n;
    uint64_t value = engine_();
    while (value >= last) value = engine_();
    return static_cast<int64_t>(value % n);
  }

  void shuffle(std::vector<int64_t>& values) {
    for (size_t i = values.size(); i > 1; --i) {
      std::swap(values[i - 1], values[static_cast<size_t>(below(static_cast<int64_t>(i)))]);
    }
  }

 private:
  std::mt19937_64 engine_;
};

class RandomWindows final : public NumberedBatches {
 public:
  RandomWindows(const at::Tensor& tokens, BatchShape shape, int64_t epoch, uint64_t seed)
      : NumberedBatches(random_batch_count(tokens.numel(), shape)), tokens_(tokens), shape_(shape) {
    Random random(seed, static_cast<uint64_t>(epoch));
    // An offset may not cost a batch: it uses up no more than what would be left over without it.
    const int64_t spare = tokens.numel() - 1 - size() * shape.rows * shape.steps;
    const int64_t offset = random.below(std::min(shape.steps, spare + 1));
    const int64_t windows = (tokens.numel() - 1 - offset) / shape.steps;
    starts_.reserve(static_cast<size_t>(windows));
    for (int64_t i = 0; i < windows; ++i) starts_.push_back(offset + i * shape.steps);
    random.shuffle(starts_);
  }

 private:
  Batch make(int64_t number) const override {
    at::Tensor both = at::empty({shape_.rows, shape_.steps + 1}, at::kInt);
    for (int64_t row = 0; row < shape_.rows; ++row) {
      const int64_t start = starts_[static_cast<size_t>(number * shape_.rows + row)];
      const int32_t* from = tokens_.data_ptr<int32_t>() + start;
      std::copy(from, from + shape_.steps + 1, both.data_ptr<int32_t>() + row * (shape_.steps + 1));
    }
    const at::Tensor columns = both.t().to(at::kLong);
    return {columns.narrow(0, 0, shape_.steps).contiguous(), columns.narrow(0, 1, shape_.steps).contiguous(), true};
  }

  const at::Tensor tokens_;
  const BatchShape shape_;
  std::vector<int64_t> starts_;
};

}  // namespace

int64_t consecutive_batch_count(int64_t tokens, BatchShape shape) {
  return std::max<int64_t>(tokens / shape.rows - 1, 0) / shape.steps;
}

int64_t consecutive_tokens_needed(BatchShape shape) { return shape.rows * (shape.steps + 1); }

std::unique_ptr<BatchStream> consecutive_batches(const at::Tensor& tokens, BatchShape shape) {
  return std::make_unique<Consecutive>(tokens, shape);
}

int64_t random_batch_count(int64_t tokens, BatchShape shape) {
  return std::max<int64_t>(tokens - 1, 0) / shape.steps / shape.rows;
}

int64_t random_tokens_needed(BatchShape shape) { return shape.rows * shape.steps + 1; }

std::unique_ptr<BatchStream> random_batches(const at::Tensor& tokens, BatchShape shape, int64_t epoch, uint64_t seed) {
  return std::make_unique<RandomWindows>(tokens, shape, epoch, seed);
}

}  // namespace runner::text
