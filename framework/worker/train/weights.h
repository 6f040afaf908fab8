// The weights that a trial leaves, and what they belong to. Metadata of the file (see common/tensor_file.h):
//
//   runner_kind     "weights"
//   runner_version  "1"; raised when a reader must know more
//   model           name of the model
//   options         its options, JSON
//   vocabulary      number of tokens
//   corpus_hash     of the dataset
//   weights_digest  see digest.h
#pragma once

#include <runner/model.h>

#include <filesystem>
#include <string>

#include "common/protocol.h"

namespace runner::worker {

struct WeightsOrigin {
  protocol::Component model;  // its file does not matter
  int64_t vocabulary = 0;
  std::string corpus_hash;
};

// Parameters and buffers of a model. Throws like write_tensors.
void save_weights(const std::filesystem::path& file, const NamedTensors& tensors, const WeightsOrigin& origin,
                  const std::string& digest);

// Fills the tensors of a model of the same origin. Throws EnvironmentError for a file that is missing or damaged, and
// for weights of another origin, saying what was expected and found; the tensors are unchanged then.
void load_weights(const std::filesystem::path& file, const NamedTensors& tensors, const WeightsOrigin& origin);

}  // namespace runner::worker
