#include "worker/train/failure.h"

#include <c10/util/Exception.h>
#include <cxxabi.h>
#include <runner/params.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <typeinfo>

#include "common/error.h"
#include "common/protocol.h"
#include "worker/train/memory_limit.h"

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

// LibTorch has a type for a device that is full, but for the machine's own memory only these words.
bool is_out_of_memory(const c10::Error& error) {
  return error.msg().find("DefaultCPUAllocator: can't allocate memory") != std::string::npos;
}

Failure out_of_memory() {
  const std::string limit = memory_limit_text();
  const std::string why = limit.empty() ? "the machine has no more; run fewer trials at once"
                                        : limit + ", and it asked for more; raise that";
  return {"out of memory: " + why + ", or make the model, the batch or the corpus smaller", protocol::kMemory};
}

Failure out_of_device_memory() {
  return {"out of memory: the device has no more; make the model or the batch smaller", protocol::kMemory};
}

std::string message_of(const OptionError& error) {
  return error.option().empty() ? error.what() : error.option() + ": " + error.what();
}

}  // namespace

Failure current_failure() {
  try {
    throw;
  } catch (const c10::OutOfMemoryError&) {
    return out_of_device_memory();
  } catch (const c10::Error& error) {
    return is_out_of_memory(error) ? out_of_memory() : Failure{error.what_without_backtrace(), ""};
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  } catch (const EnvironmentError& error) {
    return {error.what(), protocol::kEnvironment};
  } catch (const OptionError& error) {
    return {message_of(error), ""};
  } catch (const std::exception& error) {
    return {error.what(), ""};
  } catch (...) {
    return {"an exception of type " + name_of_current_exception() +
                ", which says no more; a plugin should throw exceptions derived from std::exception",
            ""};
  }
}

}  // namespace runner::worker
