#include "control/sweep/plan.h"

namespace runner::sweep {

Schema<RunOptions> RunOptions::schema() {
  Schema<RunOptions> schema;
  schema.add("max_concurrent_trials", &RunOptions::max_concurrent_trials)
      .range(0, 4096)
      .unit("trials")
      .doc("trials at the same time, 0 = one for each core, but no more than one for each CUDA device");
  schema.add("threads_per_trial", &RunOptions::threads_per_trial)
      .range(1, 1024)
      .unit("threads")
      .doc("threads of a trial");
  schema.add("timeout", &RunOptions::timeout).at_least(0).unit("s").doc("longest time of one attempt, 0s = none");
  schema.add("hang_timeout", &RunOptions::hang_timeout)
      .at_least(0)
      .unit("s")
      .doc("longest time without a sign of life of a trial, or while its data are opened and counted, 0s = none");
  schema.add("memory", &RunOptions::memory)
      .at_least(0)
      .unit("bytes")
      .doc("memory that a trial may have beside what an idle worker has, 0B = no limit");
  schema.add("max_restarts", &RunOptions::max_restarts)
      .range(0, 1e6)
      .doc("new attempts of a trial whose worker died by a signal");
  schema.add("max_failures", &RunOptions::max_failures)
      .range(0, 1e6)
      .unit("trials")
      .doc("failed trials after which no further one starts, 0 = no limit");
  schema.add("on_failure", &RunOptions::on_failure)
      .choices({"continue", "stop"})
      .doc("whether the sweep goes on when a trial failed");
  schema.add("cuda_graphs", &RunOptions::cuda_graphs)
      .doc("whether training steps on a GPU are recorded and replayed as a whole, which changes no number");
  return schema;
}

}  // namespace runner::sweep
