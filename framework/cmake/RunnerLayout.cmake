# PREFIX/bin/runner, PREFIX/libexec/runner/worker, PREFIX/lib/…/runner/plugins: the build folder is laid out like an
# installed prefix, so that programs find their parts by the same rule in both (framework/common/paths.h).
set(RUNNER_WORKER_RELATIVE ${CMAKE_INSTALL_LIBEXECDIR}/runner/worker)
set(RUNNER_PLUGINS_RELATIVE ${CMAKE_INSTALL_LIBDIR}/runner/plugins)
set(RUNNER_PROGRAM_FOLDER ${PROJECT_BINARY_DIR}/${CMAKE_INSTALL_BINDIR})
set(RUNNER_WORKER_FOLDER ${PROJECT_BINARY_DIR}/${CMAKE_INSTALL_LIBEXECDIR}/runner)
set(RUNNER_PLUGIN_FOLDER ${PROJECT_BINARY_DIR}/${RUNNER_PLUGINS_RELATIVE})

# A LibTorch outside the system's folders stays known to installed programs and plugins.
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)
