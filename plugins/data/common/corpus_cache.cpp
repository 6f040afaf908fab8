#include "data/common/corpus_cache.h"

#include <utility>

#include "data/common/content_hash.h"
#include "data/common/corpus_file.h"
#include "data/common/corpus_key.h"
#include "data/common/file_lock.h"

namespace runner::text {

Corpus open_corpus(const TextOptions& options, const CorpusSources& sources, const std::filesystem::path& folder) {
  const auto key = folder.empty() ? std::nullopt : corpus_key(options, sources);
  if (!key) return load_corpus(options, sources);
  const std::filesystem::path file = folder / (*key + ".tokens");
  if (auto kept = read_corpus(file, *key, options)) return std::move(*kept);
  const FileLock lock(folder / (*key + ".lock"));
  // Whoever held the lock has written what we want.
  if (auto kept = read_corpus(file, *key, options)) return std::move(*kept);
  Corpus corpus = load_corpus(options, sources);
  corpus.content_hash = content_hash(corpus);
  // A file that changed while it was read is of neither key.
  if (corpus_key(options, sources) == key) write_corpus(corpus, *key, file);
  return corpus;
}

}  // namespace runner::text
