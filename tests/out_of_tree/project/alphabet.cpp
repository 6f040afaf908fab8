// A dataset: the letters a to z over and over. Everything about the next letter is known from the one before, so a
// model that learns at all reaches a perplexity near 1.
#include <ATen/ATen.h>
#include <runner/dataset.h>
#include <runner/plugin.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int64_t kLetters = 26;

struct Options {
  int64_t batches = 4;     // batches of an epoch
  int64_t num_steps = 10;  // T
  int64_t batch_size = 4;  // N

  static runner::Schema<Options> schema() {
    runner::Schema<Options> schema;
    schema.add("batches", &Options::batches).range(1, 1000000).unit("batches").doc("batches of an epoch");
    schema.add("num_steps", &Options::num_steps).range(1, 10000).unit("letters").doc("length of a sequence");
    schema.add("batch_size", &Options::batch_size).range(1, 10000).unit("sequences").doc("sequences side by side");
    return schema;
  }
};

// Batch b holds the letters b*T … b*T + T of the endless alphabet; row n starts n letters further.
class Letters final : public runner::BatchStream {
 public:
  explicit Letters(const Options& options) : options_(options) {}

  int64_t size() const override { return options_.batches; }
  void seek(int64_t batch) override { position_ = batch; }
  bool next(runner::Batch& batch) override {
    if (position_ == options_.batches) return false;
    batch = {letters(0), letters(1), position_ == 0};
    ++position_;
    return true;
  }

 private:
  at::Tensor letters(int64_t shift) const {
    const int64_t begin = position_ * options_.num_steps + shift;
    const at::Tensor steps = at::arange(begin, begin + options_.num_steps, at::kLong);
    const at::Tensor rows = at::arange(options_.batch_size, at::kLong);
    return (steps.unsqueeze(1) + rows).remainder(kLetters);
  }

  const Options options_;
  int64_t position_ = 0;
};

class Alphabet final : public runner::Dataset {
 public:
  using Options = ::Options;
  explicit Alphabet(const Options& options) : options_(options) {}

  int64_t vocabulary_size() const override { return kLetters; }
  bool has_split(runner::Split split) const override { return split == runner::Split::train; }
  std::unique_ptr<runner::BatchStream> batches(runner::Split, int64_t, uint64_t) const override {
    return std::make_unique<Letters>(options_);
  }
  std::string content_hash() const override {
    return "b" + std::to_string(options_.batches) + "c" + std::to_string(options_.num_steps) + "d" +
           std::to_string(options_.batch_size);
  }

  bool has_text() const override { return true; }
  std::vector<int64_t> encode(std::string_view text) const override {
    std::vector<int64_t> tokens;
    for (const char letter : text) {
      if (letter < 'a' || letter > 'z') throw runner::EncodeError(std::string("not a letter from a to z: ") + letter);
      tokens.push_back(letter - 'a');
    }
    return tokens;
  }
  std::string decode(const std::vector<int64_t>& tokens) const override {
    std::string text;
    for (const int64_t token : tokens) text += static_cast<char>('a' + token);
    return text;
  }

 private:
  const Options options_;
};

}  // namespace

RUNNER_PLUGIN("1.0.0", runner::dataset<Alphabet>("alphabet", "the letters a to z, over and over"))
