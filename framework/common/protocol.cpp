#include "common/protocol.h"

#include <stdexcept>

namespace runner::protocol {
namespace {

Json to_json(const Component& component) {
  return {{"name", component.name}, {"file", component.file}, {"options", component.options}};
}

Json to_json(const std::vector<Component>& components) {
  Json list = Json::array();
  for (const Component& component : components) list.push_back(to_json(component));
  return list;
}

Component component_from_json(const Json& json) {
  return {json.at("name").get<std::string>(), json.at("file").get<std::string>(), json.at("options")};
}

std::vector<Component> components_from_json(const Json& json) {
  std::vector<Component> components;
  for (const Json& item : json) components.push_back(component_from_json(item));
  return components;
}

// Runs `read`, turning the JSON library's complaints into the one exception that callers handle.
template <typename Read>
auto checked(Read read) {
  try {
    return read();
  } catch (const Json::exception& error) {
    throw std::invalid_argument(std::string("malformed message: ") + error.what());
  }
}

// Text from plugins may hold anything; a line must be valid UTF-8.
std::string line_of(const Json& message) { return message.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"; }

std::string command(const char* type, Json body) { return event_line(type, std::move(body)); }

}  // namespace

Json to_json(const CheckJob& job) { return {{"models", to_json(job.models)}, {"datasets", to_json(job.datasets)}}; }

Json to_json(const PrepareJob& job) {
  return {{"data", to_json(job.data)}, {"prefixes", job.prefixes}, {"cache", job.cache}};
}

Json to_json(const TrainJob& job) {
  return {{"trial", job.trial},
          {"data", to_json(job.data)},
          {"model", to_json(job.model)},
          {"train", job.train},
          {"samples", job.samples},
          {"seed", job.seed},
          {"device", job.device},
          {"threads", job.threads},
          {"folder", job.folder},
          {"cache", job.cache},
          {"memory", job.memory},
          {"identity", job.identity},
          {"metric", job.metric},
          {"minimize", job.minimize},
          {"kill_at_step", job.kill_at_step},
          {"cuda_graphs", job.cuda_graphs}};
}

Json to_json(const SampleJob& job) {
  return {
      {"data", to_json(job.data)}, {"model", to_json(job.model)}, {"weights", job.weights}, {"samples", job.samples},
      {"seed", job.seed},          {"epoch", job.epoch},          {"device", job.device},   {"threads", job.threads}};
}

CheckJob check_job_from_json(const Json& json) {
  return checked([&] {
    return CheckJob{components_from_json(json.at("models")), components_from_json(json.at("datasets"))};
  });
}

PrepareJob prepare_job_from_json(const Json& json) {
  return checked([&] {
    return PrepareJob{component_from_json(json.at("data")), json.at("prefixes").get<std::vector<std::string>>(),
                      json.at("cache").get<std::string>()};
  });
}

TrainJob train_job_from_json(const Json& json) {
  return checked([&] {
    TrainJob job;
    job.trial = integer_in(json, "trial");
    job.data = component_from_json(json.at("data"));
    job.model = component_from_json(json.at("model"));
    job.train = json.at("train");
    job.samples = json.at("samples");
    job.seed = integer_in(json, "seed");
    job.device = json.at("device").get<std::string>();
    job.threads = static_cast<int>(integer_in(json, "threads"));
    job.memory = integer_in(json, "memory");
    job.cuda_graphs = json.at("cuda_graphs").get<bool>();
    job.folder = json.at("folder").get<std::string>();
    job.cache = json.at("cache").get<std::string>();
    job.identity = json.at("identity").get<std::map<std::string, std::string>>();
    job.metric = json.at("metric").get<std::string>();
    job.minimize = json.at("minimize").get<bool>();
    job.kill_at_step = integer_in(json, "kill_at_step");
    return job;
  });
}

SampleJob sample_job_from_json(const Json& json) {
  return checked([&] {
    SampleJob job;
    job.data = component_from_json(json.at("data"));
    job.model = component_from_json(json.at("model"));
    job.weights = json.at("weights").get<std::string>();
    job.samples = json.at("samples");
    job.seed = integer_in(json, "seed");
    job.epoch = integer_in(json, "epoch");
    job.device = json.at("device").get<std::string>();
    job.threads = static_cast<int>(integer_in(json, "threads"));
    return job;
  });
}

std::string command_line(const CheckJob& job) { return command("check", to_json(job)); }
std::string command_line(const PrepareJob& job) { return command("prepare", to_json(job)); }
std::string command_line(const TrainJob& job) { return command("train", to_json(job)); }
std::string command_line(const SampleJob& job) { return command("sample", to_json(job)); }
std::string list_devices_line() { return command("list", Json::object()); }
std::string stop_line() { return command("stop", Json::object()); }
std::string kill_line() { return command("kill", Json::object()); }

Message parse(const std::string& line) {
  return checked([&] {
    Message message;
    message.body = parse_json(line);
    if (message.body.at("v") != kVersion) throw std::invalid_argument("message of another protocol version: " + line);
    message.type = message.body.at("type").get<std::string>();
    return message;
  });
}

bool is_of_host(const std::string& type) { return type == "ready" || type == "forked" || type == "exited"; }

std::string event_line(const char* type, Json body) {
  body["v"] = kVersion;
  body["type"] = type;
  return line_of(body);
}

}  // namespace runner::protocol
