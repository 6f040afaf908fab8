#include "control/schedule/event_fields.h"

#include <stdexcept>

#include "common/text.h"

namespace runner::schedule {
namespace {

constexpr size_t kLongestSentence = 4 << 10;  // bytes
constexpr size_t kLongestFact = 4 << 10;

// Null where it is missing.
const Json& field_of(const Json& event, const char* name) {
  static const Json missing;
  const auto found = event.find(name);
  return found == event.end() ? missing : *found;
}

[[noreturn]] void refuse(const std::string& name, const std::string& expected, const Json& found) {
  throw std::invalid_argument("its \"" + name + "\" must be " + expected + ", found " +
                              (found.is_structured() ? found.type_name() : found.dump()));
}

const Json& table_in(const Json& event, const char* name) {
  static const Json empty = Json::object();
  const Json& table = field_of(event, name);
  if (table.is_null()) return empty;
  if (!table.is_object()) refuse(name, "a table", table);
  return table;
}

}  // namespace

int64_t integer_between(const Json& event, const char* name, int64_t least, int64_t most) {
  const Json& field = field_of(event, name);
  if (is_int64(field) && field >= least && field <= most) return field.get<int64_t>();
  refuse(name, "an integer from " + std::to_string(least) + " to " + std::to_string(most), field);
}

double number_in(const Json& event, const char* name) {
  const Json& field = field_of(event, name);
  if (!field.is_number()) refuse(name, "a number", field);
  return field.get<double>();
}

std::string text_in(const Json& event, const char* name) {
  const Json& field = field_of(event, name);
  if (field.is_null()) return "";
  if (!field.is_string()) refuse(name, "a text", field);
  return field.get<std::string>();
}

std::string sentence_in(const Json& event, const char* name) {
  std::string text = text_in(event, name);
  if (text.size() <= kLongestSentence) return text;
  text.resize(kLongestSentence);
  return replace_invalid_utf8(text) + "…";
}

std::map<std::string, double> numbers_in(const Json& event, const char* name) {
  std::map<std::string, double> numbers;
  const Json& table = table_in(event, name);
  for (const auto& item : table.items()) numbers[item.key()] = number_in(table, item.key().c_str());
  return numbers;
}

std::map<std::string, std::string> texts_in(const Json& event, const char* name) {
  std::map<std::string, std::string> texts;
  const Json& table = table_in(event, name);
  for (const auto& item : table.items()) texts[item.key()] = text_in(table, item.key().c_str());
  return texts;
}

const Json& facts_in(const Json& event) {
  const Json& facts = table_in(event, "facts");
  for (const auto& [name, value] : facts.items()) {
    const bool fits =
        value.is_number() || (value.is_string() && value.get_ref<const std::string&>().size() <= kLongestFact);
    if (!fits)
      refuse("facts." + name, "a number or a text of at most " + std::to_string(kLongestFact) + " bytes", value);
  }
  return facts;
}

}  // namespace runner::schedule
