// Two models of one name.
#include "fixture.h"

namespace {

const int factory = 0;
const runner_component components[] = {{RUNNER_MODEL, sizeof(runner_component), "same", "the first", &factory},
                                       {RUNNER_MODEL, sizeof(runner_component), "same", "the second", &factory}};

}  // namespace

FIXTURE_NOTE(fixture::sound_note())
FIXTURE_DESCRIPTOR({sizeof(runner_plugin_descriptor), RUNNER_SDK_ABI, "1.0.0", 2, 0, components})
