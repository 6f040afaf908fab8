#include "worker/train/checkpoint.h"

#include <ATen/ATen.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "common/error.h"
#include "common/folder.h"
#include "common/new_file.h"
#include "common/protocol.h"
#include "worker/train/failure.h"
#include "worker/train/tensor_store.h"

namespace runner::worker {
namespace {

namespace fs = std::filesystem;

constexpr const char* kKind = "checkpoint";
constexpr const char* kVersion = "1";
constexpr const char* kValues = "values";

at::Tensor bytes_of(const std::string& text) {
  const at::Tensor bytes = at::empty({static_cast<int64_t>(text.size())}, at::kByte);
  std::copy(text.begin(), text.end(), bytes.data_ptr<uint8_t>());
  return bytes;
}

std::string text_of(const at::Tensor& bytes) {
  if (bytes.scalar_type() != at::kByte || bytes.dim() != 1) throw std::invalid_argument("its values are no text");
  const auto* first = bytes.data_ptr<uint8_t>();
  return {first, first + bytes.numel()};
}

// Texts come from plugins too, which need not mind UTF-8.
std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string in_metadata(const TensorFile& file, const char* key) {
  const auto found = file.metadata().find(key);
  return found == file.metadata().end() ? "" : found->second;
}

// Names what differs: "the text", "the model's plugin".
void check_identity(const std::string& found_text, const Identity& expected) {
  const auto found = parse_json(found_text).get<Identity>();
  for (const auto& [name, value] : expected) {
    const auto other = found.find(name);
    if (other == found.end() || other->second != value) throw std::invalid_argument(name + " has changed since");
  }
}

void check_metadata(const TensorFile& file, const Identity& identity) {
  if (in_metadata(file, "runner_kind") != kKind) throw std::invalid_argument("it is no checkpoint");
  if (in_metadata(file, "runner_version") != kVersion) {
    throw std::invalid_argument("its format has version " + in_metadata(file, "runner_version") + ", expected " +
                                kVersion);
  }
  check_identity(in_metadata(file, "identity"), identity);
}

Snapshot snapshot_of(const TensorFile& file) {
  Snapshot snapshot{read_tensors(file), nullptr};
  snapshot.values = parse_json(text_of(snapshot.tensor(kValues)));
  snapshot.tensors.erase(kValues);
  return snapshot;
}

struct Place {
  int64_t epoch = 0, batch = 0;
};

// Digits enough that files are listed in their order.
fs::path name_of(const Place& place) {
  char name[64];
  std::snprintf(name, sizeof(name), "%06" PRId64 "-%06" PRId64 ".safetensors", place.epoch, place.batch);
  return name;
}

// Nothing for a name that is not of ours.
std::optional<Place> place_of(const fs::path& file) {
  Place place;
  const std::string name = file.filename();
  if (std::sscanf(name.c_str(), "%" SCNd64 "-%" SCNd64, &place.epoch, &place.batch) != 2) return std::nullopt;
  return name_of(place) == name ? std::optional<Place>(place) : std::nullopt;
}

}  // namespace

void write_checkpoint(const fs::path& file, const Snapshot& snapshot, const Identity& identity) {
  NamedTensors tensors(snapshot.tensors.begin(), snapshot.tensors.end());
  tensors.emplace_back(kValues, bytes_of(text_of(snapshot.values)));
  write_tensors(file, tensors,
                {{"runner_kind", kKind}, {"runner_version", kVersion}, {"identity", text_of(Json(identity))}});
}

void read_checkpoint(const fs::path& file, const Identity& identity, const std::function<void(const Snapshot&)>& use) {
  const TensorFile stored(file);
  const auto refuse = [&](const std::string& reason) {
    throw EnvironmentError("the checkpoint " + file.string() + " cannot be used: " + reason);
  };
  try {
    check_metadata(stored, identity);
    use(snapshot_of(stored));
  } catch (const std::invalid_argument& error) {
    refuse(error.what());
  } catch (const Json::exception& error) {
    refuse(error.what());
  } catch (const c10::Error&) {
    const Failure failure = current_failure();
    if (failure.cause == protocol::kMemory) throw;  // with more of it the checkpoint is as good as any
    refuse(failure.message);
  }
}

CheckpointFolder::CheckpointFolder(fs::path folder, Identity identity, int64_t keep)
    : folder_(std::move(folder)), identity_(std::move(identity)), keep_(keep) {}

void CheckpointFolder::save(int64_t epoch, int64_t batch, const Snapshot& snapshot) const {
  make_folders(folder_);
  remove_unfinished(folder_);  // of an earlier attempt, if it was killed here
  const fs::path written = folder_ / name_of({epoch, batch});
  write_checkpoint(written, snapshot, identity_);
  // Training never goes back: what lies ahead of it was damaged, or belongs to a course that was given up.
  const std::vector<fs::path> all = files();
  const auto own = static_cast<size_t>(std::find(all.begin(), all.end(), written) - all.begin());
  std::error_code ignored;  // one too many does no harm
  for (size_t i = 0; i < all.size(); ++i) {
    if (i < own || i >= own + static_cast<size_t>(keep_)) fs::remove(all[i], ignored);
  }
}

void CheckpointFolder::read(const fs::path& file, const std::function<void(const Snapshot&)>& use) const {
  read_checkpoint(file, identity_, use);
}

std::vector<fs::path> CheckpointFolder::files() const {
  std::vector<std::pair<Place, fs::path>> found;
  for (const fs::path& file : entries_of(folder_)) {
    if (const auto place = place_of(file)) found.emplace_back(*place, file);
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first.epoch, a.first.batch) > std::tie(b.first.epoch, b.first.batch);
  });
  std::vector<fs::path> files;
  for (auto& [place, file] : found) files.push_back(std::move(file));
  return files;
}

}  // namespace runner::worker
