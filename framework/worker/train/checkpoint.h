// A trial between two steps, in a file (see common/tensor_file.h), and the folder of them. Metadata of a file:
//
//   runner_kind     "checkpoint"
//   runner_version  "1"; raised when a reader must know more
//   identity        what it belongs to, a JSON object of texts
//
// Its tensors are those of a Snapshot, and the text of its values as bytes under the name "values".
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "worker/train/snapshot.h"

namespace runner::worker {

// What decides the numbers of a trial, by name: its configuration, the plugins' code, the text. A checkpoint of another
// identity is of no use.
using Identity = std::map<std::string, std::string>;

// Throws EnvironmentError when the disk does not take it.
void write_checkpoint(const std::filesystem::path& file, const Snapshot& snapshot, const Identity& identity);

// Hands what the file holds to `use`, which throws std::invalid_argument or Json::exception for what it has no use for.
// Throws EnvironmentError then, and when the file cannot be read, is damaged or no checkpoint, is of another identity,
// or holds what LibTorch refuses; the message says which. Where memory runs out, that error passes through.
void read_checkpoint(const std::filesystem::path& file, const Identity& identity,
                     const std::function<void(const Snapshot&)>& use);

// A trial's checkpoints, `<epoch>-<batch>.safetensors`. One process at a time writes it.
class CheckpointFolder {
 public:
  // `keep`: how many of the latest stay.
  CheckpointFolder(std::filesystem::path folder, Identity identity, int64_t keep);

  // After so many batches of an epoch. The folder is made when it is first needed. Throws EnvironmentError; what was
  // there before is still there then.
  void save(int64_t epoch, int64_t batch, const Snapshot& snapshot) const;

  // The latest first.
  std::vector<std::filesystem::path> files() const;

  // As read_checkpoint() does.
  void read(const std::filesystem::path& file, const std::function<void(const Snapshot&)>& use) const;

 private:
  const std::filesystem::path folder_;
  const Identity identity_;
  const int64_t keep_;
};

}  // namespace runner::worker
