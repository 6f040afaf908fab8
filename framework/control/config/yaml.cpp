#include "control/config/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <unordered_set>

#include "common/text.h"

namespace runner::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Turns the parser's positions (lines and bytes from 0) into places (lines and characters from 1).
class Places {
 public:
  Places(std::string_view text, const std::string& source, Positions positions)
      : text_(text), source_(std::make_shared<const std::string>(source)), positions_(positions) {
    line_starts_.push_back(0);
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') line_starts_.push_back(i + 1);
    }
  }

  Place at(int line, int byte_column) const {
    if (positions_ == Positions::source_only) return {source_, 0, 0};
    const size_t last = line_starts_.size() - 1;
    const size_t index = std::min(static_cast<size_t>(std::max(line, 0)), last);
    const size_t start = line_starts_[index];
    const size_t length = std::min(static_cast<size_t>(std::max(byte_column, 0)), text_.size() - start);
    return {source_, static_cast<int>(index) + 1, characters(text_.substr(start, length)) + 1};
  }

  Place at(const YAML::Mark& mark) const { return at(mark.line, mark.column); }

  Place at_offset(size_t offset) const {
    const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
    const auto line = next - line_starts_.begin() - 1;
    return at(static_cast<int>(line), static_cast<int>(offset - line_starts_[static_cast<size_t>(line)]));
  }

 private:
  static int characters(std::string_view bytes) {
    return static_cast<int>(std::count_if(bytes.begin(), bytes.end(), [](char c) { return (c & 0xC0) != 0x80; }));
  }

  std::string_view text_;
  std::shared_ptr<const std::string> source_;
  Positions positions_;
  std::vector<size_t> line_starts_;
};

// Ends parsing; the problem has been noted.
struct Abandoned {};

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const Places& places, Problems& problems) : places_(places), problems_(problems) {}

  NodePtr root() const { return root_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0)
      abandon(places_.at(mark), "a second document starts here; an experiment file is one document");
  }
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark&, const std::string&) override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(finished(leaf(Kind::null, null_place(mark)), anchor));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(mark, tag);
    auto node = leaf(Kind::scalar, places_.at(mark));
    node->text = value;
    node->quoted = tag == "!";
    add(finished(node, anchor));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      abandon(places_.at(mark), "this alias stands inside the value that it names, which would never end");
    }
    check_level(places_.at(mark), found->second->height);
    if (expects_key()) {
      bad_key(places_.at(mark));
    } else {
      add(found->second);
    }
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Kind::sequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Kind::mapping, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    std::shared_ptr<Node> node;
    YAML::anchor_t anchor = 0;
    bool is_key = false;  // this collection stands where a key should
    bool has_key = false, key_usable = false;
    std::string key;
    Place key_place;
    std::unordered_map<std::string, Place> keys;
  };

  [[noreturn]] void abandon(const Place& where, std::string message) {
    problems_.add(where, std::move(message));
    throw Abandoned{};
  }

  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    constexpr std::string_view kStandard = "tag:yaml.org,2002:";
    const bool is_standard = tag.compare(0, kStandard.size(), kStandard) == 0;
    const std::string shown = is_standard ? "!!" + tag.substr(kStandard.size()) : tag;
    problems_.add(places_.at(mark),
                  "tags such as " + shown + " are not supported; write the value alone, in quotes to make it a string");
  }

  void check_level(const Place& where, int below) {
    if (static_cast<int>(frames_.size()) + below > kMaxLevels) {
      abandon(where, "nested more than " + std::to_string(kMaxLevels) + " levels deep");
    }
  }

  static std::shared_ptr<Node> leaf(Kind kind, Place place) {
    auto node = std::make_shared<Node>();
    node->kind = kind;
    node->place = std::move(place);
    return node;
  }

  // The parser places an absent value at the next token, which may be lines away: its key says better where it is.
  Place null_place(const YAML::Mark& mark) const {
    if (!frames_.empty() && frames_.back().has_key) return frames_.back().key_place;
    if (mark.is_null() && !frames_.empty()) return frames_.back().node->place;
    return places_.at(mark);
  }

  NodePtr finished(std::shared_ptr<Node> node, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = node;
    return node;
  }

  void open(Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    check_tag(mark, tag);
    check_level(places_.at(mark), 1);
    Frame frame;
    frame.node = leaf(kind, places_.at(mark));
    frame.anchor = anchor;
    frame.is_key = expects_key();
    frames_.push_back(std::move(frame));
  }

  void close() {
    const Frame frame = std::move(frames_.back());
    frames_.pop_back();
    const NodePtr node = finished(frame.node, frame.anchor);
    if (frame.is_key) {
      bad_key(node->place);
    } else {
      add(node);
    }
  }

  bool expects_key() const {
    return !frames_.empty() && frames_.back().node->kind == Kind::mapping && !frames_.back().has_key;
  }

  void bad_key(const Place& where) {
    problems_.add(where, "a key must be plain text");
    frames_.back().has_key = true;
    frames_.back().key_usable = false;
    frames_.back().key_place = where;
  }

  void add(const NodePtr& node) {
    if (frames_.empty()) {
      root_ = node;
    } else if (expects_key()) {
      take_key(*node);
    } else {
      append(frames_.back(), node);
    }
  }

  void take_key(const Node& node) {
    if (node.kind != Kind::scalar) return bad_key(node.place);
    Frame& frame = frames_.back();
    frame.has_key = true;
    frame.key = node.text;
    frame.key_place = node.place;
    frame.key_usable = is_usable_key(frame, node);
  }

  bool is_usable_key(Frame& frame, const Node& node) {
    if (node.text == "<<") {
      problems_.add(node.place,
                    "merge keys (<<) are not supported; write the keys out, or state what arms share once in "
                    "the file and what differs under sweep.trials");
      return false;
    }
    const auto [first, is_new] = frame.keys.emplace(node.text, node.place);
    if (!is_new) {
      problems_.add(node.place, "duplicate key \"" + node.text + "\"; it is already at " + to_string(first->second));
    }
    return is_new;
  }

  void append(Frame& frame, const NodePtr& node) {
    Node& parent = *frame.node;
    parent.weight += node->weight;
    parent.height = std::max(parent.height, node->height + 1);
    if (parent.weight > kMaxNodes) {
      abandon(node->place,
              "with its aliases written out this document has more than " + std::to_string(kMaxNodes) + " values");
    }
    if (parent.kind == Kind::sequence) {
      parent.items.push_back(node);
    } else if (frame.key_usable) {
      parent.entries.push_back({std::move(frame.key), frame.key_place, node});
    }
    frame.has_key = false;
  }

  const Places& places_;
  Problems& problems_;
  int documents_ = 0;
  NodePtr root_;
  std::vector<Frame> frames_;
  std::unordered_map<YAML::anchor_t, NodePtr> anchors_;
};

