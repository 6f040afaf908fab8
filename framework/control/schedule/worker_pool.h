// Worker hosts, one a slot, and the loop that waits for what they say.
//
// Single-threaded: everything happens inside `wait`, which calls the handlers of the jobs in hand.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/process.h"
#include "common/protocol.h"
#include "control/schedule/listening_clock.h"
#include "control/schedule/output_tail.h"
#include "control/schedule/signals.h"

namespace runner::schedule {

// What becomes of a job. Borrowed by the pool from `start` until `on_exit` returns.
class JobHandler {
 public:
  virtual ~JobHandler() = default;
  // Whatever the job's child or its host says of it, but `exited`.
  virtual void on_event(const protocol::Message& message) = 0;
  // Bytes that the job wrote to stdout or stderr, as they come.
  virtual void on_output(std::string_view bytes) = 0;
  // The last call: the child is gone. `host_died`: with its host, so it is not the job's doing.
  virtual void on_exit(const ExitStatus& status, bool host_died) = 0;
};

struct PoolSettings {
  int slots = 1;
  int threads_per_trial = 1;
};

class WorkerPool;

// One slot: a host process, started when it is first needed and again when it died.
class Slot {
 public:
  bool busy() const { return handler_ != nullptr; }
  void stop();  // SIGTERM to the job in hand
  void kill();  // SIGKILL; its host, too, when that does not answer

 private:
  friend class WorkerPool;

  void start_host(const PoolSettings& settings);
  void send(const std::string& line);
  void write_commands();
  void read_events();
  void read_output();
  void handle(const protocol::Message& message);
  void report_unreadable(const std::string& reason);
  void kill_stuck_host();
  void finish_job(const ExitStatus& status, bool host_died);
  void host_is_gone();
  std::string why_it_cannot_start() const;

  std::unique_ptr<ChildProcess> host_;
  JobHandler* handler_ = nullptr;
  bool ready_ = false;
  int unreadable_ = 0;  // events of the job in hand
  std::optional<ListeningClock::time_point> kill_requested_;
  std::string commands_;  // that the host's pipe has not taken yet: a stuck host must not keep us waiting
  std::string event_buffer_;
  bool has_lines_left_ = false;  // in event_buffer_, behind one that was not borne
  OutputTail start_errors_;      // stderr before `ready`: why a host cannot start
  int failed_starts_ = 0;        // in a row
  bool was_killed_ = false;      // the last host, by SIGKILL
  Json environment_;
};

class WorkerPool {
 public:
  explicit WorkerPool(const PoolSettings& settings);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  int size() const { return static_cast<int>(slots_.size()); }
  // A slot that has nothing to do, or null.
  Slot* idle_slot();
  bool any_busy() const;
  // Gives a job to an idle slot. Throws EnvironmentError when its host cannot be started.
  void start(Slot& slot, const std::string& command, JobHandler& handler);
  void stop_all();
  void kill_all();

  // Waits until something happens, at most `timeout`, and passes it on. Throws EnvironmentError when hosts cannot be
  // started: one died before it was ready, and none ever was, or it was the third in a row of its slot. Any other is
  // lost with its job as one that was ready.
  void wait(std::chrono::milliseconds timeout, Signals& signals);

  // What the hosts said of themselves: versions of LibTorch, BLAS and compiler. Null before the first is ready.
  Json environment() const;

 private:
  void require_starts(const Slot& slot) const;

  PoolSettings settings_;
  std::vector<std::unique_ptr<Slot>> slots_;
};

}  // namespace runner::schedule
