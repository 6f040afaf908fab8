// A YAML document as an immutable tree in which everything knows where it was written.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "control/config/diagnostics.h"

namespace runner::config {

// A Location that shares its source's name, so that a node stays small.
struct Place {
  std::shared_ptr<const std::string> source;
  int line = 0;    // from 1; 0: the source alone says where
  int column = 0;  // from 1, in characters
};

Location to_location(const Place& place);
std::string to_string(const Place& place);

enum class Kind { null, scalar, sequence, mapping };

struct Node;
// Parts of a tree are shared between trees (aliases, merged documents), never changed. Never null.
using NodePtr = std::shared_ptr<const Node>;

struct Entry {
  std::string key;
  Place key_place;
  NodePtr value;
};

struct Node {
  Kind kind = Kind::null;
  std::string text;     // of a scalar
  bool quoted = false;  // a scalar that is a string whatever it looks like
  Place place;
  std::vector<NodePtr> items;  // of a sequence
  std::vector<Entry> entries;  // of a mapping, in the order of the file; keys are unique
  size_t weight = 1;           // nodes from here down, those behind aliases counted each time
  int height = 1;              // levels from here down

  // The entry of that key, or nullptr.
  const Entry* find(std::string_view key) const;
};

NodePtr make_scalar(std::string text, bool quoted, Place place);
NodePtr make_mapping(std::vector<Entry> entries, Place place);

// `over` on top of `base`: mappings merge key by key, anything else is replaced.
NodePtr merge(const NodePtr& base, const NodePtr& over);

// The mapping without the keys for which `drop` says so.
template <typename Predicate>
NodePtr without(const NodePtr& mapping, Predicate drop) {
  std::vector<Entry> kept;
  for (const Entry& entry : mapping->entries) {
    if (!drop(entry)) kept.push_back(entry);
  }
  return make_mapping(std::move(kept), mapping->place);
}

// For messages: `256`, `"256"`, "a list", "a mapping", "nothing".
std::string describe(const Node& node);

// The node on one line, for labels and warnings: `256`, `[a, b]`.
std::string to_text(const Node& node);

}  // namespace runner::config
