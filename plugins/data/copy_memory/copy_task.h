// The copy task: how long can a model remember?
//
// Hochreiter and Schmidhuber, "Long Short-Term Memory" (1997), in the form of Arjovsky, Shah and Bengio, "Unitary
// Evolution Recurrent Neural Networks" (2016): a sequence is ten symbols, delay - 1 blanks, a delimiter and ten blanks;
// what is to be predicted is blank until the delimiter, and then the ten symbols in their order.
#pragma once

#include <runner/dataset.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace runner::copy_memory {

constexpr int64_t kSymbols = 8;      // tokens 0 … 7
constexpr int64_t kBlank = 8;        // a token
constexpr int64_t kDelimiter = 9;    // a token
constexpr int64_t kVocabulary = 10;  // V
constexpr int64_t kRemembered = 10;  // symbols of a sequence

struct CopyOptions {
  int64_t delay = 30;               // steps from the last symbol to the delimiter
  int64_t batch_size = 32;          // N, sequences of a batch
  int64_t batches_per_epoch = 100;  // of training
  int64_t valid_batches = 10;       // for validation; 0 = none
  int64_t test_batches = 0;         // for testing; 0 = none

  static Schema<CopyOptions> schema() {
    Schema<CopyOptions> schema;
    schema.add("delay", &CopyOptions::delay)
        .range(1, 1e6)
        .unit("steps")
        .doc("steps from the last symbol to the delimiter; a sequence has delay + 20");
    schema.add("batch_size", &CopyOptions::batch_size).range(1, 1e6).unit("rows").doc("sequences of a batch");
    schema.add("batches_per_epoch", &CopyOptions::batches_per_epoch)
        .range(1, 1e9)
        .unit("batches")
        .doc("batches of an epoch, fresh sequences in each");
    schema.add("valid_batches", &CopyOptions::valid_batches)
        .range(0, 1e9)
        .unit("batches")
        .doc("batches for validation, the same in every epoch and trial, 0 = none");
    schema.add("test_batches", &CopyOptions::test_batches)
        .range(0, 1e9)
        .unit("batches")
        .doc("batches for testing, the same in every epoch and trial, 0 = none");
    return schema;
  }
};

// Every batch is made when it is asked for, from its number alone, and begins with a new state. Training sequences are
// fresh in every epoch and decided by seed and epoch; those for validation and testing are always the same.
class CopyTask final : public Dataset {
 public:
  using Options = CopyOptions;
  explicit CopyTask(const Options& options) : options_(options) {}

  int64_t vocabulary_size() const override { return kVocabulary; }
  bool has_split(Split split) const override { return batch_count(split) > 0; }
  std::unique_ptr<BatchStream> batches(Split split, int64_t epoch, uint64_t seed) const override;
  // Of the delay alone: all other options draw more or fewer sequences of the same kind.
  std::string content_hash() const override;
  // memoryless_loss, 10 ln 8 / (delay + 20) nats per token: of a model that knows when to say blank and guesses the ten
  // symbols. memoryless_perplexity is its exp.
  std::vector<std::pair<std::string, double>> facts() const override;

 private:
  int64_t batch_count(Split split) const;

  const Options options_;
};

}  // namespace runner::copy_memory
