#include "data/common/fingerprint.h"

#include <openssl/evp.h>

#include <stdexcept>

namespace runner::text {

struct Fingerprint::Context {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> md{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

Fingerprint::Fingerprint() : context_(std::make_unique<Context>()) {
  if (EVP_DigestInit_ex(context_->md.get(), EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("OpenSSL has no SHA-256");
}

Fingerprint::~Fingerprint() = default;

void Fingerprint::add(const void* bytes, size_t size) { EVP_DigestUpdate(context_->md.get(), bytes, size); }

std::string Fingerprint::finish() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_DigestFinal_ex(context_->md.get(), digest, &size);
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += {kDigits[digest[i] >> 4], kDigits[digest[i] & 15]};
  return hex;
}

}  // namespace runner::text
