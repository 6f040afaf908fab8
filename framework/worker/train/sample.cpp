#include <c10/core/DeviceGuard.h>

#include "common/params_json.h"
#include "worker/train/components.h"
#include "worker/train/device.h"
#include "worker/train/failure.h"
#include "worker/train/jobs.h"
#include "worker/train/sampling.h"
#include "worker/train/weights.h"

namespace runner::worker {
namespace {

// Texts from weights that a trial left: `sample` events, or one `problem` with the part of the job that it is about.
class Sampling {
 public:
  Sampling(const protocol::SampleJob& job, Events& events, const StopSignal& stop)
      : job_(job), options_(options_from<SampleOptions>(job.samples)), events_(events), pulse_(0, events, stop) {}

  void run(const DatasetFactory& data, const ModelFactory& model) {
    const auto report = [this](const Failure& failure) { problem(failure.message); };
    reporting_failure([&] { sample(data, model); }, report);
  }

 private:
  void sample(const DatasetFactory& data, const ModelFactory& model) {
    part_ = "device";
    const at::Device device = usable_device(job_.device);
    make_deterministic(device);
    const c10::DeviceGuard guard(device);
    part_ = "data";
    const auto dataset = open_dataset(data, job_.data);
    part_ = "prefixes";
    const Sampler sampler(*dataset, options_, job_.seed);
    part_ = "model";
    const auto built = create_model(model, job_.model, {dataset->vocabulary_size(), device, at::kFloat}, job_.seed);
    part_ = "weights";
    load_weights(job_.weights, built->named_tensors(),
                 {job_.model, dataset->vocabulary_size(), dataset->content_hash()});
    part_ = "model";
    for (size_t i = 0; i < sampler.count(); ++i) {
      const std::string text = sampler.text(*built, job_.epoch, i, pulse_);
      events_.send("sample", {{"prefix", options_.prefixes[i]}, {"text", text}});
    }
  }

  void problem(const std::string& message) { events_.send("problem", {{"path", part_}, {"message", message}}); }

  const protocol::SampleJob& job_;
  const SampleOptions options_;
  Events& events_;
  Pulse pulse_;
  const char* part_ = "";
};

}  // namespace

void sample(const protocol::SampleJob& job, const DatasetFactory& data, const ModelFactory& model, Events& events,
            const StopSignal& stop) {
  Sampling(job, events, stop).run(data, model);
}

}  // namespace runner::worker
