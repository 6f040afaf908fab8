# Warnings are a target of their own that nothing installed refers to.
add_library(runner_warnings INTERFACE)
target_compile_options(runner_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
                       -Wnon-virtual-dtor -Woverloaded-virtual $<$<BOOL:${RUNNER_WARNINGS_AS_ERRORS}>:-Werror>)

if(RUNNER_SANITIZE)
  add_compile_options(-fsanitize=${RUNNER_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${RUNNER_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Between a sanitizer's checks GCC takes what is set for unset, in the standard library's headers, too: its manual says so.
    # Builds without a sanitizer keep this warning.
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
endif()

find_program(RUNNER_CCACHE ccache)
if(RUNNER_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The sloppiness is what ccache needs to cache files that use a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${RUNNER_CCACHE})
endif()
