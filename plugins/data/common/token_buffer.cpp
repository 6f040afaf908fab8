#include "data/common/token_buffer.h"

#include <ATen/ATen.h>

#include <new>

namespace runner::text {

at::Tensor TokenBuffer::release() {
  if (size_ == 0) return at::empty({0}, at::kInt);
  resize(size_);
  const int64_t size = size_;
  size_ = capacity_ = 0;
  return at::from_blob(
      data_.release(), {size}, [](void* data) { std::free(data); }, at::kInt);
}

void TokenBuffer::grow() { resize(capacity_ + capacity_ / 8 + (1 << 14)); }

void TokenBuffer::resize(int64_t capacity) {
  void* const moved = std::realloc(data_.get(), static_cast<size_t>(capacity) * sizeof(int32_t));
  if (moved == nullptr) throw std::bad_alloc();
  static_cast<void>(data_.release());  // realloc has freed it or goes on using it
  data_.reset(static_cast<int32_t*>(moved));
  capacity_ = capacity;
}

}  // namespace runner::text
