// Built with another SDK. It must not be opened.
#include "fixture.h"

namespace {

const fixture::Mark mark;

constexpr runner_abi_note other_sdk() {
  runner_abi_note note = fixture::sound_note();
  note.sdk_abi = 999;
  return note;
}

}  // namespace

FIXTURE_NOTE(other_sdk())
