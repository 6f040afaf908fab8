#include "control/schedule/sampling.h"

#include "common/error.h"
#include "control/schedule/signals.h"
#include "control/schedule/trial_log.h"
#include "control/schedule/worker_pool.h"

namespace runner::schedule {
namespace {

class SampleHandler : public JobHandler {
 public:
  void on_event(const protocol::Message& message) override {
    if (message.type == "sample") {
      texts_.push_back({message.body.value("prefix", ""), message.body.value("text", "")});
    } else if (message.type == "problem") {
      path_ = message.body.value("path", "");
      problem_ = message.body.value("message", "");
    }
  }

  void on_output(std::string_view bytes) override { output_.append(bytes); }

  void on_exit(const ExitStatus& status, bool host_died) override {
    if ((status.succeeded() && !host_died) || !problem_.empty()) return;
    const std::string tail = tail_of_output(output_);
    problem_ = "the worker " + describe_end(status) + (tail.empty() ? "" : "; its last words:\n" + tail);
  }

  // Of a job that has ended.
  std::vector<SampledText> result() {
    if (problem_.empty()) return std::move(texts_);
    if (path_ == "prefixes") throw RequestError("--prefix: " + problem_);
    if (path_ == "device") throw RequestError("--device: " + problem_);
    throw EnvironmentError("cannot sample: " + problem_);
  }

 private:
  std::vector<SampledText> texts_;
  std::string path_, problem_, output_;
};

}  // namespace

std::vector<SampledText> sample(const protocol::SampleJob& job) {
  constexpr std::chrono::milliseconds kTick{100};
  Signals signals;
  WorkerPool pool({1, job.threads});
  SampleHandler handler;
  pool.start(*pool.idle_slot(), protocol::command_line(job), handler);
  while (pool.any_busy()) {
    pool.wait(kTick, signals);
    if (signals.requests() > 0) pool.kill_all();
  }
  if (signals.requests() > 0) throw Error(signals.exit_code(), "interrupted");
  return handler.result();
}

}  // namespace runner::schedule
