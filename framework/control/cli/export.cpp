#include "control/cli/export.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "common/folder.h"
#include "common/paths.h"
#include "common/pytorch_names.h"
#include "common/tensor_file.h"
#include "control/cli/output.h"
#include "control/cli/stored_trial.h"
#include "control/store/reader.h"

namespace runner::cli {
namespace {
namespace fs = std::filesystem;

struct ExportOptions {
  int64_t trial = 0;
  std::string weights, database;
  std::optional<int64_t> epoch;
  bool replace = false;
};

fs::path source_file(store::Reader& reader, const StoredTrial& trial, const ExportOptions& options) {
  if (!options.epoch) return weights_of(reader, trial);
  fs::path file = best_weights_file(trial_folder(reader.file(), trial.trial_id), *options.epoch);
  if (file_exists(file)) return file;
  throw RequestError("trial " + std::to_string(trial.trial_id) + " has kept no weights of epoch " +
                     std::to_string(*options.epoch) +
                     ": it keeps those of its best epochs when train.checkpoint.keep_best says how many");
}

// The whole file at once: a model's weights fit into memory.
void copy_weights(const fs::path& source, const fs::path& target) {
  const TensorFile file(source);
  std::vector<TensorView> views;
  std::vector<std::string> values;
  for (const StoredTensor& tensor : file.tensors()) {
    values.emplace_back(tensor.end - tensor.begin, '\0');
    file.read(tensor, values.back().data());
  }
  for (size_t i = 0; i < values.size(); ++i) {
    const StoredTensor& tensor = file.tensors()[i];
    views.push_back({pytorch_name(tensor.name), tensor.dtype, tensor.shape, values[i].data()});
  }
  write_tensor_file(target, views, file.metadata());
}

ExitCode run_export(const ExportOptions& options) {
  store::Reader reader(database_file(options.database));
  const StoredTrial trial = stored_trial(reader, options.trial);
  const fs::path source = source_file(reader, trial, options);
  copy_weights(source, replaceable_file(options.weights, options.replace, reader.file()));
  std::cout << "wrote " << options.weights << '\n';
  return ExitCode::success;
}

}  // namespace

void add_export(CLI::App& app, Action& action) {
  const auto options = std::make_shared<ExportOptions>();
  CLI::App* verb =
      app.add_subcommand("export", "Write a trial's weights for other programs: safetensors, PyTorch's names");
  verb->add_option("trial", options->trial, "Number of the trial, as `show` prints it")
      ->type_name("TRIAL")
      ->required()
      ->check(CLI::PositiveNumber);
  verb->add_option("--weights", options->weights, "The new file to write")->type_name("FILE")->required();
  verb->add_flag("--force", options->replace, "Replace the file if it is there");
  verb->add_option("--epoch", options->epoch, "Those after one of its best epochs instead of the last")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  add_database_option(*verb, options->database);
  verb->callback([options, &action] { action = [options] { return run_export(*options); }; });
}

}  // namespace runner::cli
