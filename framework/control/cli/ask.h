// Asking the person at the terminal.
#pragma once

#include <string>

namespace runner::cli {

// Whether there is a terminal to ask at and to be answered from.
bool can_ask();

// Prints the question with " [y/N] " to stderr; true for y and yes.
bool ask(const std::string& question);

}  // namespace runner::cli
