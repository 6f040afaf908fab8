// Its factory cannot say what its parameters are.
#include <runner/plugin.h>

#include <stdexcept>

namespace {

class Factory final : public runner::ModelFactory {
 public:
  const std::vector<runner::ParamSpec>& params() const override {
    throw std::runtime_error("the schema is out of order");
  }
  void check(const runner::ParamValues&) const override {}
  runner::TokenWork token_work(const runner::ParamValues&) const override { return {}; }
  std::unique_ptr<runner::Model> create(const runner::ParamValues&, const runner::ModelContext&) const override {
    return nullptr;
  }
};

runner_component component() {
  static const Factory factory;
  return {RUNNER_MODEL, sizeof(runner_component), "throws", "throws",
          static_cast<const runner::ModelFactory*>(&factory)};
}

}  // namespace

RUNNER_PLUGIN("1.0.0", component())
