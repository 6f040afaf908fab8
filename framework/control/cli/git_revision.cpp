#include "control/cli/git_revision.h"

#include <git2.h>

#include <memory>

namespace runner::cli {
namespace {

constexpr unsigned kWholeCommit = 40;  // digits

// libgit2 between the first and the last user of it.
class Library {
 public:
  Library() { git_libgit2_init(); }
  ~Library() { git_libgit2_shutdown(); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
};

template <typename Object, void (*release)(Object*)>
struct Release {
  void operator()(Object* object) const { release(object); }
};
template <typename Object, void (*release)(Object*)>
using Owned = std::unique_ptr<Object, Release<Object, release>>;

using Repository = Owned<git_repository, git_repository_free>;
using Description = Owned<git_describe_result, git_describe_result_free>;

Repository open_repository_of(const std::filesystem::path& folder) {
  git_repository* repository = nullptr;
  const std::string start = std::filesystem::absolute(folder).string();
  if (git_repository_open_ext(&repository, start.c_str(), 0, nullptr) != 0) return nullptr;
  return Repository(repository);
}

Description describe(git_repository& repository) {
  git_describe_options options = GIT_DESCRIBE_OPTIONS_INIT;
  options.show_commit_oid_as_fallback = 1;
  git_describe_result* description = nullptr;
  if (git_describe_workdir(&description, &repository, &options) != 0) return nullptr;
  return Description(description);
}

std::string text_of(const git_describe_result& description) {
  git_describe_format_options options = GIT_DESCRIBE_FORMAT_OPTIONS_INIT;
  options.abbreviated_size = kWholeCommit;
  options.dirty_suffix = "-dirty";
  git_buf buffer{};
  const bool formatted = git_describe_format(&buffer, &description, &options) == 0;
  std::string text = formatted ? std::string(buffer.ptr, buffer.size) : "";
  git_buf_dispose(&buffer);
  return text;
}

}  // namespace

std::string git_revision(const std::filesystem::path& folder) {
  const Library library;
  const Repository repository = open_repository_of(folder);
  if (!repository) return "";
  const Description description = describe(*repository);
  return description ? text_of(*description) : "";
}

}  // namespace runner::cli
