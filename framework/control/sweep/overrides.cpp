#include "control/sweep/overrides.h"

#include <map>

#include "common/text.h"
#include "control/config/yaml.h"
#include "control/sweep/axes.h"

namespace runner::sweep {

using config::NodePtr;
using config::Place;
using config::Problems;

namespace {

constexpr std::string_view kParameters = "sweep.parameters.";

struct Word {
  std::string path, value;
  Place place;
};

bool starts_with(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

std::vector<std::string> split_at_dots(std::string_view path) {
  std::vector<std::string> segments(1);
  for (const char c : path) {
    if (c == '.') {
      segments.emplace_back();
    } else {
      segments.back() += c;
    }
  }
  return segments;
}

Place place_of(const std::string& path) {
  return {std::make_shared<const std::string>("command line: " + replace_invalid_utf8(path)), 0, 0};
}

// Below sweep.parameters the last segment is the axis's field, all before it the axis.
std::vector<std::string> axis_segments(const Word& word, Problems& problems) {
  const std::string rest = word.path.substr(kParameters.size());
  const size_t dot = rest.rfind('.');
  const std::string axis = rest.substr(0, dot), field = dot == std::string::npos ? "" : rest.substr(dot + 1);
  if (!is_axis_field(field)) {
    problems.add(word.place, "the last word of the path must be one of " + join(axis_fields(), ", ") +
                                 "; did you mean \"" + std::string(kParameters) + rest + ".values\"?");
    return {};
  }
  return {"sweep", "parameters", axis, field};
}

std::vector<std::string> segments_of(const Word& word, Problems& problems) {
  if (starts_with(word.path, kParameters)) return axis_segments(word, problems);
  std::vector<std::string> segments = split_at_dots(word.path);
  for (const std::string& segment : segments) {
    if (!segment.empty()) continue;
    problems.add(word.place, "expected path=value with a path such as train.epochs");
    return {};
  }
  return segments;
}

// A value must say something: nothing and {} would be passed over in silence.
bool says_something(const config::Node& value, const Place& place, Problems& problems) {
  const bool is_empty_mapping = value.kind == config::Kind::mapping && value.entries.empty();
  if (value.kind == config::Kind::null) problems.add(place, "no value after \"=\"");
  if (is_empty_mapping) problems.add(place, "an empty mapping changes nothing");
  return value.kind != config::Kind::null && !is_empty_mapping;
}

NodePtr nested(const std::vector<std::string>& segments, NodePtr value, const Place& place) {
  for (auto segment = segments.rbegin(); segment != segments.rend(); ++segment) {
    value = config::make_mapping({{*segment, place, std::move(value)}}, place);
  }
  return value;
}

bool split(const std::string& text, Word& word, Problems& problems) {
  const size_t equals = text.find('=');
  word.path = text.substr(0, equals);
  word.place = place_of(word.path);
  if (invalid_utf8_offset(word.path)) {
    problems.add(word.place, "the path is not valid UTF-8");
    return false;
  }
  if (equals == std::string::npos) {
    problems.add(word.place, "expected path=value, for example train.epochs=10");
    return false;
  }
  word.value = text.substr(equals + 1);
  return true;
}

NodePtr with_word(const NodePtr& document, const Word& word, Problems& problems) {
  const std::vector<std::string> segments = segments_of(word, problems);
  if (segments.empty()) return document;
  try {
    const NodePtr value = config::parse_yaml(word.value, *word.place.source, config::Positions::source_only, problems);
    if (!says_something(*value, word.place, problems)) return document;
    return config::merge(document, nested(segments, value, word.place));
  } catch (const config::ConfigError&) {
    return document;  // it has been noted, and the other words may be wrong too
  }
}

}  // namespace

NodePtr read_overrides(const std::vector<std::string>& words, Problems& problems, std::vector<std::string>& warnings) {
  NodePtr document = config::make_mapping({}, place_of(""));
  std::map<std::string, std::string> values;
  for (const std::string& text : words) {
    Word word;
    if (!split(text, word, problems)) continue;
    if (!values.emplace(word.path, word.value).second) {
      warnings.push_back(*word.place.source + ": given more than once; the last value, " + word.value + ", counts");
    }
    document = with_word(document, word, problems);
  }
  return document;
}

}  // namespace runner::sweep
