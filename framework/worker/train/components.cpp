#include "worker/train/components.h"

#include <torch/utils.h>

#include "common/params_json.h"
#include "common/seeds.h"

namespace runner::worker {

std::unique_ptr<Dataset> open_dataset(const DatasetFactory& factory, const protocol::Component& component,
                                      const DatasetContext& context) {
  return factory.create(values_from_json(factory.params(), component.options), context);
}

std::unique_ptr<GuardedModel> create_model(const ModelFactory& factory, const protocol::Component& component,
                                           const ModelContext& context, int64_t seed) {
  torch::manual_seed(stream_seed(seed, kInitStream));
  auto built = factory.create(values_from_json(factory.params(), component.options), context);
  auto model = std::make_unique<GuardedModel>(std::move(built), component.name, context);
  model->train(true);
  torch::manual_seed(stream_seed(seed, kDropoutStream));
  return model;
}

std::vector<int64_t> encode_prefix(const Dataset& data, const std::string& prefix) {
  std::vector<int64_t> tokens = data.encode(prefix);
  if (tokens.empty()) throw EncodeError("the prefix is empty; expected at least one character");
  return tokens;
}

}  // namespace runner::worker
