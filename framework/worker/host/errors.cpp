#include "worker/host/errors.h"

#include <c10/util/Exception.h>
#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <typeinfo>

namespace runner::worker {
namespace {

std::string name_of_current_exception() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  if (!type) return "unknown";
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(type->name(), nullptr, nullptr, &status),
                                                         &std::free);
  return status == 0 ? name.get() : type->name();
}

}  // namespace

std::string describe_current_exception() {
  try {
    throw;
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  } catch (const std::bad_alloc&) {
    return "out of memory: make the model, the batch or the corpus smaller, or run fewer trials at once";
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception of type " + name_of_current_exception() +
           ", which says no more; a plugin should throw exceptions derived from std::exception";
  }
}

void report_failure(const protocol::Message& job, Events& events, const std::string& message) {
  if (job.type != "train") return events.send("problem", {{"path", ""}, {"message", message}});
  const auto trial = job.body.find("trial");
  events.send("failed", {{"trial", trial == job.body.end() ? Json(0) : *trial}, {"message", message}});
}

}  // namespace runner::worker
