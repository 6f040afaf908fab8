#include "control/cli/git_revision.h"

#include <git2.h>

#include <spdlog/spdlog.h>

#include <memory>
#include <optional>

#include "common/process.h"
#include "common/text.h"

namespace runner::cli {
namespace {

constexpr unsigned kWholeCommit = 40;  // digits
constexpr double kLongest = 10;        // seconds; all files that git knows may have to be read

constexpr const char* kDirty = "-dirty";

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
using Tree = Owned<git_tree, git_tree_free>;
using Diff = Owned<git_diff, git_diff_free>;

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
  options.dirty_suffix = kDirty;
  git_buf buffer{};
  const bool formatted = git_describe_format(&buffer, &description, &options) == 0;
  std::string text = formatted ? std::string(buffer.ptr, buffer.size) : "";
  git_buf_dispose(&buffer);
  return text;
}

// Whether files differ from those of the last commit, if that can be told.
std::optional<bool> is_dirty(git_repository& repository) {
  git_object* tree = nullptr;
  if (git_revparse_single(&tree, &repository, "HEAD^{tree}") != 0) return std::nullopt;
  const Tree committed(reinterpret_cast<git_tree*>(tree));  // what `^{tree}` asks for
  git_diff* diff = nullptr;
  if (git_diff_tree_to_workdir_with_index(&diff, &repository, committed.get(), nullptr) != 0) return std::nullopt;
  return git_diff_num_deltas(Diff(diff).get()) > 0;
}

// The last commit alone.
std::string commit_of(git_repository& repository) {
  git_oid id;
  const std::optional<bool> dirty = is_dirty(repository);
  if (!dirty || git_reference_name_to_id(&id, &repository, "HEAD") != 0) return "";
  return git_oid_tostr_s(&id) + std::string(*dirty ? kDirty : "");
}

std::string read_revision(const std::filesystem::path& folder) {
  const Library library;
  const Repository repository = open_repository_of(folder);
  if (!repository) return "";
  const Description description = describe(*repository);
  if (description) return text_of(*description);
  // libgit2 looks for tags beyond the commits that there are, and fails.
  return git_repository_is_shallow(repository.get()) == 1 ? commit_of(*repository) : "";
}

}  // namespace

std::string git_revision(const std::filesystem::path& folder) {
  const auto revision = result_apart([&folder] { return read_revision(folder); }, {kLongest});
  if (!revision) {
    spdlog::warn("the git repository of {} could not be read within {}: the sweep does not say which revision it is of",
                 folder.string(), in_seconds({kLongest}));
  }
  return revision.value_or("");
}

}  // namespace runner::cli
