// Its note fits, its descriptor has the size of another layout.
#include "fixture.h"

FIXTURE_NOTE(fixture::sound_note())
FIXTURE_DESCRIPTOR({8, RUNNER_SDK_ABI, "1.0.0", 0, 0, nullptr})
