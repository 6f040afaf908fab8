#include "worker/host/check.h"

#include <string>

#include "common/params_json.h"
#include "worker/host/plugin_library.h"
#include "worker/train/failure.h"

namespace runner::worker {
namespace {

void send_problem(Events& events, const std::string& path, const std::string& message) {
  events.send("problem", {{"path", path}, {"message", message}});
}

template <typename Factory>
void check_options(const Factory& factory, const protocol::Component& component) {
  factory.check(values_from_json(factory.params(), component.options));
}

// Runs `check_component`, turning what it throws into a problem at `path`.
template <typename Check>
void report_problems(const std::string& path, const std::string& name, Events& events, Check check_component) {
  try {
    check_component();
  } catch (const OptionError& error) {
    send_problem(events, error.option().empty() ? path : path + "." + error.option(), error.what());
  } catch (...) {
    send_problem(events, path, "the plugin \"" + name + "\" cannot check its options: " + current_failure().message);
  }
}

}  // namespace

void check(const protocol::CheckJob& job, Events& events) {
  for (size_t i = 0; i < job.models.size(); ++i) {
    const protocol::Component& model = job.models[i];
    report_problems("models." + std::to_string(i), model.name, events,
                    [&] { check_options(model_factory(open_plugin(model.file), model.name), model); });
  }
  for (size_t i = 0; i < job.datasets.size(); ++i) {
    const protocol::Component& data = job.datasets[i];
    report_problems("datasets." + std::to_string(i), data.name, events,
                    [&] { check_options(dataset_factory(open_plugin(data.file), data.name), data); });
  }
}

}  // namespace runner::worker
