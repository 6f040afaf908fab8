// A shared library that is no plugin. It must not be opened.
#include "fixture.h"

static const fixture::Mark mark;
