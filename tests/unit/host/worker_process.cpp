#include "unit/host/worker_process.h"

#include <poll.h>

#include <stdexcept>

#include "common/paths.h"
#include "unit/temporary_folder.h"

namespace runner::testing {
namespace {

Variables with_defaults(const Variables& environment) {
  Variables all = {{"OMP_NUM_THREADS", "1"}, {"OPENBLAS_NUM_THREADS", "1"}};
  all.insert(all.end(), environment.begin(), environment.end());
  return all;
}

}  // namespace

WorkerProcess::WorkerProcess(const Variables& environment)
    : process_({{worker_executable().string()}, with_defaults(environment)}), ready_(next().body) {}

void WorkerProcess::send(const std::string& line) {
  if (!write_all(process_.stdin_pipe().get(), line)) throw std::runtime_error("the worker is gone: " + errors_);
}

void WorkerProcess::read_some() {
  pollfd waiting[] = {{process_.stdout_pipe().get(), POLLIN, 0}, {process_.stderr_pipe().get(), POLLIN, 0}};
  if (poll(waiting, 2, -1) < 0) return;
  if (waiting[0].revents && !read_available(waiting[0].fd, output_)) process_.stdout_pipe().close();
  if (waiting[1].revents && !read_available(waiting[1].fd, errors_)) process_.stderr_pipe().close();
}

protocol::Message WorkerProcess::next() {
  std::string line;
  while (!take_line(output_, line)) {
    if (!process_.stdout_pipe().is_open()) throw std::runtime_error("the worker says no more: " + errors_);
    read_some();
  }
  return protocol::parse(line);
}

std::vector<protocol::Message> WorkerProcess::until(const std::string& type) {
  std::vector<protocol::Message> events;
  do {
    events.push_back(next());
  } while (events.back().type != type);
  return events;
}

std::vector<protocol::Message> WorkerProcess::run(const std::string& job) {
  send(job);
  return until("exited");
}

ExitStatus WorkerProcess::wait_for_all() {
  while (process_.stdout_pipe().is_open() || process_.stderr_pipe().is_open()) read_some();
  return process_.wait();
}

std::string fixture(const std::string& name) { return std::string(BROKEN_PLUGIN_FOLDER) + "/" + name + ".so"; }

protocol::TrainJob train_job(const std::string& plugin, const std::string& model, Json options, int64_t epochs) {
  static const TemporaryFolder files;  // each trial's over those of the one before
  protocol::TrainJob job;
  job.trial = 7;
  job.data = {"tiny_data", fixture("tiny"), Json::object()};
  job.model = {model, fixture(plugin), std::move(options)};
  job.train = {
      {"epochs", epochs},
      {"clip_norm", 0.0},
      {"reset_state", "epoch"},
      {"device", "auto"},
      {"optimizer", {{"name", "sgd"}, {"lr", 0.1}, {"momentum", 0.0}, {"weight_decay", 0.0}, {"nesterov", false}}}};
  job.samples = {{"every", 0}, {"length", 5}, {"prefixes", Json::array()}};
  job.seed = 1;
  job.device = "cpu";
  job.threads = 1;
  job.folder = files.path().string();
  return job;
}

std::vector<Json> of_type(const std::vector<protocol::Message>& events, const std::string& type) {
  std::vector<Json> found;
  for (const protocol::Message& event : events) {
    if (event.type == type) found.push_back(event.body);
  }
  return found;
}

std::vector<std::string> types(const std::vector<protocol::Message>& events) {
  std::vector<std::string> names;
  for (const protocol::Message& event : events) names.push_back(event.type);
  return names;
}

}  // namespace runner::testing
