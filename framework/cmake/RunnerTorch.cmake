# LibTorch for the few targets that use it.
#
#   runner_torch       link this: LibTorch as a system library, its precompiled header
#   runner_blas        link this into programs: the OpenMP BLAS, by path
find_package(Torch 1.13 REQUIRED)
if(TORCH_CXX_FLAGS MATCHES "GLIBCXX_USE_CXX11_ABI=0")
  message(FATAL_ERROR "The LibTorch in ${TORCH_INSTALL_PREFIX} is built with the old strings of libstdc++, which the other "
                      "libraries do not use: take the download whose name says \"cxx11 ABI\".")
endif()

# Files that include torch take a gigabyte and many seconds each: compile no more of them at once than there are cores and
# gigabytes.
cmake_host_system_information(RESULT RUNNER_TORCH_JOBS QUERY NUMBER_OF_LOGICAL_CORES)
cmake_host_system_information(RESULT RUNNER_MEMORY_MIB QUERY TOTAL_PHYSICAL_MEMORY)
math(EXPR RUNNER_MEMORY_JOBS "${RUNNER_MEMORY_MIB} / 1280")
if(RUNNER_MEMORY_JOBS LESS RUNNER_TORCH_JOBS)
  set(RUNNER_TORCH_JOBS ${RUNNER_MEMORY_JOBS})
endif()
if(RUNNER_TORCH_JOBS LESS 1)
  set(RUNNER_TORCH_JOBS 1)
endif()
set_property(GLOBAL APPEND PROPERTY JOB_POOLS torch=${RUNNER_TORCH_JOBS})

add_library(runner_torch_headers INTERFACE)
target_include_directories(runner_torch_headers SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
target_link_libraries(runner_torch_headers INTERFACE ${TORCH_LIBRARIES})

add_library(runner_torch_pch OBJECT ${PROJECT_SOURCE_DIR}/framework/cmake/torch_pch.cpp)
target_link_libraries(runner_torch_pch PRIVATE runner_torch_headers runner_warnings)
target_precompile_headers(runner_torch_pch PRIVATE <torch/torch.h>)
set_target_properties(runner_torch_pch PROPERTIES JOB_POOL_COMPILE torch)

# Makes a target of ours use LibTorch. Its files need no include of the precompiled header, but name what they use.
function(runner_use_torch target)
  # Outside this project runner::sdk brings LibTorch, so nothing of this is part of an installed target.
  target_link_libraries(${target} PUBLIC $<BUILD_INTERFACE:runner_torch_headers> PRIVATE $<BUILD_INTERFACE:runner_warnings>)
  target_precompile_headers(${target} REUSE_FROM runner_torch_pch)
  # A macro of its own (target_EXPORTS) would keep a shared library from reusing the header.
  set_target_properties(${target} PROPERTIES DEFINE_SYMBOL "" JOB_POOL_COMPILE torch)
  # A program's -fPIE would too: the compiler would parse LibTorch again for every file.
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
endfunction()

# Debian's LibTorch calls whatever libblas.so.3 the system's alternatives prefer; with the plain BLAS or with pthread
# OpenBLAS beside OpenMP loops the same training is 4 to 30 times slower. A program that links the OpenMP build by path
# settles it: DT_RPATH, unlike DT_RUNPATH, also applies to what LibTorch itself needs. A LibTorch that brings its own BLAS
# (the official downloads) is left alone.
add_library(runner_blas INTERFACE)
find_library(RUNNER_TORCH_CPU torch_cpu HINTS ${TORCH_INSTALL_PREFIX}/lib /usr/lib/${CMAKE_LIBRARY_ARCHITECTURE})
execute_process(COMMAND ${CMAKE_READELF} -d ${RUNNER_TORCH_CPU} OUTPUT_VARIABLE RUNNER_TORCH_NEEDS)
if(RUNNER_TORCH_NEEDS MATCHES "libblas\\.so\\.3")
  find_file(RUNNER_OPENMP_BLAS libblas.so.3 PATHS /usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}/openblas-openmp NO_DEFAULT_PATH)
  if(NOT RUNNER_OPENMP_BLAS)
    message(FATAL_ERROR "This LibTorch uses the system's BLAS, and the OpenMP build of OpenBLAS is missing: "
                        "install libopenblas0-openmp, or set RUNNER_OPENMP_BLAS to its libblas.so.3.")
  endif()
  get_filename_component(RUNNER_OPENMP_BLAS_FOLDER ${RUNNER_OPENMP_BLAS} DIRECTORY)
  target_link_options(runner_blas INTERFACE -Wl,--disable-new-dtags -Wl,-rpath,${RUNNER_OPENMP_BLAS_FOLDER}
                      -Wl,--no-as-needed ${RUNNER_OPENMP_BLAS} -Wl,--as-needed)
endif()
