// A job's dataset and model, made from what the job says of them.
#pragma once

#include <runner/dataset.h>
#include <runner/model.h>

#include <memory>
#include <string>
#include <vector>

#include "common/protocol.h"
#include "worker/train/guarded_model.h"

namespace runner::worker {

std::unique_ptr<Dataset> open_dataset(const DatasetFactory& factory, const protocol::Component& component,
                                      const DatasetContext& context = {});

// In training mode, with the initial weights that the init stream of `seed` gives. LibTorch's generator is left at the
// start of the dropout stream.
std::unique_ptr<GuardedModel> create_model(const ModelFactory& factory, const protocol::Component& component,
                                           const ModelContext& context, int64_t seed);

// The tokens of a text to continue, at least one. Throws EncodeError for a character that the vocabulary lacks.
std::vector<int64_t> encode_prefix(const Dataset& data, const std::string& prefix);

}  // namespace runner::worker
