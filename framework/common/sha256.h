// SHA-256 (FIPS 180-4), from OpenSSL.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace runner {

// Digest of bytes that arrive in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(const void* bytes, size_t size);
  // The digest in lower-case hexadecimal, 64 characters. Call it once, at the end.
  std::string finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string sha256_hex(std::string_view bytes);

// Throws EnvironmentError when the file cannot be read or is no ordinary one.
std::string sha256_of_file(const std::filesystem::path& file);

}  // namespace runner
