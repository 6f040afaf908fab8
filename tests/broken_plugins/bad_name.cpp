// A component whose name nobody could write after `plugin:`.
#include "fixture.h"

namespace {

const int factory = 0;
const runner_component components[] = {{RUNNER_MODEL, sizeof(runner_component), "Not A Name", "bad name", &factory}};

}  // namespace

FIXTURE_NOTE(fixture::sound_note())
FIXTURE_DESCRIPTOR({sizeof(runner_plugin_descriptor), RUNNER_SDK_ABI, "1.0.0", 1, 0, components})
