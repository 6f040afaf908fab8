# Defines Libgit2::Libgit2. Debian's package has no configuration for CMake, and nothing else here needs pkg-config.
find_path(LIBGIT2_INCLUDE_DIR git2.h)
find_library(LIBGIT2_LIBRARY git2)
if(LIBGIT2_INCLUDE_DIR)
  file(STRINGS ${LIBGIT2_INCLUDE_DIR}/git2/version.h version REGEX "define LIBGIT2_VERSION ")
  string(REGEX MATCH "[0-9.]+" Libgit2_VERSION "${version}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Libgit2 REQUIRED_VARS LIBGIT2_LIBRARY LIBGIT2_INCLUDE_DIR VERSION_VAR Libgit2_VERSION)
mark_as_advanced(LIBGIT2_INCLUDE_DIR LIBGIT2_LIBRARY)

if(Libgit2_FOUND AND NOT TARGET Libgit2::Libgit2)
  add_library(Libgit2::Libgit2 UNKNOWN IMPORTED)
  set_target_properties(Libgit2::Libgit2 PROPERTIES IMPORTED_LOCATION ${LIBGIT2_LIBRARY}
                                                    INTERFACE_INCLUDE_DIRECTORIES ${LIBGIT2_INCLUDE_DIR})
endif()
