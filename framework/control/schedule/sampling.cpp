#include "control/schedule/sampling.h"

#include "common/error.h"
#include "control/schedule/short_job.h"

namespace runner::schedule {
namespace {

class SampleHandler : public ShortJob {
 public:
  using ShortJob::ShortJob;

  void on_event(const protocol::Message& message) override {
    if (message.type == "sample") {
      texts_.push_back({message.body.value("prefix", ""), message.body.value("text", "")});
    } else if (message.type == "problem") {
      path_ = message.body.value("path", "");
      problem_ = message.body.value("message", "");
    }
  }

  void on_exit(const ExitStatus& status, bool host_died) override {
    if ((!status.succeeded() || host_died) && problem_.empty()) problem_ = "the worker " + end_text(status);
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
  std::string path_, problem_;
};

}  // namespace

std::vector<SampledText> sample(const protocol::SampleJob& job) {
  Signals signals;
  WorkerPool pool({1, job.threads});
  SampleHandler handler(protocol::command_line(job));
  run_all({&handler}, pool, signals);
  return handler.result();
}

}  // namespace runner::schedule
