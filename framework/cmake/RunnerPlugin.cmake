# runner_add_plugin(NAME SOURCES file… [LIBRARIES target…])
#
# Builds NAME.so, a plugin of models or datasets, and puts it where the runner looks for plugins: inside this project, the
# build folder's plugin folder. An outside project gets this function from find_package(runner); its plugins land in its
# own build folder, which it names in RUNNER_PLUGIN_PATH, and `cmake --install` puts them into lib/…/runner/plugins.
function(runner_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 PLUGIN "" "" "SOURCES;LIBRARIES")
  if(NOT PLUGIN_SOURCES)
    message(FATAL_ERROR "runner_add_plugin(${name}): SOURCES is empty; list the plugin's .cpp files after SOURCES")
  endif()
  if(PLUGIN_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "runner_add_plugin(${name}): unknown arguments: ${PLUGIN_UNPARSED_ARGUMENTS}")
  endif()
  set(target runner_plugin_${name})
  add_library(${target} MODULE ${PLUGIN_SOURCES})
  target_link_libraries(${target} PRIVATE runner::sdk ${PLUGIN_LIBRARIES})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} PREFIX "" CXX_VISIBILITY_PRESET hidden)
  if(COMMAND runner_use_torch)  # inside this project
    runner_use_torch(${target})
    set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${RUNNER_PLUGIN_FOLDER})
    set_property(GLOBAL APPEND PROPERTY RUNNER_PLUGINS ${target})
  endif()
  install(TARGETS ${target} LIBRARY DESTINATION ${RUNNER_PLUGINS_RELATIVE} COMPONENT plugins)
endfunction()
