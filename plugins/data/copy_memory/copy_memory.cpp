#include "data/copy_memory/copy_task.h"

#include <runner/plugin.h>

RUNNER_PLUGIN("1.0.0",
              runner::dataset<runner::copy_memory::CopyTask>("copy_memory",
                                                             "the copy task: ten symbols to remember over a delay"))
