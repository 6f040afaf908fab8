#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <cstdlib>
#include <memory>

namespace runner::text {

// Tokens of a text whose length is not known. It grows in place where the C library can (by mremap), so that a large
// text takes four bytes a token at every moment: a vector would hold two copies while it grows.
class TokenBuffer {
 public:
  void push(int32_t token) {
    if (size_ == capacity_) grow();
    data_.get()[size_++] = token;
  }
  int64_t size() const { return size_; }
  int32_t* data() { return data_.get(); }
  // [size] int32, the same memory. The buffer is empty afterwards.
  at::Tensor release();

 private:
  struct Free {
    void operator()(int32_t* data) const { std::free(data); }
  };

  void grow();
  void resize(int64_t capacity);

  std::unique_ptr<int32_t, Free> data_;
  int64_t size_ = 0, capacity_ = 0;
};

}  // namespace runner::text
