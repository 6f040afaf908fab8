// How much memory of its own a trial may have. It is the second line: the runner looks at the resident set every second
// and asks a trial that is over run.memory to end; this stops one that takes much more between two looks.
#pragma once

#include <cstdint>

namespace runner::worker {

// From here on this process gets `bytes` of private memory beside what it has (RLIMIT_DATA, and not the address space,
// of which LibTorch maps much that it never touches). A request beyond it fails, as std::bad_alloc or LibTorch's own
// error. 0: no limit. Throws EnvironmentError when the system does not tell what the process has.
void limit_memory(int64_t bytes);

// Takes the limit off: to say that it was reached needs some memory, too.
void lift_memory_limit();

}  // namespace runner::worker
