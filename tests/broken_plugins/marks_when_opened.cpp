// Leaves its mark when it is opened, as the plugins that must not be opened would: shows that the mark works.
#include "fixture.h"

static const fixture::Mark mark;

FIXTURE_NOTE(fixture::sound_note())
