// A component without a factory.
#include "fixture.h"

namespace {

const runner_component components[] = {{RUNNER_MODEL, sizeof(runner_component), "no_factory", "no factory", nullptr}};

}  // namespace

FIXTURE_NOTE(fixture::sound_note())
FIXTURE_DESCRIPTOR({sizeof(runner_plugin_descriptor), RUNNER_SDK_ABI, "1.0.0", 1, 0, components})
