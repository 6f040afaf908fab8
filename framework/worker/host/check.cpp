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

// The factory's values, once it has found nothing wrong with them.
template <typename Factory>
ParamValues checked_values(const Factory& factory, const protocol::Component& component) {
  ParamValues values = values_from_json(factory.params(), component.options);
  factory.check(values);
  return values;
}

Json token_work_of(const ModelFactory& factory, const ParamValues& values) {
  const TokenWork work = factory.token_work(values);
  return {work.inside, work.per_output};
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
  Json token_work = Json::array();
  for (size_t i = 0; i < job.models.size(); ++i) {
    const protocol::Component& model = job.models[i];
    Json& work = token_work.emplace_back();
    report_problems("models." + std::to_string(i), model.name, events, [&] {
      const ModelFactory& factory = model_factory(open_plugin(model.file), model.name);
      work = token_work_of(factory, checked_values(factory, model));
    });
  }
  for (size_t i = 0; i < job.datasets.size(); ++i) {
    const protocol::Component& data = job.datasets[i];
    report_problems("datasets." + std::to_string(i), data.name, events,
                    [&] { checked_values(dataset_factory(open_plugin(data.file), data.name), data); });
  }
  events.send("checked", {{"token_work", token_work}});
}

}  // namespace runner::worker
