// Whoever may write everywhere stops being so for a while; the tests run as root in many places.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

namespace runner::testing {

class Unprivileged {
 public:
  Unprivileged() : was_root_(geteuid() == 0 && seteuid(65534) == 0) {}
  ~Unprivileged() {
    if (was_root_ && seteuid(0) != 0) ADD_FAILURE() << "cannot become root again";
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;

 private:
  bool was_root_;
};

}  // namespace runner::testing
