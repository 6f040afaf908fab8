// Texts as a dataset: tokens, their batches, and the way back to text.
#pragma once

#include <runner/dataset.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/common/batches.h"
#include "data/common/corpus.h"
#include "data/common/text_options.h"

namespace runner::text {

// The splits for validation and testing are cut into consecutive batches whatever `sampling` says, the same in every
// epoch.
class TokenDataset : public Dataset {
 public:
  // Throws OptionError for a text that cannot be used (see load_corpus) or is too short for one batch of each split.
  TokenDataset(const TextOptions& options, const CorpusSources& sources, const DatasetContext& context);

  int64_t vocabulary_size() const override { return corpus_.vocabulary.size(); }
  bool has_split(Split split) const override;
  std::unique_ptr<BatchStream> batches(Split split, int64_t epoch, uint64_t seed) const override;
  at::Tensor sequence(Split split) const override { return part(split).tokens; }
  std::string content_hash() const override;
  double characters_per_token(Split split) const override { return part(split).characters_per_token; }
  bool has_text() const override { return true; }
  std::vector<int64_t> encode(std::string_view text) const override { return corpus_.vocabulary.encode(text); }
  std::string decode(const std::vector<int64_t>& tokens) const override { return corpus_.vocabulary.decode(tokens); }

 private:
  const Part& part(Split split) const;
  void check_cut(const TextOptions& options, const TextSource& source) const;
  void check_own(Split split, const TextSource& source) const;
  std::string count_of(int64_t tokens) const;
  int64_t batch_count(Split split) const;

  const bool random_;
  const BatchShape shape_;
  const Corpus corpus_;
};

}  // namespace runner::text
