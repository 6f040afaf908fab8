// A schema whose default is outside its own range.
#include <runner/plugin.h>

namespace {

struct Options {
  int64_t width = 0;
  static runner::Schema<Options> schema() {
    runner::Schema<Options> schema;
    schema.add("width", &Options::width).range(1, 8).doc("width");
    return schema;
  }
};

class NoData final : public runner::Dataset {
 public:
  using Options = ::Options;
  explicit NoData(const Options&) {}
  int64_t vocabulary_size() const override { return 1; }
  bool has_split(runner::Split) const override { return false; }
  std::unique_ptr<runner::BatchStream> batches(runner::Split, int64_t, uint64_t) const override { return nullptr; }
  std::string content_hash() const override { return ""; }
};

}  // namespace

RUNNER_PLUGIN("1.0.0", runner::dataset<NoData>("bad_default", "a default that is not allowed"))
