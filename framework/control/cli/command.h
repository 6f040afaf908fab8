// The frame of every verb. A verb is one file pair, `<verb>.h` and `<verb>.cpp`: an options struct, `add_<verb>()`
// which declares its arguments, and the function that does it.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "common/error.h"
#include "control/report/format.h"

namespace CLI {
class App;
}

namespace runner::cli {

// What the command line asked for: set by the callback of the verb that was parsed, called by main().
using Action = std::function<ExitCode()>;

using report::Format;

// --db FILE
void add_database_option(CLI::App& verb, std::string& database);

// --json and --csv, which exclude each other; a table for people without them.
void add_format_options(CLI::App& verb, Format& format);

// --plugin-path FOLDER, repeatable.
void add_plugin_path_option(CLI::App& verb, std::vector<std::filesystem::path>& folders);

}  // namespace runner::cli
