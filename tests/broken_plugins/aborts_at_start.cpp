// Aborts in a static initialiser, with a last word.
#include "fixture.h"

namespace {

struct Abort {
  Abort() {
    std::fputs("aborts_at_start: the configuration file is missing\n", stderr);
    std::abort();
  }
} abort_at_start;

}  // namespace

FIXTURE_NOTE(fixture::sound_note())
