#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace runner::text {

// SHA-256 of bytes that arrive in pieces, from OpenSSL.
class Fingerprint {
 public:
  Fingerprint();
  ~Fingerprint();
  Fingerprint(const Fingerprint&) = delete;
  Fingerprint& operator=(const Fingerprint&) = delete;

  void add(const void* bytes, size_t size);
  // Lower-case hexadecimal. Call it once, at the end.
  std::string finish();

 private:
  struct Context;
  const std::unique_ptr<Context> context_;
};

}  // namespace runner::text
