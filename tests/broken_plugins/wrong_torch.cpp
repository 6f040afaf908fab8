// Built for another LibTorch with another compiler. It must not be opened.
#include "fixture.h"

namespace {

const fixture::Mark mark;

constexpr runner_abi_note other_torch() {
  runner_abi_note note = fixture::sound_note();
  fixture::set_text(note.libtorch, "99.0.0");
  note.cxx_abi = 7;
  return note;
}

}  // namespace

FIXTURE_NOTE(other_torch())
