#include "common/sha256.h"

#include <openssl/evp.h>

#include <cerrno>
#include <fstream>
#include <system_error>

#include "common/error.h"

namespace runner {

struct Sha256::Context {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> md{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  if (EVP_DigestInit_ex(context_->md.get(), EVP_sha256(), nullptr) != 1)
    throw EnvironmentError("OpenSSL has no SHA-256");
}

Sha256::~Sha256() = default;

void Sha256::update(const void* bytes, size_t size) { EVP_DigestUpdate(context_->md.get(), bytes, size); }

std::string Sha256::finish() {
  std::array<unsigned char, 32> digest{};
  EVP_DigestFinal_ex(context_->md.get(), digest.data(), nullptr);
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * digest.size());
  for (const unsigned char byte : digest) hex += {kDigits[byte >> 4], kDigits[byte & 15]};
  return hex;
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 digest;
  digest.update(bytes.data(), bytes.size());
  return digest.finish();
}

std::string sha256_of_file(const std::filesystem::path& file) {
  std::error_code error;
  // A pipe or a device has no end.
  if (std::filesystem::exists(file, error) && !std::filesystem::is_regular_file(file, error)) {
    throw EnvironmentError("cannot read " + file.string() + ": it is no ordinary file");
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) throw EnvironmentError("cannot read " + file.string(), errno);
  Sha256 digest;
  std::string buffer(1 << 16, '\0');
  while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || in.gcount() > 0) {
    digest.update(buffer.data(), static_cast<size_t>(in.gcount()));
  }
  if (in.bad()) throw EnvironmentError("cannot read " + file.string(), errno);
  return digest.finish();
}

}  // namespace runner
