#include "worker/train/weights.h"

#include <map>
#include <stdexcept>

#include "common/error.h"
#include "common/new_file.h"
#include "worker/train/tensor_store.h"

namespace runner::worker {
namespace {

using Metadata = std::map<std::string, std::string>;

constexpr const char* kKind = "weights";
constexpr int kVersion = 1;

Metadata metadata_of(const WeightsOrigin& origin) {
  return {{"runner_kind", kKind},
          {"runner_version", std::to_string(kVersion)},
          {"model", origin.model.name},
          {"options", origin.model.options.dump()},
          {"vocabulary", std::to_string(origin.vocabulary)},
          {"corpus_hash", origin.corpus_hash}};
}

void require(const Metadata& found, const Metadata& expected, const char* key, const std::string& sentence) {
  const auto value = found.find(key);
  if (value != found.end() && value->second == expected.at(key)) return;
  throw std::invalid_argument(sentence + ": expected " + expected.at(key) + ", found " +
                              (value == found.end() ? "nothing" : value->second));
}

void check_origin(const Metadata& found, const Metadata& expected) {
  require(found, expected, "runner_kind", "it holds no weights");
  require(found, expected, "runner_version", "it has another version of the format");
  require(found, expected, "model", "it is of another model");
  require(found, expected, "options", "its model had other options");
  require(found, expected, "corpus_hash",
          "the text has changed since the model was trained, so tokens mean something else");
  require(found, expected, "vocabulary", "it is for another number of tokens");
}

}  // namespace

void save_weights(const std::filesystem::path& file, const NamedTensors& tensors, const WeightsOrigin& origin,
                  const std::string& digest) {
  Metadata metadata = metadata_of(origin);
  metadata["weights_digest"] = digest;
  remove_unfinished(file.parent_path());  // of an earlier attempt, if it was killed here
  write_tensors(file, tensors, std::move(metadata));
}

void load_weights(const std::filesystem::path& file, const NamedTensors& tensors, const WeightsOrigin& origin) {
  const TensorFile stored(file);
  try {
    check_origin(stored.metadata(), metadata_of(origin));
    read_tensors(stored, tensors);
  } catch (const std::invalid_argument& error) {
    throw EnvironmentError("the weights " + file.string() + " do not fit: " + error.what());
  }
}

}  // namespace runner::worker
