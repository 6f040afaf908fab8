// Which revision of a git repository a folder is of.
#pragma once

#include <filesystem>
#include <string>

namespace runner::cli {

// As `git describe --always --dirty --abbrev=40` in that folder says it: "v1.2-3-g1a2b…", or the commit alone where
// there are no tags, with "-dirty" where files that git knows were changed. Empty where there is no repository, or one
// without a commit, or one of somebody else, or that cannot be read within ten seconds.
//
// Read by libgit2 and not by git, which runs what a repository's own configuration tells it to (filters, a monitor of
// files, helpers that fetch): the folder of an experiment that was downloaded is not trusted. For the same reason it is
// read by a process apart (result_apart()): a named pipe among its files would be waited for without end.
std::string git_revision(const std::filesystem::path& folder);

}  // namespace runner::cli
