// A model's tensors in a file (see common/tensor_file.h) and back.
#pragma once

#include <runner/model.h>

#include <filesystem>
#include <map>
#include <string>

#include "common/tensor_file.h"

namespace runner::worker {

// Writes the tensors in their order, from whatever device. Throws like write_tensor_file, and std::invalid_argument for
// a type that such files do not hold.
void write_tensors(const std::filesystem::path& file, const NamedTensors& tensors,
                   std::map<std::string, std::string> metadata);

// Throws std::invalid_argument for names, types and shapes that write_tensors would refuse.
void check_storable(const NamedTensors& tensors);

// Every tensor of the file by its name, on the CPU.
std::map<std::string, at::Tensor> read_tensors(const TensorFile& file);

// Copies every tensor of the file into the one of its name, on whatever device, in place. Throws std::invalid_argument,
// before any is changed, unless file and `tensors` have the same names, types and shapes.
void read_tensors(const TensorFile& file, const NamedTensors& tensors);

}  // namespace runner::worker
