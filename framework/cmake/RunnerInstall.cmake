# What `./runner` builds, and what `cmake --install` puts into a prefix: programs, plugins, SDK headers and the package
# configuration for find_package(runner). The worker and every plugin are installed where they are defined.
include(CMakePackageConfigHelpers)

get_property(RUNNER_ALL_PLUGINS GLOBAL PROPERTY RUNNER_PLUGINS)
# A plugin that was renamed or taken out would be found beside its successor, and each refused as the other's duplicate.
file(GLOB stale_plugins ${RUNNER_PLUGIN_FOLDER}/*.so)
foreach(target IN LISTS RUNNER_ALL_PLUGINS)
  get_target_property(name ${target} OUTPUT_NAME)
  list(REMOVE_ITEM stale_plugins ${RUNNER_PLUGIN_FOLDER}/${name}.so)
endforeach()
if(stale_plugins)
  file(REMOVE ${stale_plugins})
endif()

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
        DESTINATION ${RUNNER_PACKAGE_FOLDER})
