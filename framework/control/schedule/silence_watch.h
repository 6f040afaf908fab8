// How long a job may say nothing.
#pragma once

#include <runner/params.h>

#include "control/schedule/listening_clock.h"

namespace runner::schedule {

class SilenceWatch {
 public:
  // An event of the job came, or its command was given to a host.
  void note_sign() { last_sign_ = Clock::now(); }
  // Its host has loaded LibTorch and forked the job.
  void note_fork() { is_forked_ = true; }

  double seconds() const;  // since the last sign
  // Whether that is more than `longest`, 0 = as long as it takes. A host that loads has two minutes at least.
  bool is_longer_than(const Duration& longest) const;
  bool is_forked() const { return is_forked_; }

 private:
  using Clock = ListeningClock;

  Clock::time_point last_sign_ = Clock::now();
  bool is_forked_ = false;
};

}  // namespace runner::schedule
