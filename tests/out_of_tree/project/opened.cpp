// Leaves a file where the environment asks for it when the library is opened, so that a test sees that a refused one is
// not.
#include <cstdlib>
#include <fstream>

namespace {

[[maybe_unused]] const bool kNoted = [] {
  const char* file = std::getenv("OUTSIDE_OPENED");
  if (file) std::ofstream{file} << "opened\n";
  return file != nullptr;
}();

}  // namespace
