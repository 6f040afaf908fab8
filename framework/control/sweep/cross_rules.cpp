#include "control/sweep/cross_rules.h"

#include <string>

namespace runner::sweep {

void check_across_sections(const Json& config, const std::function<Section(SectionId)>& section_of,
                           config::Problems& problems) {
  const Json &train = config.at("train"), &schedule = train.at("schedule");
  const auto refuse_if_greater = [&](const char* key, const Json& limit, const std::string& message) {
    if (schedule.value(key, 0.0) <= limit.get<double>()) return;
    const Section section = section_of(SectionId::schedule);
    const Assignment* stated = section.find(key);
    problems.add(stated ? stated->value->place : section.place,
                 "train.schedule." + std::string(key) + " " + schedule.at(key).dump() + message + limit.dump());
  };
  refuse_if_greater("warmup", train.at("epochs"),
                    " is longer than the training; it is in epochs, and train.epochs is ");
  refuse_if_greater("min_lr", train.at("optimizer").at("lr"),
                    " is greater than the learning rate, train.optimizer.lr ");
}

}  // namespace runner::sweep
