#include "control/cli/outcome.h"

#include <iostream>
#include <new>
#include <sstream>
#include <string>

#include "common/json.h"
#include "control/config/diagnostics.h"
#include "control/report/human.h"

namespace runner::cli {
namespace {

void say(const std::string& message) {
  std::istringstream lines(message);
  for (std::string line; std::getline(lines, line);) std::cerr << report::single_line(line) << '\n';
}

}  // namespace

ExitCode run_to_outcome(const Action& action) {
  try {
    return action();
  } catch (const config::ConfigError& error) {
    say(error.what());
    return error.code();
  } catch (const Error& error) {
    say(std::string("runner: ") + error.what());
    return error.code();
  } catch (const std::bad_alloc&) {
    say("runner: out of memory");
  } catch (const Json::exception& error) {
    say(std::string("runner: the database holds JSON that is not as a runner writes it: ") + error.what() +
        ". Another program changed it, or it is damaged: `runner doctor FILE` examines it");
  } catch (const std::exception& error) {
    say(std::string("runner: unexpected error, please report it: ") + error.what());
  }
  return ExitCode::environment;
}

}  // namespace runner::cli
