// What the fixtures share: a note like that of a sound plugin, to be spoiled in one place each, and a mark that tells
// that the file was opened.
#pragma once

#include <runner/abi.h>
#include <torch/version.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>

namespace fixture {

template <size_t N>
constexpr void set_text(char (&field)[N], const char* text) {
  for (char& c : field) c = '\0';
  for (size_t i = 0; i + 1 < N && text[i] != '\0'; ++i) field[i] = text[i];
}

constexpr runner_abi_note sound_note() {
  runner_abi_note note{};
  set_text(note.magic, RUNNER_ABI_MAGIC);
  note.size = sizeof(runner_abi_note);
  note.sdk_abi = RUNNER_SDK_ABI;
  note.pointer_size = sizeof(void*);
  note.descriptor_size = sizeof(runner_plugin_descriptor);
  note.cxx_abi = __GXX_ABI_VERSION;
  note.cxx11_strings = _GLIBCXX_USE_CXX11_ABI;
#if defined(__SANITIZE_ADDRESS__)
  note.sanitizers = RUNNER_SANITIZE_ADDRESS;
#elif defined(__SANITIZE_THREAD__)
  note.sanitizers = RUNNER_SANITIZE_THREAD;
#endif
#if defined(_GLIBCXX_DEBUG)
  note.library_debug_mode = 1;
#endif
  set_text(note.standard_library, "libstdc++");
  set_text(note.libtorch, TORCH_VERSION);
  return note;
}

// A static object of this type runs code when its library is opened: it creates the file that FIXTURE_MARK names.
struct Mark {
  Mark() {
    const char* file = std::getenv("FIXTURE_MARK");
    std::FILE* mark = file ? std::fopen(file, "w") : nullptr;
    if (mark) std::fclose(mark);
  }
};

}  // namespace fixture

#define FIXTURE_NOTE(...)                                                        \
  extern "C" __attribute__((visibility("default"), section(RUNNER_ABI_SECTION))) \
  const runner_abi_note runner_abi_note_v1;                                      \
  constexpr runner_abi_note runner_abi_note_v1 = __VA_ARGS__;

#define FIXTURE_DESCRIPTOR(...)                                                                      \
  extern "C" __attribute__((visibility("default"))) const runner_plugin_descriptor runner_plugin_v1; \
  const runner_plugin_descriptor runner_plugin_v1 = __VA_ARGS__;
