// A worker to talk to in a test: sends commands, reads events. Everything waits as long as it takes; ctest ends what
// hangs.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/process.h"
#include "common/protocol.h"

namespace runner::testing {

using Variables = std::vector<std::pair<std::string, std::string>>;

class WorkerProcess {
 public:
  // Starts a host and reads its `ready`.
  explicit WorkerProcess(const Variables& environment = {});

  pid_t pid() const { return process_.pid(); }
  const Json& ready() const { return ready_; }
  const std::string& errors() const { return errors_; }

  void send(const std::string& line);
  // The next event. Throws std::runtime_error with what stands on stderr when the worker says no more.
  protocol::Message next();
  // The events up to and with `type`.
  std::vector<protocol::Message> until(const std::string& type);
  // Sends a job and returns everything said about it, from `forked` to `exited`.
  std::vector<protocol::Message> run(const std::string& job);

  void close_input() { process_.stdin_pipe().close(); }
  void kill(int signal) { process_.kill(signal); }
  // Waits until nobody holds the worker's stdout and stderr any more, neither host nor child, and reaps the host.
  ExitStatus wait_for_all();

 private:
  void read_some();

  ChildProcess process_;
  std::string output_, errors_;
  Json ready_;
};

// The absolute path of a fixture, "tiny" for .../tiny.so.
std::string fixture(const std::string& name);

// A training of `epochs` epochs of the fixture dataset tiny_data with a model of the fixture plugin `plugin`.
protocol::TrainJob train_job(const std::string& plugin, const std::string& model, Json options, int64_t epochs = 1);

// The events of one type.
std::vector<Json> of_type(const std::vector<protocol::Message>& events, const std::string& type);

// The types of the events, in their order.
std::vector<std::string> types(const std::vector<protocol::Message>& events);

}  // namespace runner::testing
