#include "control/sweep/document.h"

#include <algorithm>
#include <functional>

#include "control/config/yaml.h"
#include "control/sweep/axes.h"
#include "control/sweep/overrides.h"
#include "control/sweep/sections.h"

namespace runner::sweep {

using config::Entry;
using config::Kind;
using config::Node;
using config::NodePtr;
using config::Problems;

namespace {

using Path = std::vector<std::string>;
using Edit = std::function<NodePtr(const NodePtr&)>;

const std::vector<std::string>& top_level_keys() {
  static const std::vector<std::string> keys = {"name",    "description", "data",  "model", "train",
                                                "samples", "run",         "sweep", "seed"};
  return keys;
}

const Entry* find_at(const Node& node, const Path& path) {
  const Node* inner = &node;
  const Entry* entry = nullptr;
  for (const std::string& key : path) {
    entry = inner->find(key);
    if (!entry) return nullptr;
    inner = entry->value.get();
  }
  return entry;
}

// The tree with the mapping at `path` replaced by what `edit` makes of it.
NodePtr edited(const NodePtr& node, const Path& path, const Edit& edit, size_t depth = 0) {
  if (depth == path.size()) return edit(node);
  std::vector<Entry> entries = node->entries;
  for (Entry& entry : entries) {
    if (entry.key == path[depth]) entry.value = edited(entry.value, path, edit, depth + 1);
  }
  return config::make_mapping(std::move(entries), node->place);
}

NodePtr without_keys(const NodePtr& document, const Path& path, const std::vector<std::string>& keys) {
  return edited(document, path, [&](const NodePtr& mapping) {
    return config::without(
        mapping, [&](const Entry& entry) { return std::find(keys.begin(), keys.end(), entry.key) != keys.end(); });
  });
}

void check_top_level(const Node& document, Problems& problems) {
  const auto& keys = top_level_keys();
  for (const Entry& entry : document.entries) {
    if (std::find(keys.begin(), keys.end(), entry.key) != keys.end()) continue;
    problems.add(entry.key_place, unknown_or_dotted_key(entry.key, "the experiment", keys));
  }
}

// The new fields of an overridden axis exclude some of its old ones.
void replace_axis_fields(const Entry& axis, NodePtr& file, std::vector<std::string>& warnings) {
  const Path path = {"sweep", "parameters", axis.key};
  const Entry* old = find_at(*file, path);
  if (!old || old->value->kind != Kind::mapping || axis.value->kind != Kind::mapping) return;
  const auto has_any = [](const Node& node, const std::vector<std::string>& fields) {
    return std::any_of(fields.begin(), fields.end(), [&](const auto& field) { return node.find(field); });
  };
  const auto drop = [&](const std::vector<std::string>& fields, const std::string& what) {
    if (!has_any(*old->value, fields)) return false;
    warnings.push_back(to_string(axis.key_place) + ": replaces the " + what + " of the axis at " +
                       to_string(old->key_place));
    file = without_keys(file, path, fields);
    return true;
  };
  if (has_any(*axis.value, {"values"})) {
    drop(range_fields(), "range");
  } else if (has_any(*axis.value, range_fields())) {
    drop({"values"}, "values");
  }
}

void replace_axes(const Document& document, NodePtr& file, std::vector<std::string>& warnings) {
  const Entry* parameters = find_at(*document.overrides, {"sweep", "parameters"});
  if (!parameters) return;
  for (const Entry& axis : parameters->value->entries) replace_axis_fields(axis, file, warnings);
}

void refuse_seed_beside_seeds(const Entry& seed, const Entry& seeds, Problems& problems) {
  problems.add(seed.key_place,
               "seed cannot stand beside sweep.seeds (" + to_string(seeds.key_place) + "); keep one of them");
}

void reconcile_seeds(const Document& document, NodePtr& file, Problems& problems, std::vector<std::string>& warnings) {
  const Path seed_path = {"seed"}, seeds_path = {"sweep", "seeds"};
  const Entry *file_seed = find_at(*file, seed_path), *file_seeds = find_at(*file, seeds_path);
  const Entry *word_seed = find_at(*document.overrides, seed_path),
              *word_seeds = find_at(*document.overrides, seeds_path);
  if (file_seed && file_seeds) return refuse_seed_beside_seeds(*file_seed, *file_seeds, problems);
  if (word_seed && word_seeds) return refuse_seed_beside_seeds(*word_seed, *word_seeds, problems);
  if (word_seed && file_seeds) {
    warnings.push_back("command line: seed=" + to_text(*word_seed->value) +
                       " fixes what the sweep varies; sweep.seeds (" + to_string(file_seeds->key_place) +
                       ") is dropped");
    file = without_keys(file, {"sweep"}, {"seeds"});
  } else if (word_seeds && file_seed) {
    warnings.push_back("command line: sweep.seeds replaces seed (" + to_string(file_seed->key_place) + ")");
    file = without_keys(file, {}, {"seed"});
  }
}

void note_sweep(Document& document) {
  const NodePtr stated = config::merge(document.file, document.overrides);
  const Entry* sweep = stated->find("sweep");
  document.has_sweep = sweep != nullptr;
  if (!sweep || (sweep->value->kind != Kind::mapping && sweep->value->kind != Kind::null)) return;
  const auto states = [&](const char* key) { return sweep->value->find(key) != nullptr; };
  document.varies_nothing = !states("parameters") && !states("trials") && !states("seeds");
}

ParamSpec text_spec(const char* name, bool required) {
  ParamSpec spec;
  spec.name = name;
  spec.type = ParamType::text;
  if (!required) spec.default_value = std::string();
  return spec;
}

bool is_control_character(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

void check_name(const Node& node, const std::string& name, Problems& problems) {
  if (name.find_first_not_of(" \t") == std::string::npos) {
    problems.add(node.place, "name is empty; results are found by it");
  } else if (std::any_of(name.begin(), name.end(), is_control_character)) {
    problems.add(node.place, "name contains a line break or another control character");
  } else if (name.find_first_not_of("0123456789") == std::string::npos) {
    problems.add(node.place, "name consists of digits alone and could not be told from a sweep's number; add a letter");
  }
}

template <typename T>
void read_own(const Document& document, const ParamSpec& spec, T& target, Problems& problems) {
  const Entry* entry = document.merged->find(spec.name);
  if (!entry) return;
  const auto value = read_param(spec.name, *entry->value, spec, document.file_context, problems);
  if (value) target = std::get<T>(*value);
}

void read_name(const Document& document, std::string& name, Problems& problems) {
  const Entry* entry = document.merged->find("name");
  if (!entry) return problems.add(document.merged->place, "name is required; results are found by it");
  const size_t before = problems.count();
  read_own(document, text_spec("name", true), name, problems);
  if (problems.count() == before) check_name(*entry->value, name, problems);
}

}  // namespace

Document read_document(const Source& source, Problems& problems, std::vector<std::string>& warnings) {
  Document document;
  document.file_context.directory = source.directory;
  document.command_line_context.directory = source.working_directory;
  document.overrides = read_overrides(source.overrides, problems, warnings);
  document.file = config::parse_yaml(source.text, source.file, config::Positions::line_and_column, problems);
  if (document.file->kind != Kind::mapping) {
    const bool empty = document.file->kind == Kind::null;
    problems.add(document.file->place,
                 std::string("an experiment is a mapping with name, data, model and train; found ") +
                     (empty ? "nothing" : describe(*document.file)));
    problems.raise_if_any();
  }
  check_top_level(*document.file, problems);
  check_top_level(*document.overrides, problems);
  note_sweep(document);
  NodePtr file = document.file;
  replace_axes(document, file, warnings);
  reconcile_seeds(document, file, problems, warnings);
  document.merged = config::merge(file, document.overrides);
  return document;
}

ParamSpec seed_spec() {
  ParamSpec spec;
  spec.name = "seed";
  spec.type = ParamType::integer;
  spec.default_value = int64_t{1};
  spec.min = 0;
  return spec;
}

Header read_header(const Document& document, Problems& problems) {
  Header header;
  read_name(document, header.name, problems);
  read_own(document, text_spec("description", false), header.description, problems);
  read_own(document, seed_spec(), header.seed, problems);
  if (const Entry* run = document.merged->find("run")) {
    const auto schema = RunOptions::schema();
    header.run = schema.fill(read_params("run", *run->value, schema.specs(), document.file_context, problems));
  }
  return header;
}

}  // namespace runner::sweep
