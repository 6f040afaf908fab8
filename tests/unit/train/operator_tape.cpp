#include "unit/train/operator_tape.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace runner::test {
namespace {

using torch::jit::Stack;

// A key that LibTorch has for code outside of it, passed after autograd has done its part: what autograd computes
// beside an operator, for its gradient, is recorded too.
constexpr auto kMode = c10::DispatchKey::Fake;

struct Call {
  c10::OperatorHandle op;
  Stack inputs, outputs;
};

thread_local std::vector<Call>* tape = nullptr;

// Made of other operators, which are recorded in its place.
bool is_composite(const c10::OperatorHandle& op) {
  return op.hasKernelForDispatchKey(c10::DispatchKey::CompositeImplicitAutograd);
}

// What makes the host wait for a GPU, or returns as much as the values in it say.
bool reads_back(const c10::OperatorHandle& op) {
  static const std::set<std::string> kOperators = {"aten::_local_scalar_dense",
                                                   "aten::nonzero",
                                                   "aten::masked_select",
                                                   "aten::_unique",
                                                   "aten::_unique2",
                                                   "aten::unique_dim",
                                                   "aten::unique_consecutive",
                                                   "aten::repeat_interleave",
                                                   "aten::bincount",
                                                   "aten::equal",
                                                   "aten::embedding_dense_backward"};
  return kOperators.count(op.schema().name()) > 0;
}

void record_call(const c10::OperatorHandle& op, c10::DispatchKeySet keys, Stack* stack) {
  if (is_composite(op)) {
    op.redispatchBoxed(keys & c10::DispatchKeySet(c10::DispatchKeySet::FULL_AFTER, kMode), stack);
    return;
  }
  if (reads_back(op)) throw worker::CannotRecord(op.schema().name() + " makes the host wait for the device");
  const c10::impl::ExcludeDispatchKeyGuard below(kMode);
  const auto count = static_cast<std::ptrdiff_t>(op.schema().arguments().size());
  Stack inputs(stack->end() - count, stack->end());
  op.callBoxed(stack);
  const auto results = static_cast<std::ptrdiff_t>(op.schema().returns().size());
  tape->push_back({op, std::move(inputs), Stack(stack->end() - results, stack->end())});
}

// Views and what was changed in place are there already.
void put(const at::Tensor& result, const at::Tensor& where) {
  if (result.defined() && !result.is_alias_of(where)) where.detach().copy_(result);
}

void put(const c10::IValue& result, const c10::IValue& where) {
  if (result.isTensor()) return put(result.toTensor(), where.toTensor());
  if (!result.isTensorList()) return;
  const auto results = result.toTensorVector(), places = where.toTensorVector();
  for (size_t i = 0; i < results.size(); ++i) put(results[i], places[i]);
}

class Taped final : public worker::Recording {
 public:
  explicit Taped(OperatorTape::Counts& counts) : counts_(counts) {}

  void record(const std::function<void()>& work) {
    const c10::impl::IncludeDispatchKeyGuard on(kMode);
    tape = &calls_;
    work();
    counts_.operators += static_cast<int64_t>(calls_.size());
  }

  void replay() override {
    const at::NoGradGuard no_grad;
    for (const Call& call : calls_) {
      Stack stack = call.inputs;
      call.op.callBoxed(&stack);
      for (size_t i = 0; i < stack.size(); ++i) put(stack[i], call.outputs[i]);
    }
    ++counts_.replays;
  }

 private:
  OperatorTape::Counts& counts_;
  std::vector<Call> calls_;
};

}  // namespace

std::unique_ptr<worker::Recording> OperatorTape::record(const std::function<void()>& work) {
  auto recording = std::make_unique<Taped>(counts_);
  recording->record(work);
  ++counts_.recordings;
  return recording;
}

}  // namespace runner::test

TORCH_LIBRARY_IMPL(_, Fake, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&runner::test::record_call>());
}
