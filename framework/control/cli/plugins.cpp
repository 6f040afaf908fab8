#include "control/cli/plugins.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <set>

#include "common/params_json.h"
#include "common/paths.h"
#include "common/text.h"
#include "control/catalog/catalog.h"
#include "control/report/human.h"
#include "control/report/table.h"

namespace runner::cli {
namespace {

using catalog::Catalog;
using catalog::PluginFile;
using report::OrderedJson;
using store::Cell;

struct PluginsOptions {
  std::string name;  // of `describe`
  std::vector<std::filesystem::path> plugin_folders;
  Format format = Format::table;
};

// One component and the file that provides it.
struct Found {
  const PluginFile& file;
  const catalog::Component& component;
};

Cell text_or_null(const std::string& text) { return text.empty() ? Cell() : Cell(text); }

Catalog find(const PluginsOptions& options) { return catalog::find_plugins(plugin_folders(options.plugin_folders)); }

store::Table list_table(const Catalog& catalog) {
  store::Table table;
  table.columns = {"name", "kind", "version", "doc", "file", "problem"};
  for (const PluginFile& file : catalog.files) {
    if (file.components.empty()) {
      table.rows.push_back({Cell(), Cell(), Cell(), Cell(), file.file.string(), text_or_null(file.problem)});
    }
    for (const catalog::Component& component : file.components) {
      table.rows.push_back({component.name, kind_name(component.kind), file.version, component.doc, file.file.string(),
                            text_or_null(component.problem)});
    }
  }
  return table;
}

// A column that says nothing in any row only takes room.
void drop_blank_columns(store::Table& table) {
  std::set<std::string> blank(table.columns.begin(), table.columns.end());
  for (const auto& row : table.rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      if (!report::is_null(row[i])) blank.erase(table.columns[i]);
    }
  }
  report::fold_equal_columns(table, blank);
}

bool has_problem(const store::Table& table) {
  return std::any_of(table.rows.begin(), table.rows.end(),
                     [](const auto& row) { return !report::is_null(row.back()); });
}

void print_list(store::Table table) {
  // A reason that is cut to the terminal's width helps nobody.
  const int64_t width = has_problem(table) ? 0 : report::terminal_width();
  drop_blank_columns(table);
  report::print_table(std::cout, table, {width, {}, 0});
}

ExitCode run_list(const PluginsOptions& options) {
  const store::Table table = list_table(find(options));
  if (options.format == Format::table) {
    print_list(table);
  } else {
    report::print(std::cout, table, options.format);
  }
  return ExitCode::success;
}

std::string default_text(const ParamSpec& spec) {
  if (!spec.default_value) return "required";
  const ParamValue& value = *spec.default_value;
  if (const auto* text = std::get_if<std::string>(&value); text && !text->empty()) return *text;
  if (const auto* path = std::get_if<std::filesystem::path>(&value); path && !path->empty()) return path->string();
  if (const auto* duration = std::get_if<Duration>(&value)) return report::number_text(duration->seconds) + "s";
  if (const auto* size = std::get_if<ByteSize>(&value)) return std::to_string(size->bytes) + "B";
  if (const auto* number = std::get_if<double>(&value)) return report::number_text(*number);
  return to_json(value).dump();
}

std::string range_text(const ParamSpec& spec) {
  if (!spec.choices.empty()) return join(spec.choices, " | ");
  const std::string min = spec.min ? report::number_text(*spec.min) : "";
  const std::string max = spec.max ? report::number_text(*spec.max) : "";
  if (spec.min && spec.max && !spec.min_exclusive) return min + " to " + max;
  const std::string lower = spec.min ? (spec.min_exclusive ? "> " : ">= ") + min : "";
  const std::string upper = spec.max ? "<= " + max : "";
  return lower + (spec.min && spec.max ? " and " : "") + upper;
}

std::vector<Cell> parameter_row(const ParamSpec& spec) {
  return {spec.name, type_name(spec.type), default_text(spec), text_or_null(range_text(spec)), text_or_null(spec.unit),
          spec.doc};
}

const std::vector<std::string> kParameterColumns = {"parameter", "type", "default", "range", "unit", "meaning"};

void print_for_people(const Found& found) {
  const catalog::Component& component = found.component;
  std::cout << component.name << ": " << kind_name(component.kind) << ", version " << found.file.version << '\n'
            << component.doc << '\n'
            << found.file.file.string() << '\n';
  if (!component.problem.empty()) std::cout << "Cannot be used: " << component.problem << '\n';
  store::Table table;
  table.columns = kParameterColumns;
  for (const ParamSpec& spec : component.params) table.rows.push_back(parameter_row(spec));
  if (table.rows.empty()) {
    std::cout << "It has no parameters.\n";
    return;
  }
  drop_blank_columns(table);
  std::cout << '\n';
  report::print_table(std::cout, table, {report::terminal_width(), {}, 2});
}

OrderedJson component_json(const Found& found) {
  const catalog::Component& component = found.component;
  OrderedJson parameters = OrderedJson::array();
  for (const ParamSpec& spec : component.params) parameters.push_back(OrderedJson(to_json(spec)));
  return {{"name", component.name},
          {"kind", kind_name(component.kind)},
          {"version", found.file.version},
          {"doc", component.doc},
          {"file", found.file.file.string()},
          {"sha256", found.file.sha256},
          {"problem", component.problem.empty() ? OrderedJson() : OrderedJson(component.problem)},
          {"parameters", parameters}};
}

void print_people(const std::vector<Found>& all) {
  for (const Found& found : all) {
    if (&found != &all.front()) std::cout << '\n';
    print_for_people(found);
  }
}

void print_json(const std::vector<Found>& all) {
  OrderedJson list = OrderedJson::array();
  for (const Found& found : all) list.push_back(component_json(found));
  report::print_json(std::cout, list);
}

void print_csv(const std::vector<Found>& all) {
  store::Table table;
  table.columns = {"name", "kind"};
  table.columns.insert(table.columns.end(), kParameterColumns.begin(), kParameterColumns.end());
  for (const Found& found : all) {
    for (const ParamSpec& spec : found.component.params) {
      std::vector<Cell> row = parameter_row(spec);
      row.insert(row.begin(), {found.component.name, kind_name(found.component.kind)});
      table.rows.push_back(std::move(row));
    }
  }
  report::print_csv(std::cout, table);
}

std::vector<Found> find_named(const Catalog& catalog, const std::string& name) {
  std::vector<Found> all;
  for (const PluginFile& file : catalog.files) {
    for (const catalog::Component& component : file.components) {
      if (component.name == name) all.push_back({file, component});
    }
  }
  return all;
}

// Nothing of that name can be described: because its file is unusable, or because there is none.
[[noreturn]] void refuse(const Catalog& catalog, const std::string& name) {
  std::set<std::string> names;
  for (const PluginFile& file : catalog.files) {
    if (!file.problem.empty() && file.file.stem() == name) {
      throw RequestError(file.file.string() + " cannot be used: " + file.problem);
    }
    for (const catalog::Component& component : file.components) names.insert(component.name);
  }
  const std::vector<std::string> known(names.begin(), names.end());
  const std::optional<std::string> nearest = nearest_name(name, known);
  throw RequestError("no model or dataset is named \"" + name + "\"" +
                     (nearest ? "; did you mean \"" + *nearest + "\"?" : "") +
                     (known.empty() ? "; no plugin was found, see --plugin-path" : "\nknown: " + join(known, ", ")));
}

ExitCode run_describe(const PluginsOptions& options) {
  const Catalog catalog = find(options);
  const std::vector<Found> all = find_named(catalog, options.name);
  if (all.empty()) refuse(catalog, options.name);
  if (options.format == Format::json) {
    print_json(all);
  } else if (options.format == Format::csv) {
    print_csv(all);
  } else {
    print_people(all);
  }
  return ExitCode::success;
}

}  // namespace

void add_plugins(CLI::App& app, Action& action) {
  const auto options = std::make_shared<PluginsOptions>();
  CLI::App* plugins = app.add_subcommand("plugins", "List or describe the models and datasets that can be used");
  plugins->require_subcommand(1);
  CLI::App* list =
      plugins->add_subcommand("list", "List models and datasets, and the plugin files that cannot be used");
  CLI::App* describe = plugins->add_subcommand("describe", "Show a model's or dataset's parameters");
  describe->add_option("name", options->name, "What an experiment writes after `plugin:`")
      ->type_name("NAME")
      ->required();
  for (CLI::App* verb : {list, describe}) {
    add_plugin_path_option(*verb, options->plugin_folders);
    add_format_options(*verb, options->format);
  }
  list->callback([options, &action] { action = [options] { return run_list(*options); }; });
  describe->callback([options, &action] { action = [options] { return run_describe(*options); }; });
}

}  // namespace runner::cli
