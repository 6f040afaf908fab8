// A file system in memory that is soon full.
#pragma once

#include <sched.h>
#include <sys/mount.h>

#include <filesystem>
#include <string>

namespace runner::testing {

// Mounted on a folder, for this process and those that it starts. Needs the rights to mount.
class SmallDisk {
 public:
  SmallDisk(std::filesystem::path folder, int kibibytes) : folder_(std::move(folder)) {
    is_there_ = unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                mount("tmpfs", folder_.c_str(), "tmpfs", 0, options(kibibytes).c_str()) == 0;
  }
  ~SmallDisk() {
    if (is_there_) umount2(folder_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool is_there() const { return is_there_; }
  bool resize(int kibibytes) const {
    return mount(nullptr, folder_.c_str(), nullptr, MS_REMOUNT, options(kibibytes).c_str()) == 0;
  }
  bool make_read_only(bool read_only) const {
    return mount(nullptr, folder_.c_str(), nullptr, MS_REMOUNT | (read_only ? MS_RDONLY : 0), nullptr) == 0;
  }

 private:
  static std::string options(int kibibytes) { return "size=" + std::to_string(kibibytes) + "k"; }

  const std::filesystem::path folder_;
  bool is_there_ = false;
};

}  // namespace runner::testing