std::string hexadecimal(char byte) {
  std::array<char, 8> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "0x%02x", static_cast<unsigned>(static_cast<unsigned char>(byte)));
  return buffer.data();
}

// `skipped` bytes of the source stand before `text`.
void check_characters(std::string_view text, size_t skipped, const Places& places, Problems& problems) {
  const auto refuse = [&](size_t offset, const char* what) {
    problems.add(places.at_offset(offset), "byte " + std::to_string(skipped + offset) + " (" +
                                               hexadecimal(text[offset]) + ") " + what + "; save the text as UTF-8");
    problems.raise_if_any();
  };
  if (const auto offset = invalid_utf8_offset(text)) refuse(*offset, "is not valid UTF-8");
  // The parser would take a text with NUL bytes for UTF-16.
  if (const size_t offset = text.find('\0'); offset != std::string_view::npos) refuse(offset, "cannot stand in YAML");
}

std::string explained(const YAML::Exception& error) {
  if (error.msg == YAML::ErrorMsg::MAP_VALUE)
    return "a value where none can stand; text with \": \" in it needs quotes";
  if (error.msg == YAML::ErrorMsg::END_OF_MAP_FLOW) return "a mapping that began with { does not end with }";
  if (error.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW) return "a list that began with [ does not end with ]";
  if (error.msg == YAML::ErrorMsg::EOF_IN_SCALAR) return "the text ends inside quotes";
  return error.msg;
}

// Where a line is indented with a tab: the parser goes on and stumbles over something else.
std::optional<size_t> tab_in_indentation(std::string_view text) {
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    const size_t first = std::min(text.find_first_not_of(" \t\r", start), end);
    const size_t tab = text.find('\t', start);
    if (tab < first && first < end && text[first] != '#') return tab;
    start = end + 1;
  }
  return std::nullopt;
}

void refuse_syntax(const YAML::Exception& error, std::string_view text, const Places& places, Problems& problems) {
  if (const auto tab = tab_in_indentation(text)) {
    problems.add(places.at_offset(*tab), "not valid YAML: a tab in the indentation; indent with spaces");
  } else {
    problems.add(places.at(error.mark), "not valid YAML: " + explained(error));
  }
  problems.raise_if_any();
}

}  // namespace

NodePtr parse_yaml(std::string_view text, const std::string& source, Positions positions, Problems& problems) {
  const size_t skipped = text.substr(0, kByteOrderMark.size()) == kByteOrderMark ? kByteOrderMark.size() : 0;
  text.remove_prefix(skipped);
  const Places places(text, source, positions);
  check_characters(text, skipped, places, problems);
  TreeBuilder builder(places, problems);
  std::istringstream stream{std::string(text)};
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    refuse_syntax(error, text, places, problems);
  } catch (const Abandoned&) {
    problems.raise_if_any();
  }
  if (builder.root()) return builder.root();
  auto empty = std::make_shared<Node>();
  empty->place = places.at(0, 0);
  return empty;
}

}  // namespace runner::config
