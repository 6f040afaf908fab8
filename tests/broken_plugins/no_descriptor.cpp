// A note and nothing behind it.
#include "fixture.h"

FIXTURE_NOTE(fixture::sound_note())
