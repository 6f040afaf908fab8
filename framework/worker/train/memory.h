#pragma once

namespace runner::worker {

// Lets this process keep what it frees. A training step frees what the next one allocates again, some of it megabytes:
// kept, it need not be fetched from the system and cleared each time. To be called before anything is trained.
void keep_freed_memory();

}  // namespace runner::worker
