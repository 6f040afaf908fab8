#include "worker/host/job.h"

#include <ATen/Parallel.h>
#include <runner/isa.h>

#include <set>
#include <stdexcept>
#include <string>

#include "worker/host/check.h"
#include "worker/host/devices.h"
#include "worker/host/environment.h"
#include "worker/host/errors.h"
#include "worker/host/plugin_library.h"
#include "worker/train/jobs.h"
#include "worker/train/memory_limit.h"

namespace runner::worker {
namespace {

// Opens a component's plugin; a failure names the plugin and its file, since a job can have two.
const runner_plugin_descriptor& open(const protocol::Component& component) {
  try {
    return open_plugin(component.file);
  } catch (const std::exception& error) {
    throw std::runtime_error("the plugin \"" + component.name + "\" (" + component.file + "): " + error.what());
  }
}

// The environment has set the number already (OMP_NUM_THREADS). Setting it again would make LibTorch start a thread
// pool that nothing here uses, and that costs a child 20 ms.
void use_threads(int count) {
  if (count < 1) throw std::invalid_argument("threads: " + std::to_string(count) + ", expected at least 1");
  if (at::get_num_threads() != count) at::set_num_threads(count);
}

void run_prepare(const protocol::PrepareJob& job, Events& events, const StopSignal& stop) {
  prepare(job, dataset_factory(open(job.data), job.data.name), events, stop);
}

void run_train(protocol::TrainJob job, Events& events, const StopSignal& stop) {
  job.identity["the BLAS"] = environment().at("blas").dump();
  use_threads(job.threads);
  if (job.device == "cpu") limit_memory(job.memory, job.threads);  // CUDA maps as much as the device has, and more
  const DatasetFactory& data = dataset_factory(open(job.data), job.data.name);
  const ModelFactory& model = model_factory(open(job.model), job.model.name);
  train(job, data, model, events, stop);
}

void run_sample(const protocol::SampleJob& job, Events& events, const StopSignal& stop) {
  use_threads(job.threads);
  const DatasetFactory& data = dataset_factory(open(job.data), job.data.name);
  const ModelFactory& model = model_factory(open(job.model), job.model.name);
  sample(job, data, model, events, stop);
}

void run(const protocol::Message& message, Events& events, const StopSignal& stop) {
  simd::best_isa();  // a wrong RUNNER_ISA is refused before anything is computed
  if (message.type == "check") return check(protocol::check_job_from_json(message.body), events);
  if (message.type == "prepare") return run_prepare(protocol::prepare_job_from_json(message.body), events, stop);
  if (message.type == "train") return run_train(protocol::train_job_from_json(message.body), events, stop);
  if (message.type == "sample") return run_sample(protocol::sample_job_from_json(message.body), events, stop);
  if (message.type == "list") return events.send("devices", list_devices());
  throw std::invalid_argument("unknown job \"" + message.type + "\"");
}

}  // namespace

bool is_job(const protocol::Message& message) {
  const std::set<std::string> jobs = {"check", "prepare", "train", "sample", "list"};
  return jobs.count(message.type) > 0;
}

void run_job(const protocol::Message& message, Events& events, const StopSignal& stop) {
  try {
    use_threads(1);
    run(message, events, stop);
  } catch (...) {
    lift_memory_limit();
    report_failure(message, events, current_failure());
  }
}

}  // namespace runner::worker
