// What every fuzz target here is made of: one file that defines `run`. See README.md.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace runner::fuzz {

// Gives an input to the code under test, as that would meet it. What this code is documented to throw is caught; any
// other exception is a finding, and so is a broken promise, a crash, ten seconds of processor time or two gigabytes.
void run(std::string_view input);

// Ends the process, naming the promise, unless it holds.
void require(bool holds, const char* promise);

// A folder of this process, removed at its end.
const std::filesystem::path& folder();

// The bytes as a file of that name in folder(); one that is there is replaced.
std::filesystem::path as_file(std::string_view bytes, const std::string& name);

}  // namespace runner::fuzz
