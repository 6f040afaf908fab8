// Reading the ABI note of a plugin (see runner/abi.h) from the bytes of its file. Nothing in the file is trusted: every
// offset and size is checked against the file's length before it is used.
#pragma once

#include <runner/abi.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace runner::catalog {

struct AbiNote {
  uint16_t machine = 0;  // ELF's e_machine
  runner_abi_note note{};
};

// What was read, or why nothing could be: "is not an ELF file …", "is truncated: …", "has no ABI note …".
struct AbiNoteReading {
  std::optional<AbiNote> note;
  std::string problem;
};

// Understands 64-bit little-endian ELF files for x86-64 and AArch64. Throws nothing but std::bad_alloc.
AbiNoteReading read_abi_note(const std::filesystem::path& file);

// Why a plugin with the note `found` does not fit a worker with the note `expected`, naming each field that differs:
// "built for LibTorch 2.6.0, this runner uses 1.13.1; rebuild the plugin". Empty when it fits.
std::string abi_mismatch(const AbiNote& found, const AbiNote& expected);

}  // namespace runner::catalog
