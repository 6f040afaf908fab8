// A corpus in a file, which is mapped into memory instead of read: all processes that use it share its pages.
//
//   header      see corpus_file.cpp: magic, version, key, sizes, a checksum of the whole file
//   vocabulary  each text as its length (4 bytes) and its bytes; then zeros up to a multiple of 64
//   tokens      int32: those for training, validation and testing
//
// All in the byte order of the machine, which is the only one that reads it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "data/common/corpus.h"

namespace runner::text {

// Raise it whenever the file's layout changes, or when equal texts and options give other tokens than before.
constexpr uint64_t kCorpusVersion = 1;

// Writes a corpus with its content_hash. The file appears whole or not at all, also when several processes write it at
// once. Whether it did: a disk that this would fill up is no error.
bool write_corpus(const Corpus& corpus, const std::string& key, const std::filesystem::path& file);

// The corpus of these options that was written under this key. None when the file is missing, another one's or damaged.
// Its tokens are read-only, and stay when the file is removed or replaced.
std::optional<Corpus> read_corpus(const std::filesystem::path& file, const std::string& key,
                                  const TextOptions& options);

}  // namespace runner::text
