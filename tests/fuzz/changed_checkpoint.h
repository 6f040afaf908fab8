// Checkpoints from something that a fuzzer can change without spoiling the digest: what is different from a right one.
//
//   {"values": {"loop": {"epoch": -1}},                                   a merge patch (RFC 7396) of its values
//    "metadata": {"runner_version": "2"},                                 one of its metadata
//    "tensors": {"state.0": {"dtype": "F32", "shape": [1, 3], "byte": 7}, a tensor, new or in place of another,
//                "state.1": null}}                                        one that is gone; `values` is one, too
#pragma once

#include <filesystem>
#include <string_view>

namespace runner::fuzz {

// Writes `file`, as `right` would be with the change. Throws std::invalid_argument for what describes no change, and
// for tensors of more than a megabyte.
void write_changed_checkpoint(const std::filesystem::path& right, std::string_view change,
                              const std::filesystem::path& file);

}  // namespace runner::fuzz
