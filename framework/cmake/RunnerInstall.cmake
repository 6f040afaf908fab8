# What `./runner` builds, and what `cmake --install` puts into a prefix: programs, plugins, SDK headers and the package
# configuration for find_package(runner). The worker and every plugin are installed where they are defined.
include(CMakePackageConfigHelpers)

get_property(RUNNER_ALL_PLUGINS GLOBAL PROPERTY RUNNER_PLUGINS)
# A plugin that was renamed or taken out would be found beside its successor, and each refused as the other's duplicate. Only
# what an earlier build put there is removed: the folder may hold others.
set(plugin_list ${PROJECT_BINARY_DIR}/built_plugins.txt)
set(built_plugins)
foreach(target IN LISTS RUNNER_ALL_PLUGINS)
  get_target_property(name ${target} OUTPUT_NAME)
  list(APPEND built_plugins ${name})
endforeach()
if(EXISTS ${plugin_list})
  file(STRINGS ${plugin_list} stale_plugins)
  list(REMOVE_ITEM stale_plugins ${built_plugins})
  foreach(name IN LISTS stale_plugins)
    message(STATUS "removing ${name}.so, which is no longer built")
    file(REMOVE ${RUNNER_PLUGIN_FOLDER}/${name}.so)
  endforeach()
endif()
list(JOIN built_plugins "\n" lines)
file(WRITE ${plugin_list} "${lines}\n")

add_custom_target(programs)
add_dependencies(programs runner runner_worker ${RUNNER_ALL_PLUGINS})

install(TARGETS runner RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT programs)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/framework/sdk/include/ ${PROJECT_SOURCE_DIR}/plugins/models/common/include/
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.h)
install(TARGETS runner_sdk runner_recurrent EXPORT runnerTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})

set(RUNNER_PACKAGE_FOLDER ${CMAKE_INSTALL_LIBDIR}/cmake/runner)
configure_package_config_file(${PROJECT_SOURCE_DIR}/framework/cmake/runnerConfig.cmake.in
                              ${PROJECT_BINARY_DIR}/runnerConfig.cmake INSTALL_DESTINATION ${RUNNER_PACKAGE_FOLDER}
                              PATH_VARS CMAKE_INSTALL_BINDIR NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# Before version 1.0 a new minor version may change the SDK.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/runnerConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(EXPORT runnerTargets NAMESPACE runner:: DESTINATION ${RUNNER_PACKAGE_FOLDER})
install(FILES ${PROJECT_BINARY_DIR}/runnerConfig.cmake ${PROJECT_BINARY_DIR}/runnerConfigVersion.cmake
              ${PROJECT_SOURCE_DIR}/framework/cmake/RunnerPlugin.cmake
              ${PROJECT_SOURCE_DIR}/framework/cmake/RunnerKernels.cmake
        DESTINATION ${RUNNER_PACKAGE_FOLDER})
