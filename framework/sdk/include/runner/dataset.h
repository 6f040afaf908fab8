// The interface of a dataset: batches of token ids, and the way from text to ids and back.
//
// Shapes: T time steps, N batch; inputs and targets are [T, N] int64 on the CPU.
#pragma once

#include <ATen/core/Tensor.h>
#include <runner/params.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace runner {

// Stored by name in results; never rename.
enum class Split { train, valid, test };

// One step of training. `targets` is what follows `inputs`, position by position.
struct Batch {
  at::Tensor inputs;         // [T, N] int64
  at::Tensor targets;        // [T, N] int64
  bool fresh_state = false;  // true: row n does not continue row n of the batch before, start from a new state
};

// The batches of one epoch, in order. Used from one thread; must not outlive its dataset.
class BatchStream {
 public:
  virtual ~BatchStream() = default;
  // How many batches the epoch has.
  virtual int64_t size() const = 0;
  // Makes `next` return batch number `batch` (from 0), in O(1): a resumed trial must not replay what it has seen.
  virtual void seek(int64_t batch) = 0;
  // Fills `batch` and returns true, or returns false after the last one.
  virtual bool next(Batch& batch) = 0;
};

// A text position that cannot be turned into a token. The host reports it where the text was written.
class EncodeError : public std::invalid_argument {
 public:
  explicit EncodeError(const std::string& message) : std::invalid_argument(message) {}
};

// What a dataset is built with.
struct DatasetContext {
  // A folder where a dataset may keep what is costly to compute, for the other trials of its sweep: processes that may
  // run at the same time. A file there may be gone at any moment, and damaged when it is opened; as others may have it
  // in their memory, it is only ever removed or replaced by another (rename), never changed. Empty: there is no such
  // folder.
  std::filesystem::path cache;
};

// Built once for each trial from filled options. A constructor reports an unusable option by throwing OptionError,
// which names it; the message says which file, and where in it or which sizes. One that takes longer than the
// experiment's run.hang_timeout is taken for one that hangs. Used from one thread.
class Dataset {
 public:
  virtual ~Dataset() = default;

  // V: every token is in 0 … V-1.
  virtual int64_t vocabulary_size() const = 0;

  // Whether the split has at least one batch; `Split::train` always has.
  virtual bool has_split(Split split) const = 0;

  // The batches of an epoch (from 1). A pure function of its arguments: the same call gives the same batches, whatever
  // was asked before. `seed` is the trial's data stream.
  virtual std::unique_ptr<BatchStream> batches(Split split, int64_t epoch, uint64_t seed) const = 0;

  // The whole split as one sequence, [tokens] int32 or int64, where it is one that lies in memory, perhaps read-only;
  // else undefined. The host takes the unigram and bigram perplexities of the text from it, and without it from the
  // batches of the first epoch.
  virtual at::Tensor sequence(Split) const { return {}; }

  // A digest (hexadecimal) of everything that decides the numbers: tokens, split and vocabulary. Two datasets with
  // equal hashes give comparable perplexities.
  virtual std::string content_hash() const = 0;

  // Numbers of the dataset itself that a result is to be read beside, such as `memoryless_loss` (nats per token): the
  // host stores them with every trial under these names, [a-z][a-z0-9_]*, none of them one of its own.
  virtual std::vector<std::pair<std::string, double>> facts() const { return {}; }

  // How many characters (Unicode code points) of text one target of the split stands for, on average, so that losses of
  // different kinds of token can be compared: bits per character are nats per token / (ln 2 * this). 1 for characters;
  // more for words, where the spaces and newlines between words count as characters too; at most 1 for bytes. 0 where
  // there is no text, or no such split.
  virtual double characters_per_token(Split) const { return 0; }

  // Whether `encode` and `decode` work; without them a trial has no samples.
  virtual bool has_text() const { return false; }
  // UTF-8 text to token ids. Throws EncodeError naming the first character that the vocabulary lacks.
  virtual std::vector<int64_t> encode(std::string_view) const { throw EncodeError("this dataset has no text"); }
  // Token ids to UTF-8 text, such that decode(encode(x)) == x but for what the vocabulary folds: letters in lower case,
  // runs of white space, words it lacks. More tokens behind only add text behind.
  virtual std::string decode(const std::vector<int64_t>&) const { throw EncodeError("this dataset has no text"); }
};

// How the host builds datasets of one kind. Authors get it from `runner::dataset<…>()` in plugin.h.
class DatasetFactory {
 public:
  virtual ~DatasetFactory() = default;
  virtual const std::vector<ParamSpec>& params() const = 0;
  // Applies the rules that no single parameter can state. Throws OptionError; reads no file.
  virtual void check(const ParamValues& values) const = 0;
  virtual std::unique_ptr<Dataset> create(const ParamValues& values, const DatasetContext& context) const = 0;
};

}  // namespace runner
