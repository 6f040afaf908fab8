#include "worker/train/settings.h"

#include "common/params_json.h"
#include "worker/train/device.h"

namespace runner::worker {

TrainSettings settings_of(const protocol::TrainJob& job) {
  TrainSettings settings;
  Json train = job.train;
  settings.optimizer = train.value("optimizer", Json{{"name", kDefaultOptimizer}, {"lr", AdamOptions().lr}});
  settings.schedule = train.value("schedule", Json{{"name", kDefaultSchedule}});
  settings.early_stopping = options_from<EarlyStoppingOptions>(train.value("early_stopping", Json::object()));
  settings.checkpoint = options_from<CheckpointOptions>(train.value("checkpoint", Json::object()));
  for (const char* section : {"optimizer", "schedule", "early_stopping", "checkpoint"}) train.erase(section);
  settings.train = options_from<TrainOptions>(train);
  settings.samples = options_from<SampleOptions>(job.samples);
  settings.device = usable_device(job.device);
  return settings;
}

}  // namespace runner::worker
