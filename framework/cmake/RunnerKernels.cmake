# runner_add_kernels(TARGET SOURCES file…)
#
# Compiles the files once for each instruction set that <runner/isa.h> knows and adds the objects to TARGET, whose headers
# they find. The target of a plugin is runner_plugin_NAME. RUNNER_ISA is the set's name. On other processors than x86-64 all
# three are what the compiler makes without options, so that callers need not ask. An outside project gets this function
# from find_package(runner).
function(runner_add_kernels target)
  cmake_parse_arguments(PARSE_ARGV 1 KERNELS "" "" "SOURCES")
  if(NOT KERNELS_SOURCES)
    message(FATAL_ERROR "runner_add_kernels(${target}): SOURCES is empty; list the kernels' .cpp files after SOURCES")
  endif()
  if(KERNELS_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "runner_add_kernels(${target}): unknown arguments: ${KERNELS_UNPARSED_ARGUMENTS}")
  endif()
  set(options_baseline "")
  set(options_avx2 -mavx2 -mfma)
  set(options_avx512 -mavx2 -mfma -mavx512f -mavx512dq -mavx512bw -mavx512vl -mprefer-vector-width=512)
  foreach(isa baseline avx2 avx512)
    set(objects ${target}_${isa})
    add_library(${objects} OBJECT ${KERNELS_SOURCES})
    target_include_directories(${objects} PRIVATE $<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>)
    target_compile_definitions(${objects} PRIVATE RUNNER_ISA=${isa})
    target_compile_features(${objects} PRIVATE cxx_std_17)
    set_target_properties(${objects} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden)
    if(TARGET runner_warnings)  # inside this project
      target_link_libraries(${objects} PRIVATE runner_warnings)
    endif()
    # Products and sums become one rounding where the processor can, the same in every kernel of an instruction set.
    target_compile_options(${objects} PRIVATE -O3 -ffp-contract=fast -fno-math-errno -Wno-psabi)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
      target_compile_options(${objects} PRIVATE ${options_${isa}})
    endif()
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${objects}>)
  endforeach()
endfunction()
