#include "control/config/node.h"

#include <algorithm>

namespace runner::config {

Location to_location(const Place& place) {
  return {place.source ? *place.source : std::string(), place.line, place.column};
}

std::string to_string(const Place& place) { return to_string(to_location(place)); }

const Entry* Node::find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

NodePtr make_scalar(std::string text, bool quoted, Place place) {
  auto node = std::make_shared<Node>();
  node->kind = Kind::scalar;
  node->text = std::move(text);
  node->quoted = quoted;
  node->place = std::move(place);
  return node;
}

NodePtr make_mapping(std::vector<Entry> entries, Place place) {
  auto node = std::make_shared<Node>();
  node->kind = Kind::mapping;
  node->entries = std::move(entries);
  node->place = std::move(place);
  return node;
}

NodePtr merge(const NodePtr& base, const NodePtr& over) {
  if (base->kind != Kind::mapping || over->kind != Kind::mapping) return over;
  std::vector<Entry> entries = base->entries;
  for (const Entry& entry : over->entries) {
    const auto same_key = [&](const Entry& other) { return other.key == entry.key; };
    const auto found = std::find_if(entries.begin(), entries.end(), same_key);
    if (found == entries.end()) {
      entries.push_back(entry);
    } else {
      *found = {entry.key, entry.key_place, merge(found->value, entry.value)};
    }
  }
  return make_mapping(std::move(entries), base->place);
}

std::string describe(const Node& node) {
  switch (node.kind) {
    case Kind::null:
      return "nothing";
    case Kind::scalar:
      return node.quoted ? "the string \"" + node.text + "\"" : node.text;
    case Kind::sequence:
      return "a list";
    case Kind::mapping:
      return "a mapping";
  }
  return "";
}

std::string to_text(const Node& node) {
  if (node.kind == Kind::null) return "null";
  if (node.kind == Kind::scalar) return node.text;
  std::string text;
  for (const NodePtr& item : node.items) text += (text.empty() ? "" : ", ") + to_text(*item);
  for (const Entry& entry : node.entries) {
    text += (text.empty() ? "" : ", ") + entry.key + ": " + to_text(*entry.value);
  }
  return node.kind == Kind::sequence ? "[" + text + "]" : "{" + text + "}";
}

}  // namespace runner::config
