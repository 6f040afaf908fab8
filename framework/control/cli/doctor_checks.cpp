#include "control/cli/doctor_checks.h"

#include <runner/isa.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>

#include "common/text.h"
#include "control/report/human.h"
#include "control/store/lock.h"

namespace runner::cli {
namespace fs = std::filesystem;
namespace {

constexpr int64_t kGiB = 1 << 30;
// A worker with LibTorch, a model of the examples' size, its gradients and the optimizer's memory.
constexpr int64_t kTrialBytes = 512 << 20;
// Weights and checkpoints of small models, and a database of many trials.
constexpr int64_t kEnoughDisk = kGiB;

constexpr std::array kThreadPrefixes = {"OMP_", "GOMP_", "KMP_", "OPENBLAS_", "GOTO_", "MKL_", "BLIS_"};

// statfs() knows file systems by such numbers. Not all are in linux/magic.h, and in an older kernel's still fewer.
struct FileSystem {
  int64_t type;
  const char* name;
};
constexpr std::array kNetworkFileSystems = {
    FileSystem{0x6969, "NFS"},       FileSystem{0x517B, "SMB"},        FileSystem{0xFF534D42, "CIFS"},
    FileSystem{0xFE534D42, "SMB2"},  FileSystem{0x00C36400, "Ceph"},   FileSystem{0x5346414F, "AFS"},
    FileSystem{0x6B414653, "AFS"},   FileSystem{0x73757245, "Coda"},   FileSystem{0x7461636F, "OCFS2"},
    FileSystem{0x01021997, "9P"},    FileSystem{0x0BD00BD0, "Lustre"}, FileSystem{0x47504653, "GPFS"},
    FileSystem{0x19830326, "BeeGFS"}};
constexpr int64_t kFuse = 0x65735546;

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool starts_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

std::string gibibytes(int64_t bytes) {
  return report::significant_text(static_cast<double>(bytes) / static_cast<double>(kGiB), 3) + " GiB";
}

Check warning(Check check, std::string advice) {
  return judged(std::move(check), CheckState::warning, std::move(advice));
}

Check error(Check check, std::string advice) { return judged(std::move(check), CheckState::error, std::move(advice)); }

bool steers_threads(std::string_view variable) {
  return std::any_of(kThreadPrefixes.begin(), kThreadPrefixes.end(),
                     [&](const char* prefix) { return starts_with(variable, prefix); });
}

Check summary_of_plugins(int64_t models, int64_t datasets, int64_t files) {
  const std::string found =
      plural(models, "model") + " and " + plural(datasets, "dataset") + " in " + plural(files, "file");
  const Check check{"plugins", found, CheckState::ok, ""};
  if (models > 0 && datasets > 0) return check;
  return error(check,
               "an experiment needs a model and a dataset; build the runner again, or name the folder of your "
               "plugins with --plugin-path");
}

// As statfs() tells it; 0 where that tells nothing.
int64_t file_system_of(const fs::path& folder) {
  struct statfs found {};
  if (statfs(folder.c_str(), &found) != 0) return 0;
  return static_cast<int64_t>(static_cast<uint32_t>(found.f_type));
}

// What cannot be looked at counts as not there: the folder above it says why it cannot be written.
bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

// The nearest folder above the database that exists.
fs::path existing_folder(const fs::path& database) {
  fs::path folder = fs::absolute(database).parent_path();
  while (!is_there(folder) && folder.has_relative_path()) folder = folder.parent_path();
  return folder;
}

// Why nobody could write this file or folder; empty when we can.
std::string why_not_writable(const fs::path& path) {
  if (access(path.c_str(), W_OK) == 0) return "";
  return path.string() + " cannot be written: " + std::strerror(errno);
}

// Why a sweep could not write a database here; empty when it could.
std::string why_no_database(const fs::path& database, const fs::path& folder) {
  if (is_folder(database)) return database.string() + " is a folder, not a database";
  if (!is_folder(folder)) return folder.string() + " is a file, so no folder can be made there";
  const std::string problem = why_not_writable(folder);
  return problem.empty() && is_there(database) ? why_not_writable(database) : problem;
}

}  // namespace

Check check_blas(const Json& blas) {
  const std::string file = blas.value("file", ""), description = blas.value("description", "");
  const Check found{"blas", description + " (" + file + ")", CheckState::ok, ""};
  const std::string remedy = "; install libopenblas0-openmp, unset LD_PRELOAD, and build the runner again";
  if (starts_with(description, "OpenBLAS")) {
    if (contains(description, "USE_OPENMP")) return found;
    return warning(found,
                   "this build of OpenBLAS has threads of its own beside LibTorch's OpenMP loops, and training "
                   "is several times slower" +
                       remedy);
  }
  if (contains(description, "Math Kernel Library")) return found;
  return warning(
      found, "this is no BLAS that is known to be fast; with the plain one, training is 4 to 30 times slower" + remedy);
}

Check check_cores(const Cores& cores) {
  std::string found = std::to_string(cores.usable()) + " usable of " + std::to_string(cores.online);
  if (cores.allowed < cores.online) found += ", " + std::to_string(cores.allowed) + " allowed by affinity";
  if (cores.quota > 0) found += ", a quota of " + report::number_text(cores.quota);
  const Check check{"cores", found, CheckState::ok, ""};
  if (cores.quota == 0 || cores.quota >= 1) return check;
  return warning(check,
                 "the control group of this process gets less than one core, so even a single trial will be "
                 "halted again and again; raise the quota");
}

Check check_load(const Cores& cores, double load) {
  const auto usable = static_cast<double>(cores.usable());
  const Check check{"load", report::significant_text(load, 3), CheckState::ok, ""};
  const double missing = usable - (static_cast<double>(cores.online) - load);
  if (missing <= std::max(0.5, usable / 4)) return check;
  return warning(check, check.found + " threads wanted to run on " + plural(cores.online, "core") +
                            " during the last minute, and trials would share the cores with them: wait for their end, "
                            "or run fewer trials at once with --jobs");
}

Check check_thread_variables(const std::vector<std::string>& environment) {
  std::vector<std::string> steering;
  for (const std::string& variable : environment) {
    if (steers_threads(variable)) steering.push_back(replace_invalid_utf8(variable));
  }
  return {"thread_variables", steering.empty() ? "none set" : join(steering, " "), CheckState::ok, ""};
}

Check check_instruction_sets() {
  std::vector<std::string> names;
  for (const simd::Isa isa : simd::usable_isas()) names.emplace_back(simd::isa_name(isa));
  const Check check{"instruction_sets", join(names, ", "), CheckState::ok, ""};
  try {
    const std::string used = simd::isa_name(simd::best_isa());
    if (used == names.back()) return check;
    return warning(check, "RUNNER_ISA limits the fast kernels to " + used + "; unset it");
  } catch (const std::invalid_argument& refused) {
    return {check.name, check.found, CheckState::error, refused.what()};
  }
}

Check check_memory(const Memory& memory, const Cores& cores) {
  const Check check{"memory", gibibytes(memory.available) + " available of " + gibibytes(memory.total), CheckState::ok,
                    ""};
  if (memory.total == 0 || memory.available >= cores.usable() * kTrialBytes) return check;
  return warning(check, "a trial needs about half a GiB, and one a core would not fit: run fewer at once with --jobs");
}

Check check_devices(const std::vector<std::string>& cuda, bool cuda_compiled) {
  std::vector<std::string> found = {"cpu"};
  for (size_t i = 0; i < cuda.size(); ++i) found.push_back("cuda:" + std::to_string(i) + " " + cuda[i]);
  const Check check{"devices", join(found, ", "), CheckState::ok, ""};
  if (!cuda_compiled || !cuda.empty()) return check;
  return warning(check,
                 "this LibTorch is one for CUDA, but it finds no device: see whether the driver is loaded "
                 "(nvidia-smi) and what CUDA_VISIBLE_DEVICES says");
}

Checks check_plugins(const catalog::Catalog& catalog) {
  int64_t models = 0, datasets = 0;
  Checks refused;
  const auto refuse = [&](const std::string& what, const std::string& problem) {
    refused.push_back({"plugin", what, CheckState::warning, what + " is refused: " + problem});
  };
  for (const catalog::PluginFile& plugin : catalog.files) {
    if (!plugin.problem.empty()) refuse(plugin.file.string(), plugin.problem);
    for (const catalog::Component& component : plugin.components) {
      if (!component.problem.empty()) {
        refuse(component.name + " of " + plugin.file.string(), component.problem);
      } else {
        ++(component.kind == catalog::ComponentKind::model ? models : datasets);
      }
    }
  }
  Checks checks = {summary_of_plugins(models, datasets, static_cast<int64_t>(catalog.files.size()))};
  checks.insert(checks.end(), refused.begin(), refused.end());
  return checks;
}

Check check_database(const fs::path& database) {
  const fs::path folder = existing_folder(database);
  std::string found = database.string();
  if (!is_there(database)) found += ", not there yet";
  const bool is_written = store::has_writer(database);
  if (is_written) found += ", being written by a runner";
  const Check check{"database", found, CheckState::ok, ""};
  const std::string problem = why_no_database(database, folder);
  if (!problem.empty()) return error(check, problem + "; name another file with --db");
  const std::string doubt = doubt_about_file_system(file_system_of(folder));
  return doubt.empty() ? check : warning(check, doubt);
}

std::string doubt_about_file_system(int64_t type) {
  const std::string consequence =
      ", where SQLite's locks and shared memory may not work; name a file on a local disk with --db";
  if (type == kFuse) {
    return "it lies on FUSE, which a program provides and which may be a network file system" + consequence;
  }
  const auto* const found = std::find_if(kNetworkFileSystems.begin(), kNetworkFileSystems.end(),
                                         [type](const FileSystem& known) { return known.type == type; });
  if (found == kNetworkFileSystems.end()) return "";
  return "it lies on " + std::string(found->name) + ", a network file system" + consequence;
}

Check check_disk(int64_t free_bytes) {
  const Check check{"disk", gibibytes(free_bytes) + " free", CheckState::ok, ""};
  if (free_bytes <= 0)
    return error(check, "the disk of the database is full; make room, or name another file with --db");
  if (free_bytes >= kEnoughDisk) return check;
  return warning(check,
                 "there is little room for results beside the database; make some, or name another file with --db");
}

std::optional<Check> check_disk_of(const fs::path& database) {
  std::error_code error;
  const fs::space_info space = fs::space(existing_folder(database), error);
  if (error) return std::nullopt;
  return check_disk(static_cast<int64_t>(space.available));
}

}  // namespace runner::cli
