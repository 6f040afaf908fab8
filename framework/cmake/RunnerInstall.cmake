# Programs, plugins, SDK headers and the package configuration for find_package(runner).
