// worker                  serve jobs: see host.h and common/protocol.h
// worker --describe FILE  print what a plugin provides, as JSON
// worker --environment    print the `ready` event: what this worker computes with
//
// Started by the runner, not by people. Exit codes are those of common/error.h.
#include <signal.h>

#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "common/protocol.h"
#include "worker/host/describe.h"
#include "worker/host/environment.h"
#include "worker/host/event_pipe.h"
#include "worker/host/host.h"
#include "worker/host/lifeline.h"
#include "worker/train/failure.h"

namespace {

using runner::ExitCode;
using runner::Json;

// Ctrl-C is the runner's to handle; a reader that is gone is an error to handle, not a signal, and so is a file that
// may not grow any more.
void ignore_signals() {
  signal(SIGINT, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

ExitCode print(const runner::FileDescriptor& output, const std::string& line) {
  return runner::write_all(output.get(), line) ? ExitCode::success : ExitCode::environment;
}

ExitCode describe(const runner::FileDescriptor& output, const std::string& file) {
  const Json description = runner::worker::describe(std::filesystem::absolute(file));
  return print(output, description.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

ExitCode serve(runner::FileDescriptor output) {
  const int fd = output.get();
  runner::worker::EventPipe events(std::move(output));
  return runner::worker::serve(events, fd);
}

ExitCode run(const std::vector<std::string>& arguments) {
  runner::FileDescriptor output = runner::worker::claim_standard_output();
  if (arguments.empty()) return serve(std::move(output));
  if (arguments.size() == 2 && arguments[0] == "--describe") return describe(output, arguments[1]);
  if (arguments.size() == 1 && arguments[0] == "--environment") {
    return print(output, runner::protocol::event_line("ready", runner::worker::ready_body()));
  }
  throw runner::RequestError("usage: worker [--describe FILE | --environment]");
}

}  // namespace

int main(int argc, char** argv) {
  runner::worker::follow_parent(runner::worker::take_parent());
  ignore_signals();
  ExitCode code = ExitCode::bad_request;
  try {
    code = run(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const runner::Error& error) {
    std::cerr << error.what() << "\n";
    code = error.code();
  } catch (...) {
    std::cerr << runner::worker::current_failure().message << "\n";
  }
  runner::worker::leave(static_cast<int>(code));
}
