// RUNNER_PLUGIN: makes a shared library a plugin. Use it once in a library, at namespace scope:
//
//   RUNNER_PLUGIN("1.0.0",
//                 runner::model<MyModel>("my_model", "one line on what it computes"),
//                 runner::dataset<MyData>("my_data", "one line on where its tokens come from"))
//
// A model class has a nested (or imported) type `Options` and a constructor from (const Options&, const ModelContext&);
// a dataset class has `Options` and a constructor from (const Options&, const DatasetContext&), or from (const
// Options&) where it has no use for the context. `Options` is a default-constructible struct with
//
//   static runner::Schema<Options> schema();   // see params.h
//   void check() const;                        // optional: rules across fields, throws runner::OptionError
//   runner::TokenWork token_work() const;      // optional, of a model: see params.h
//
// They are asked before any trial starts and must only compute: a plugin that has not answered after two minutes is
// killed, and cannot be used.
#pragma once

#include <runner/abi.h>
#include <runner/dataset.h>
#include <runner/model.h>
#include <torch/version.h>

#include <type_traits>

namespace runner::detail {

template <typename Options, typename = void>
struct has_check : std::false_type {};
template <typename Options>
struct has_check<Options, std::void_t<decltype(std::declval<Options&>().check())>> : std::true_type {};

template <typename Options, typename = void>
struct has_token_work : std::false_type {};
template <typename Options>
struct has_token_work<Options, std::void_t<decltype(std::declval<Options&>().token_work())>> : std::true_type {};

// What the factories of models and of datasets share: the schema and the check of one options struct.
template <typename Interface, typename Options>
class SchemaFactory : public Interface {
  static_assert(has_check<const Options>::value || !has_check<Options>::value,
                "an options struct has a check() that cannot be called: declare check() const");

 public:
  const std::vector<ParamSpec>& params() const override { return schema_.specs(); }
  void check(const ParamValues& values) const override {
    if constexpr (has_check<const Options>::value) schema_.fill(values).check();
  }

 protected:
  const Schema<Options> schema_ = Options::schema();
};

template <typename M>
class ModelFactoryOf final : public SchemaFactory<ModelFactory, typename M::Options> {
  static_assert(std::is_base_of_v<Model, M>,
                "runner::model<M>: M must derive from runner::Model; for a torch::nn::Module write "
                "runner::model<runner::ModuleModel<Net>> and include <runner/nn.h>");
  static_assert(std::is_constructible_v<M, const typename M::Options&, const ModelContext&>,
                "runner::model<M>: M needs a constructor M(const M::Options&, const runner::ModelContext&)");
  static constexpr bool kTellsWork = has_token_work<const typename M::Options>::value;
  static_assert(kTellsWork || !has_token_work<typename M::Options>::value,
                "an options struct has a token_work() that cannot be called: declare token_work() const");

 public:
  TokenWork token_work(const ParamValues& values) const override {
    if constexpr (kTellsWork) {
      return this->schema_.fill(values).token_work();
    } else {
      return {};
    }
  }
  std::unique_ptr<Model> create(const ParamValues& values, const ModelContext& context) const override {
    return std::make_unique<M>(this->schema_.fill(values), context);
  }
};

template <typename D>
class DatasetFactoryOf final : public SchemaFactory<DatasetFactory, typename D::Options> {
  static_assert(std::is_base_of_v<Dataset, D>, "runner::dataset<D>: D must derive from runner::Dataset");
  static constexpr bool kTakesContext = std::is_constructible_v<D, const typename D::Options&, const DatasetContext&>;
  static_assert(kTakesContext || std::is_constructible_v<D, const typename D::Options&>,
                "runner::dataset<D>: D needs a constructor D(const D::Options&), or D(const D::Options&, const "
                "runner::DatasetContext&)");

 public:
  std::unique_ptr<Dataset> create(const ParamValues& values, const DatasetContext& context) const override {
    if constexpr (kTakesContext) {
      return std::make_unique<D>(this->schema_.fill(values), context);
    } else {
      return std::make_unique<D>(this->schema_.fill(values));
    }
  }
};

}  // namespace runner::detail

