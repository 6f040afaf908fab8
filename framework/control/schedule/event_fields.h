// Fields of an event. A plugin can write into its worker's pipe, so an event may hold anything: what is read here has
// the type and the range that it must have.
//
// Each throws std::invalid_argument, naming field and value, for one that has not; and, but for texts and tables, where
// it is missing.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "common/json.h"

namespace runner::schedule {

int64_t integer_between(const Json& event, const char* name, int64_t least, int64_t most);

double number_in(const Json& event, const char* name);

// "" where it is missing.
std::string text_in(const Json& event, const char* name);

// A text for people: of one that nobody would read to its end, the beginning.
std::string sentence_in(const Json& event, const char* name);

// Empty where they are missing.
std::map<std::string, double> numbers_in(const Json& event, const char* name);
std::map<std::string, std::string> texts_in(const Json& event, const char* name);

// {name: number or text of a few kilobytes}, empty where it is missing.
const Json& facts_in(const Json& event);

}  // namespace runner::schedule
