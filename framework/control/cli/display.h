// What a person sees of a running sweep, on stderr.
#pragma once

#include <memory>

#include "control/schedule/observer.h"

namespace runner::cli {

// A live picture where stderr is a terminal: log lines scroll above a line for each running trial and one for the
// sweep. Elsewhere the log lines alone, as the chapter prints them: epoch, perplexity, seconds, samples.
std::unique_ptr<schedule::Observer> make_display();

}  // namespace runner::cli
