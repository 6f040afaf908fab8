#include "worker/host/errors.h"

namespace runner::worker {

void report_failure(const protocol::Message& job, Events& events, const Failure& failure) {
  if (job.type != "train") return events.send("problem", {{"path", ""}, {"message", failure.message}});
  const auto trial = job.body.find("trial");
  events.send(
      "failed",
      {{"trial", trial == job.body.end() ? Json(0) : *trial}, {"message", failure.message}, {"cause", failure.cause}});
}

}  // namespace runner::worker
