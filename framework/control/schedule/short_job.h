// Jobs that somebody waits for: all but training.
#pragma once

#include <runner/params.h>

#include <deque>
#include <string>
#include <string_view>

#include "control/schedule/output_tail.h"
#include "control/schedule/silence_watch.h"
#include "control/schedule/worker_pool.h"

namespace runner::schedule {

// How long a job may give no sign of life, by an `alive` event, before it is killed, 0 = as long as it takes; and what
// to do about it: "run.hang_timeout allows no more; …".
struct Patience {
  Duration longest_silence;
  std::string advice;
};

class ShortJob : public JobHandler {
 public:
  ShortJob(std::string command, Patience patience) : command_(std::move(command)), patience_(std::move(patience)) {}
  const std::string& command() const { return command_; }
  bool has_ended() const { return has_ended_; }
  // Its host died before the job began, as when the system looks for memory while LibTorch is loaded: it may be tried
  // in another one.
  bool is_to_start_again() const { return is_to_start_again_; }

  // Its command is given to a worker now.
  void note_start();
  // Kills it in its slot when it has been silent for too long.
  void enforce_limit(Slot& slot);

  void on_event(const protocol::Message& message) final;
  void on_output(std::string_view bytes) override { output_.append(bytes); }
  void on_exit(const ExitStatus& status, bool host_died) final;

 protected:
  // As JobHandler's on_event and on_exit.
  virtual void hear(const protocol::Message& message) = 0;
  virtual void end(const ExitStatus& status, bool host_died) = 0;

  bool was_killed_for_silence() const { return was_killed_; }
  // "left with exit code 3; its last words:\n…"
  std::string end_text(const ExitStatus& status) const;

 private:
  std::string cause_of_end(const ExitStatus& status) const;

  const std::string command_;
  const Patience patience_;
  SilenceWatch silence_;
  OutputTail output_;
  bool was_killed_ = false;  // by enforce_limit()
  bool has_ended_ = false;
  bool is_to_start_again_ = false;
  int starts_ = 0;
};

// Runs the jobs, in their order, as many at once as the pool has slots, and returns when all are over. Throws Error
// with the signal's exit code when interrupted; all are over then, too.
void run_all(std::deque<ShortJob*> jobs, WorkerPool& pool, Signals& signals);

}  // namespace runner::schedule
