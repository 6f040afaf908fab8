# runner_add_kernels(TARGET SOURCES file… [INCLUDES folder…])
#
# Compiles the files once for each instruction set that <runner/isa.h> knows and adds the objects to TARGET. RUNNER_ISA is
# the set's name. On other processors than x86-64 all three are what the compiler makes without options, so that callers
# need not ask.
function(runner_add_kernels target)
  cmake_parse_arguments(PARSE_ARGV 1 KERNELS "" "" "SOURCES;INCLUDES")
  set(options_baseline "")
  set(options_avx2 -mavx2 -mfma)
  set(options_avx512 -mavx2 -mfma -mavx512f -mavx512dq -mavx512bw -mavx512vl -mprefer-vector-width=512)
  foreach(isa baseline avx2 avx512)
    set(objects ${target}_${isa})
    add_library(${objects} OBJECT ${KERNELS_SOURCES})
    target_link_libraries(${objects} PRIVATE runner_warnings)
    target_include_directories(${objects} PRIVATE ${PROJECT_SOURCE_DIR}/framework/sdk/include ${KERNELS_INCLUDES})
    target_compile_definitions(${objects} PRIVATE RUNNER_ISA=${isa})
    # Products and sums become one rounding where the processor can, the same in every kernel of an instruction set.
    target_compile_options(${objects} PRIVATE -O3 -ffp-contract=fast -fno-math-errno -Wno-psabi)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
      target_compile_options(${objects} PRIVATE ${options_${isa}})
    endif()
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${objects}>)
  endforeach()
endfunction()
