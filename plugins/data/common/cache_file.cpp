#include "data/common/cache_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace runner::text {

CacheFile::CacheFile(const std::filesystem::path& place) : place_(place), name_(place.string() + ".XXXXXX") {
  descriptor_ = mkostemp(name_.data(), O_CLOEXEC);
  if (descriptor_ < 0) name_.clear();
}

CacheFile::~CacheFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (!name_.empty()) unlink(name_.c_str());
}

bool CacheFile::write(const void* bytes, size_t size) {
  const char* at = static_cast<const char*>(bytes);
  while (descriptor_ >= 0 && size > 0) {
    const ssize_t written = ::write(descriptor_, at, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      close(std::exchange(descriptor_, -1));
      return false;
    }
    at += written;
    size -= static_cast<size_t>(written);
  }
  return descriptor_ >= 0;
}

bool CacheFile::put() {
  if (descriptor_ < 0 || close(std::exchange(descriptor_, -1)) != 0) return false;
  if (std::rename(name_.c_str(), place_.c_str()) != 0) return false;
  name_.clear();
  return true;
}

}  // namespace runner::text
