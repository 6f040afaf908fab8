#include "common/tensor_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "common/error.h"
#include "common/new_file.h"
#include "common/sha256.h"

namespace runner {
namespace {

namespace fs = std::filesystem;

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the file's numbers are little-endian, and so are ours");

constexpr const char* kDigest = "sha256";
constexpr uint64_t kDigestSize = 64;
constexpr uint64_t kLengthSize = 8;
constexpr uint64_t kLongestHeader = 16 << 20;  // a hundred thousand tensors; a longer one is an attack or an accident

const std::string& no_digest() {
  static const std::string zeros(kDigestSize, '0');
  return zeros;
}

std::string padded(std::string text) {
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

std::string length_bytes(uint64_t length) { return {reinterpret_cast<const char*>(&length), kLengthSize}; }

std::string_view bytes_of(const StoredTensor& tensor, const void* data) {
  return {static_cast<const char*>(data), tensor.end - tensor.begin};
}

// Written longer, a file could not be read again.
std::string header_text(const TensorHeader& header) {
  std::string text = padded(to_text(header));
  if (text.size() <= kLongestHeader) return text;
  throw std::invalid_argument("the file's header would have " + std::to_string(text.size()) + " bytes, of at most " +
                              std::to_string(kLongestHeader) +
                              ": there are too many tensors, or their names are too long");
}

// Where the digest stands in a header's text, as `to_text` writes it.
size_t place_of_digest(const std::string& header_text, const std::string& digest) {
  const std::string key = "\"" + std::string(kDigest) + "\":\"";
  const size_t found = header_text.find(key + digest + "\"");
  return found == std::string::npos ? found : found + key.size();
}

TensorHeader header_of(const std::vector<TensorView>& tensors, std::map<std::string, std::string> metadata) {
  TensorHeader header{std::move(metadata), {}};
  uint64_t end = 0;
  for (const TensorView& tensor : tensors) {
    const uint64_t begin = end;
    end += byte_size(tensor.dtype, tensor.shape);
    header.tensors.push_back({tensor.name, tensor.dtype, tensor.shape, begin, end});
  }
  header.metadata[kDigest] = no_digest();
  return header;
}

}  // namespace

void check_tensor_file(const std::vector<TensorView>& tensors) { header_text(header_of(tensors, {})); }

void write_tensor_file(const fs::path& file, const std::vector<TensorView>& tensors,
                       std::map<std::string, std::string> metadata) {
  const TensorHeader header = header_of(tensors, std::move(metadata));
  std::string start = header_text(header);
  const size_t place = place_of_digest(start, no_digest()) + kLengthSize;
  start.insert(0, length_bytes(start.size()));
  Sha256 digest;
  digest.update(start.data(), start.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    const std::string_view bytes = bytes_of(header.tensors[i], tensors[i].data);
    digest.update(bytes.data(), bytes.size());
  }
  start.replace(place, kDigestSize, digest.finish());
  NewFile out(file);
  out.write(start);
  for (size_t i = 0; i < tensors.size(); ++i) out.write(bytes_of(header.tensors[i], tensors[i].data));
  out.finish();
}

// O_NONBLOCK: a pipe under this name would wait for a writer.
TensorFile::TensorFile(const fs::path& file)
    : path_(file), file_(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  struct stat status {};
  if (!file_.is_open() || fstat(file_.get(), &status) != 0) {
    throw EnvironmentError("cannot read " + path_.string(), errno);
  }
  try {
    if (!S_ISREG(status.st_mode)) throw std::invalid_argument("it is no ordinary file");
    read_header(static_cast<uint64_t>(status.st_size));
  } catch (const std::invalid_argument& error) {
    throw EnvironmentError(path_.string() + " is damaged, or was not written by the runner: " + error.what());
  }
}

void TensorFile::read(const StoredTensor& tensor, void* destination) const {
  read_at(data_start_ + tensor.begin, destination, tensor.end - tensor.begin);
}

void TensorFile::read_header(uint64_t file_size) {
  const std::string text = read_header_text(file_size);
  data_start_ = kLengthSize + text.size();
  try {
    header_ = parse_tensor_header(text, file_size - data_start_);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(std::string("its header: ") + error.what());
  }
  check_digest(text, file_size);
}

std::string TensorFile::read_header_text(uint64_t file_size) {
  uint64_t length = 0;
  if (file_size < kLengthSize) throw std::invalid_argument("it has only " + std::to_string(file_size) + " bytes");
  read_at(0, &length, kLengthSize);
  if (length > kLongestHeader || length > file_size - kLengthSize) {
    throw std::invalid_argument("a header of " + std::to_string(length) + " bytes is longer than it can be");
  }
  std::string text(length, '\0');
  read_at(kLengthSize, text.data(), length);
  return text;
}

void TensorFile::check_digest(std::string header_text, uint64_t file_size) const {
  const auto stated = header_.metadata.find(kDigest);
  if (stated == header_.metadata.end() || stated->second.size() != kDigestSize) {
    throw std::invalid_argument("its metadata lacks a sha256");
  }
  const size_t place = place_of_digest(header_text, stated->second);
  if (place == std::string::npos) throw std::invalid_argument("its sha256 is not where the runner writes it");
  header_text.replace(place, kDigestSize, no_digest());
  Sha256 digest;
  digest.update(length_bytes(header_text.size()).data(), kLengthSize);
  digest.update(header_text.data(), header_text.size());
  std::string buffer(1 << 16, '\0');
  for (uint64_t at = data_start_; at < file_size; at += buffer.size()) {
    buffer.resize(std::min<uint64_t>(buffer.size(), file_size - at));
    read_at(at, buffer.data(), buffer.size());
    digest.update(buffer.data(), buffer.size());
  }
  if (digest.finish() != stated->second) throw std::invalid_argument("its content does not have the sha256 it states");
}

void TensorFile::read_at(uint64_t offset, void* destination, uint64_t size) const {
  auto* to = static_cast<char*>(destination);
  for (uint64_t done = 0; done < size;) {
    const ssize_t got = pread(file_.get(), to + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw EnvironmentError("cannot read " + path_.string(), errno);
    if (got == 0) throw EnvironmentError(path_.string() + " ends too early: it became shorter while it was read");
    done += static_cast<uint64_t>(got);
  }
}

}  // namespace runner
