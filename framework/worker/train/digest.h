#pragma once

#include <runner/model.h>

#include <string>

namespace runner::worker {

// SHA-256 (hexadecimal) over the name, type, shape and bytes of every tensor, in order: two trials with the same digest
// ended with the same weights, bit for bit.
std::string weights_digest(const NamedTensors& tensors);

}  // namespace runner::worker
