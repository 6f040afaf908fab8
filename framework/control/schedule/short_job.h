// Jobs that somebody waits for: all but training.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "control/schedule/output_tail.h"
#include "control/schedule/worker_pool.h"

namespace runner::schedule {

class ShortJob : public JobHandler {
 public:
  explicit ShortJob(std::string command) : command_(std::move(command)) {}
  const std::string& command() const { return command_; }

  void on_output(std::string_view bytes) override { output_.append(bytes); }

 protected:
  // "exited with code 3; its last words:\n…"
  std::string end_text(const ExitStatus& status) const;

 private:
  const std::string command_;
  OutputTail output_;
};

// Runs the jobs, in their order, as many at once as the pool has slots, and returns when all are over. Throws Error
// with the signal's exit code when interrupted; all are over then, too.
void run_all(std::deque<ShortJob*> jobs, WorkerPool& pool, Signals& signals);

}  // namespace runner::schedule