namespace runner {

// Describes one model for RUNNER_PLUGIN. Both strings must outlive the plugin: pass literals.
template <typename M>
runner_component model(const char* name, const char* doc) {
  static const detail::ModelFactoryOf<M> factory;
  return {RUNNER_MODEL, sizeof(runner_component), name, doc, static_cast<const ModelFactory*>(&factory)};
}

// Describes one dataset for RUNNER_PLUGIN. Both strings must outlive the plugin: pass literals.
template <typename D>
runner_component dataset(const char* name, const char* doc) {
  static const detail::DatasetFactoryOf<D> factory;
  return {RUNNER_DATASET, sizeof(runner_component), name, doc, static_cast<const DatasetFactory*>(&factory)};
}

}  // namespace runner

// GCC says by a macro of its own what Clang answers through __has_feature.
#if defined(__SANITIZE_ADDRESS__)
#define RUNNER_SANITIZERS_IN_USE RUNNER_SANITIZE_ADDRESS
#elif defined(__SANITIZE_THREAD__)
#define RUNNER_SANITIZERS_IN_USE RUNNER_SANITIZE_THREAD
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RUNNER_SANITIZERS_IN_USE RUNNER_SANITIZE_ADDRESS
#elif __has_feature(thread_sanitizer)
#define RUNNER_SANITIZERS_IN_USE RUNNER_SANITIZE_THREAD
#endif
#endif
#if !defined(RUNNER_SANITIZERS_IN_USE)
#define RUNNER_SANITIZERS_IN_USE 0u
#endif

#if defined(_LIBCPP_VERSION)
#define RUNNER_STANDARD_LIBRARY "libc++"
#define RUNNER_CXX11_STRINGS 0
#else
#define RUNNER_STANDARD_LIBRARY "libstdc++"
#define RUNNER_CXX11_STRINGS _GLIBCXX_USE_CXX11_ABI
#endif

#if defined(_GLIBCXX_DEBUG)
#define RUNNER_LIBRARY_DEBUG_MODE 1u
#else
#define RUNNER_LIBRARY_DEBUG_MODE 0u
#endif

// Places the note of this compilation in its section. Every plugin has one through RUNNER_PLUGIN, and so has the
// worker: its note is what the runner expects of plugins.
#define RUNNER_ABI_NOTE()                                                        \
  extern "C" __attribute__((visibility("default"), section(RUNNER_ABI_SECTION))) \
  const runner_abi_note runner_abi_note_v1;                                      \
  const runner_abi_note runner_abi_note_v1 = {RUNNER_ABI_MAGIC,                  \
                                              sizeof(runner_abi_note),           \
                                              RUNNER_SDK_ABI,                    \
                                              sizeof(void*),                     \
                                              sizeof(runner_plugin_descriptor),  \
                                              __GXX_ABI_VERSION,                 \
                                              RUNNER_CXX11_STRINGS,              \
                                              RUNNER_SANITIZERS_IN_USE,          \
                                              RUNNER_LIBRARY_DEBUG_MODE,         \
                                              RUNNER_STANDARD_LIBRARY,           \
                                              TORCH_VERSION};

#define RUNNER_PLUGIN(version_text, ...)                                                             \
  RUNNER_ABI_NOTE()                                                                                  \
  static const runner_component runner_plugin_components[] = {__VA_ARGS__};                          \
  extern "C" __attribute__((visibility("default"))) const runner_plugin_descriptor runner_plugin_v1; \
  const runner_plugin_descriptor runner_plugin_v1 = {                                                \
      sizeof(runner_plugin_descriptor),                                                              \
      RUNNER_SDK_ABI,                                                                                \
      version_text,                                                                                  \
      sizeof(runner_plugin_components) / sizeof(runner_plugin_components[0]),                        \
      0,                                                                                             \
      runner_plugin_components};
