#include "control/cli/display.h"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "control/cli/live_display.h"

namespace runner::cli {
namespace {

bool can_repaint() {
  const char* terminal = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && terminal && std::string_view(terminal) != "dumb";
}

}  // namespace

std::unique_ptr<schedule::Observer> make_display() {
  if (can_repaint()) return std::make_unique<LiveDisplay>();
  return std::make_unique<LogDisplay>();
}

}  // namespace runner::cli
