// Files of tensors (see common/tensor_file.h) from something that a fuzzer can change without spoiling the digest.
#pragma once

#include <string>
#include <string_view>

namespace runner::fuzz {

// From a header on the first line and data behind it: the file with these, its length and its digest filled in. Bytes
// that do not begin with "{" are a file already, and left alone.
std::string tensor_file_of(std::string_view input);

}  // namespace runner::fuzz
