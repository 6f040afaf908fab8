// The sections of a configuration, each a flat list of parameters: what trials differ in.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/config/node.h"
#include "control/config/problems.h"

namespace runner::sweep {

enum class SectionId { data, model, train, optimizer, schedule, early_stopping, checkpoint, samples };
inline constexpr size_t kSectionCount = 8;
// A section comes before those that stand in it.
inline constexpr std::array<SectionId, kSectionCount> kSections = {
    SectionId::data,     SectionId::model,          SectionId::train,      SectionId::optimizer,
    SectionId::schedule, SectionId::early_stopping, SectionId::checkpoint, SectionId::samples};

inline constexpr size_t index_of(SectionId id) { return static_cast<size_t>(id); }

// "data", "train.optimizer": the dotted path in the file.
const char* section_path(SectionId id);

// "data", "optimizer": the key under which it stands.
const char* section_key(SectionId id);

// The section that it stands in: `train` of train.optimizer. Nothing at the top of the file.
std::optional<SectionId> outer_section(SectionId id);

// The section of that key in `outer`, or at the top of the file.
std::optional<SectionId> section_in(std::optional<SectionId> outer, std::string_view key);

// The key that chooses what a section's other keys mean: "plugin", "name", or nullptr.
const char* selector_key(SectionId id);

// A parameter of the configuration, for example model.hidden_size.
struct ParamPath {
  SectionId section = SectionId::data;
  std::string key;

  bool is_selector() const { return selector_key(section) && key == selector_key(section); }
};
bool operator==(const ParamPath& a, const ParamPath& b);
std::string to_string(const ParamPath& path);
// The selector of a section that has one.
ParamPath selector_of(SectionId id);

// Nothing when the path does not lead into a section.
std::optional<ParamPath> parse_param_path(std::string_view dotted);

// Who said it. A later layer wins over an earlier one.
enum class Layer { file, trial, axis, command_line };

struct Assignment {
  std::string key;
  config::Place key_place;
  config::NodePtr value;
  Layer layer = Layer::file;
};

struct Section {
  bool stated = false;
  bool broken = false;  // stated, but no mapping: its parameters are unknown
  config::Place place;  // of the section's key; of what encloses it when it was not stated
  std::vector<Assignment> assignments;

  const Assignment* find(std::string_view key) const;
  void set(Assignment assignment);
};

using Sections = std::array<Section, kSectionCount>;

// The sections among a mapping's keys; other keys are the caller's. `where` comes before paths in messages
// ("sweep.trials[0].").
Sections read_sections(const config::Node& mapping, Layer layer, const std::string& where, config::Problems& problems);

// The message of config::unknown_key; a dotted key, such as "model.hidden_size", is told how to be written.
std::string unknown_or_dotted_key(const std::string& key, const std::string& where,
                                  const std::vector<std::string>& valid);

// `over` on top of `base`, parameter by parameter.
Section overlay(Section base, const Section& over);

}  // namespace runner::sweep
