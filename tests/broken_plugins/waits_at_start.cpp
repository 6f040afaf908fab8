// Waits for ever in a static initialiser, and so does a process that it starts.
#include <unistd.h>

#include "fixture.h"

namespace {

struct Wait {
  Wait() {
    if (fork() > 0) std::fputs("waiting for the other one\n", stderr);
    while (true) pause();
  }
} wait_at_start;

}  // namespace

FIXTURE_NOTE(fixture::sound_note())
