/* The binary contract between the host and a plugin file, in plain C.
 *
 * A plugin carries two things that can be read without trusting its C++:
 *
 *   1. a note: a `runner_abi_note` in the ELF section named RUNNER_ABI_SECTION. The runner reads it from the file's
 * bytes and compares it with the note of its own worker before anything opens the file, because `dlopen` already runs
 *      C++ initialisers;
 *   2. a descriptor: a `runner_plugin_descriptor`, exported under RUNNER_DESCRIPTOR_SYMBOL, which the worker checks
 * again after opening the file.
 *
 * Layout of the note, all integers little-endian, no padding: never change a field's place; a new layout gets a new
 * magic. Character arrays are NUL-terminated and NUL-filled.
 */
#ifndef RUNNER_ABI_H
#define RUNNER_ABI_H

#include <stdint.h>

/* The number of the C++ interfaces in model.h, dataset.h and params.h. Raise it whenever one of them changes in a way
 * that an already compiled plugin would misread. */
#define RUNNER_SDK_ABI 5

#define RUNNER_ABI_MAGIC "RUNNER1"
#define RUNNER_ABI_SECTION ".runner.abi"
#define RUNNER_DESCRIPTOR_SYMBOL "runner_plugin_v1"

/* Bits of `runner_abi_note.sanitizers`: a host and a plugin must agree on each. */
#define RUNNER_SANITIZE_ADDRESS 1u
#define RUNNER_SANITIZE_THREAD 2u

/* NOLINTBEGIN(modernize-use-using): the contract is plain C */
typedef struct runner_abi_note {
  char magic[8];               /* RUNNER_ABI_MAGIC with its terminator */
  uint32_t size;               /* sizeof(runner_abi_note) */
  uint32_t sdk_abi;            /* RUNNER_SDK_ABI */
  uint32_t pointer_size;       /* sizeof(void*) */
  uint32_t descriptor_size;    /* sizeof(runner_plugin_descriptor) */
  uint32_t cxx_abi;            /* __GXX_ABI_VERSION of the compiler */
  uint32_t cxx11_strings;      /* _GLIBCXX_USE_CXX11_ABI of the standard library */
  uint32_t sanitizers;         /* RUNNER_SANITIZE_* */
  uint32_t library_debug_mode; /* 1: compiled with _GLIBCXX_DEBUG, which gives standard containers another layout */
  char standard_library[16];   /* "libstdc++" or "libc++" */
  char libtorch[32];           /* TORCH_VERSION, for example "1.13.1" */
} runner_abi_note;

typedef enum runner_component_kind {
  RUNNER_MODEL = 1,  /* `factory` is a const runner::ModelFactory*   */
  RUNNER_DATASET = 2 /* `factory` is a const runner::DatasetFactory* */
} runner_component_kind;

typedef struct runner_component {
  uint32_t kind;    /* runner_component_kind */
  uint32_t size;    /* sizeof(runner_component) */
  const char* name; /* what an experiment writes after `plugin:`; [a-z][a-z0-9_]* */
  const char* doc;  /* one line */
  const void* factory;
} runner_component;

typedef struct runner_plugin_descriptor {
  uint32_t size;    /* sizeof(runner_plugin_descriptor) */
  uint32_t sdk_abi; /* RUNNER_SDK_ABI */
  const char* version;
  uint32_t component_count;
  uint32_t reserved; /* 0 */
  const runner_component* components;
} runner_plugin_descriptor;
/* NOLINTEND(modernize-use-using) */

#endif
