// The note that the runner reads from the worker's file: what it expects of every plugin.
#include <runner/plugin.h>

RUNNER_ABI_NOTE()
