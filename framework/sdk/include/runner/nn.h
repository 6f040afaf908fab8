// ModuleModel<Net>: a torch::nn::Module as a runner::Model.
//
//   struct Net : torch::nn::Module {
//     using Options = MyOptions;
//     Net(const Options& options, const runner::ModelContext& context);  // registers its submodules and parameters
//     at::Tensor forward(const at::Tensor& tokens, runner::State& state);  // [T, N] -> [T, N, V]
//     runner::State initial_state(int64_t batch_size);
//     static constexpr bool kIsRecordable = true;  // optional: see Model::is_recordable
//   };
//   RUNNER_PLUGIN("1.0.0", runner::model<runner::ModuleModel<Net>>("net", "…"))
#pragma once

#include <runner/model.h>
#include <torch/torch.h>

#include <type_traits>

namespace runner {

namespace detail {

template <typename Net, typename = void>
struct is_recordable : std::false_type {};
template <typename Net>
struct is_recordable<Net, std::void_t<decltype(Net::kIsRecordable)>> : std::bool_constant<Net::kIsRecordable> {};

}  // namespace detail

template <typename Net>
class ModuleModel final : public Model {
 public:
  using Options = typename Net::Options;

  // Builds the module and moves it to the context's device and type.
  ModuleModel(const Options& options, const ModelContext& context) : net_(std::make_shared<Net>(options, context)) {
    to(context.device, context.dtype);
  }

  at::Tensor forward(const at::Tensor& tokens, State& state) override { return net_->forward(tokens, state); }
  State initial_state(int64_t batch_size) override { return net_->initial_state(batch_size); }
  NamedTensors named_parameters() override { return flatten(net_->named_parameters()); }
  NamedTensors named_buffers() override { return flatten(net_->named_buffers()); }
  void train(bool on) override { net_->train(on); }
  void to(at::Device device, at::ScalarType dtype) override { net_->to(device, dtype); }
  bool is_recordable() const override { return detail::is_recordable<Net>::value; }

 private:
  static NamedTensors flatten(const torch::OrderedDict<std::string, at::Tensor>& dict) {
    NamedTensors result;
    result.reserve(dict.size());
    for (const auto& item : dict) result.emplace_back(item.key(), item.value());
    return result;
  }

  const std::shared_ptr<Net> net_;
};

}  // namespace runner
