#include "worker/train/settings.h"

#include <torch/cuda.h>

#include <stdexcept>

#include "worker/train/options_json.h"

namespace runner::worker {
namespace {

at::Device usable_device(const std::string& name) {
  at::Device device(name);
  if (!device.is_cuda()) return device;
  if (!device.has_index()) device.set_index(0);  // tensors always name theirs, and devices are compared
  if (!torch::cuda::is_available()) {
    throw std::invalid_argument("the device " + name +
                                " was asked for, but LibTorch finds no CUDA device here; set train.device to cpu");
  }
  const auto count = static_cast<int64_t>(torch::cuda::device_count());
  if (device.index() >= count) {
    throw std::invalid_argument("the device " + name +
                                " was asked for, but the last CUDA device here is cuda:" + std::to_string(count - 1));
  }
  return device;
}

}  // namespace

TrainSettings settings_of(const protocol::TrainJob& job) {
  TrainSettings settings;
  Json train = job.train;
  settings.optimizer = train.value("optimizer", Json{{"name", kDefaultOptimizer}});
  settings.schedule = train.value("schedule", Json{{"name", kDefaultSchedule}});
  settings.early_stopping = options_from<EarlyStoppingOptions>(train.value("early_stopping", Json::object()));
  for (const char* section : {"optimizer", "schedule", "early_stopping"}) train.erase(section);
  settings.train = options_from<TrainOptions>(train);
  settings.samples = options_from<SampleOptions>(job.samples);
  settings.device = usable_device(job.device);
  return settings;
}

}  // namespace runner::worker
