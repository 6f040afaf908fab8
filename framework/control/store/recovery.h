// What is computed from a trial's rows when it ends, and what is put right after a runner that died.
#pragma once

#include <cstdint>
#include <optional>

namespace SQLite {
class Database;
}

namespace runner::store {

// Final and best values, seconds and speed of a trial, from its metrics.
void summarize_trial(SQLite::Database& database, int64_t trial_id);

// Trials that a dead runner left running become interrupted and their open attempts end so, at a time that nobody knows
// (NULL); of one sweep or, without one, of all. Sweeps left running become interrupted too. Call it in a transaction.
void interrupt_orphans(SQLite::Database& database, std::optional<int64_t> sweep_id);

}  // namespace runner::store
