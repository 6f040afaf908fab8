// How much memory of its own a trial may map. It is the second line: the runner looks every second at what a trial has
// in memory, beside what it had at its start, and asks one that is over run.memory to end; this stops one that takes
// much more between two looks.
#pragma once

#include <cstdint>
#include <string>

namespace runner::worker {

// From here on this process gets `bytes` of private memory beside what it has (RLIMIT_DATA, and not the address space,
// of which LibTorch maps much that it never touches), and room for what `threads` threads map at their start and hardly
// touch. A request beyond that fails, as std::bad_alloc or LibTorch's own error. 0: no limit. A stricter limit that the
// process was started under stays. Throws EnvironmentError when the system does not tell what the process has.
void limit_memory(int64_t bytes, int threads);

// Takes that off again: to say that it was reached needs some memory, too.
void lift_memory_limit();

// What bounds or bounded the memory of this process: "run.memory allows …"; empty: nothing does.
std::string memory_limit_text();

}  // namespace runner::worker
