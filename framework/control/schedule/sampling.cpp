#include "control/schedule/sampling.h"

#include <stdexcept>

#include "common/error.h"
#include "control/schedule/event_fields.h"
#include "control/schedule/short_job.h"

namespace runner::schedule {
namespace {

class SampleHandler : public ShortJob {
 public:
  SampleHandler(std::string command, Patience patience, size_t prefixes)
      : ShortJob(std::move(command), std::move(patience)), prefixes_(prefixes) {}

  // Of a job that has ended.
  std::vector<SampledText> result() {
    if (problem_.empty()) return std::move(texts_);
    if (path_ == "prefixes") throw RequestError("--prefix: " + problem_);
    if (path_ == "device") throw RequestError("--device: " + problem_);
    throw EnvironmentError("cannot sample: " + problem_);
  }

 private:
  void hear(const protocol::Message& message) override {
    if (message.type == "sample") {
      if (texts_.size() == prefixes_) throw std::invalid_argument("more samples than it was asked for");
      texts_.push_back({text_in(message.body, "prefix"), text_in(message.body, "text")});
    } else if (message.type == "problem") {
      path_ = text_in(message.body, "path");
      problem_ = sentence_in(message.body, "message");
    }
  }

  void end(const ExitStatus& status, bool host_died) override {
    if ((!status.succeeded() || host_died) && problem_.empty()) problem_ = "the worker " + end_text(status);
  }

  const size_t prefixes_;
  std::vector<SampledText> texts_;
  std::string path_, problem_;
};

}  // namespace

std::vector<SampledText> sample(const protocol::SampleJob& job, const Duration& longest_silence) {
  Signals signals;
  WorkerPool pool({1, job.threads});
  const std::string plugins = "\"" + job.data.name + "\" or \"" + job.model.name + "\"";
  SampleHandler handler(protocol::command_line(job), {longest_silence, plugins + " hangs; mend the plugin"},
                        job.samples.at("prefixes").size());
  run_all({&handler}, pool, signals);
  return handler.result();
}

}  // namespace runner::schedule
