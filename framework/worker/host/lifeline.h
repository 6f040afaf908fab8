// Nobody outlives whom it works for: the host its runner, a job its host, and what a plugin started its job.
//
// The first two are the kernel's to see to, so that they hold for processes that are stopped or stuck, and whatever
// ends the one above, SIGKILL included.
#pragma once

#include <sys/types.h>

namespace runner::worker {

// This process is killed when its parent ends; to be exact, the thread of it that started this one. `parent`: who that
// was when the caller began; where it is gone already, the process ends at once.
void follow_parent(pid_t parent);

// Makes this process the first of a new process group, all of which is killed when the other end of `lifeline` closes:
// PR_SET_PDEATHSIG reaches children alone, not theirs. `lifeline`: the reading end of a pipe that nobody writes to; it
// must stay open here.
void lead_group(int lifeline);

// What the children of this process leave behind becomes its own child.
void adopt_orphans();

// Kills the children of this process, and those it adopts meanwhile, and waits for their end.
void end_children();

}  // namespace runner::worker
