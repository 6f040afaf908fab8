// Nobody outlives whom it works for: the host its runner, a job its host, and what a plugin started its job.
//
// The first two are the kernel's to see to, so that they hold for processes that are stopped or stuck, and whatever
// ends the one above, SIGKILL included.
#pragma once

#include <sys/types.h>

namespace runner::worker {

// This process is killed when its parent ends; to be exact, the thread of it that started this one. Where that is gone
// already, this process has another parent than `parent`, and ends at once. So `parent` must be known from before:
// asked for here, it could be whoever took the orphan in.
void follow_parent(pid_t parent);

// Who started this program, by its own word (kParentVariable), which is not passed on to what is started here. The
// present parent where nobody said: then a person started it.
pid_t take_parent();

// Makes this process the first of a new process group, all of which is killed when the other end of `lifeline` closes:
// PR_SET_PDEATHSIG reaches children alone, not theirs. `lifeline`: the reading end of a pipe that nobody writes to; it
// must stay open here.
void lead_group(int lifeline);

// What the children of this process leave behind becomes its own child.
void adopt_orphans();

// Kills the children of this process, and those it adopts meanwhile, and waits for their end.
void end_children();

}  // namespace runner::worker
