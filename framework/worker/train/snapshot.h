// What training must remember to go on as if nothing had happened.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>

#include "common/json.h"

namespace runner::worker {

// Tensors and values under names. Every part of training puts its own in and takes them out again; see checkpoint.h for
// the file. The tensors may be those that training goes on with, so write a snapshot before the next step.
struct Snapshot {
  std::map<std::string, at::Tensor> tensors;
  Json values = Json::object();

  // Both throw std::invalid_argument when there is no tensor of that name. The second copies in place, from the CPU to
  // whatever device, and throws unless type and shape are equal.
  const at::Tensor& tensor(const std::string& name) const;
  void copy_to(const std::string& name, at::Tensor destination) const;
};

// A count among the values: a whole number from 0 on, small enough to have all that a trial counts added to it. Throws
// std::invalid_argument for anything else, calling it `what`.
int64_t count_of(const Json& value, const char* what);

// What was restored from a snapshot must give the same one again. Throws std::invalid_argument, naming what differs,
// unless both have tensors of the same names, and the same values.
void check_restored(const Snapshot& found, const Snapshot& again);

}  // namespace runner::worker
