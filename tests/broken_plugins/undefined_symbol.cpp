// Calls a function that nobody provides: a lazy dlopen would find out in the middle of a training.
#include "fixture.h"

void function_that_nobody_provides();

namespace {

const int factory = 0;
const runner_component components[] = {{RUNNER_MODEL, sizeof(runner_component), "undefined", "undefined", &factory}};

}  // namespace

extern "C" __attribute__((visibility("default"))) void call_it();
void call_it() { function_that_nobody_provides(); }

FIXTURE_NOTE(fixture::sound_note())
FIXTURE_DESCRIPTOR({sizeof(runner_plugin_descriptor), RUNNER_SDK_ABI, "1.0.0", 1, 0, components})
