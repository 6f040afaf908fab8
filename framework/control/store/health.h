// What ails a results database, and what of it can be put right without losing anything.
#pragma once

#include <filesystem>

#include "common/check.h"

namespace runner::store {

// Whether the file is a database of a version that this program knows: the first thing to ask, and the last when it is
// an error. Touches nothing.
Check check_schema(const std::filesystem::path& file);

enum class Treatment {
  repair,          // the caller holds the lock (lock.h)
  none,            // nobody writes the database, and nobody may
  none_of_living,  // a runner writes it meanwhile: what runs is no orphan
};

// Examines a database whose schema is known: its pages and indexes and, unless its version is an older one, references
// between rows, JSON, what a dead runner left running, its log. Only `repair` writes: indexes are rebuilt when nothing
// else is damaged, orphans become interrupted, the log goes into the file.
Checks examine_database(const std::filesystem::path& file, Treatment treatment);

}  // namespace runner::store
