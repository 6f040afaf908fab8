#include "control/store/schema.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include <array>
#include <map>
#include <string>

#include "common/error.h"
#include "common/layout.h"  // written by CMake

namespace runner::store {
namespace {

constexpr int kApplicationId = 0x52756E72;  // "Runr"; never change

// Metrics of a trial that runs are read from its rows; those of one that ended were kept when it ended, so that a
// summary of thousands of trials does not read millions of rows.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE sweeps (
  sweep_id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  experiment TEXT NOT NULL,
  config_hash TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'waiting'
    CHECK (status IN ('waiting', 'running', 'completed', 'failed', 'interrupted')),
  metric TEXT NOT NULL,
  goal TEXT NOT NULL CHECK (goal IN ('minimize', 'maximize')),
  varied TEXT NOT NULL,
  created_at TEXT NOT NULL,
  started_at TEXT,
  ended_at TEXT,
  environment TEXT NOT NULL
);
CREATE INDEX sweeps_by_name ON sweeps (name, config_hash);

CREATE TABLE trials (
  trial_id INTEGER PRIMARY KEY AUTOINCREMENT,
  sweep_id INTEGER NOT NULL REFERENCES sweeps ON DELETE CASCADE,
  number INTEGER NOT NULL,
  label TEXT NOT NULL,
  config TEXT NOT NULL,
  config_hash TEXT NOT NULL,
  seed INTEGER NOT NULL,
  status TEXT NOT NULL DEFAULT 'waiting'
    CHECK (status IN ('waiting', 'running', 'completed', 'failed', 'pruned', 'interrupted')),
  epochs_done INTEGER NOT NULL DEFAULT 0,
  flags TEXT NOT NULL DEFAULT '',
  final_metric REAL,
  best_metric REAL,
  best_epoch INTEGER,
  started_at TEXT,
  ended_at TEXT,
  error TEXT,
  final_perplexity REAL,
  best_perplexity REAL,
  best_perplexity_epoch INTEGER,
  seconds REAL,
  tokens_per_second REAL,
  UNIQUE (sweep_id, config_hash, seed),
  UNIQUE (sweep_id, number)
);
CREATE INDEX trials_by_status ON trials (sweep_id, status, best_metric);
CREATE INDEX trials_running ON trials (sweep_id) WHERE status = 'running';

CREATE TABLE attempts (
  trial_id INTEGER NOT NULL REFERENCES trials ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  started_at TEXT NOT NULL,
  ended_at TEXT,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  outcome TEXT,
  signal INTEGER,
  stderr_tail TEXT,
  PRIMARY KEY (trial_id, attempt)
) WITHOUT ROWID;

CREATE TABLE trial_params (
  trial_id INTEGER NOT NULL REFERENCES trials ON DELETE CASCADE,
  name TEXT NOT NULL,
  value,
  PRIMARY KEY (trial_id, name)
) WITHOUT ROWID;

CREATE TABLE metrics (
  trial_id INTEGER NOT NULL REFERENCES trials ON DELETE CASCADE,
  epoch INTEGER NOT NULL,
  name TEXT NOT NULL,
  value REAL,
  PRIMARY KEY (trial_id, name, epoch)
) WITHOUT ROWID;

CREATE TABLE samples (
  trial_id INTEGER NOT NULL REFERENCES trials ON DELETE CASCADE,
  epoch INTEGER NOT NULL,
  prefix TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (trial_id, epoch, prefix)
);

CREATE TABLE trial_facts (
  trial_id INTEGER NOT NULL REFERENCES trials ON DELETE CASCADE,
  name TEXT NOT NULL,
  value,
  PRIMARY KEY (trial_id, name)
) WITHOUT ROWID;

CREATE VIEW trial_summary AS
SELECT t.trial_id, t.sweep_id, s.name AS sweep, t.label,
  (SELECT value FROM trial_params p WHERE p.trial_id = t.trial_id AND p.name = 'model.plugin') AS model,
  (SELECT value FROM trial_params p WHERE p.trial_id = t.trial_id AND p.name = 'data.plugin') AS data,
  t.seed, t.status, t.flags, t.epochs_done,
  CASE t.status WHEN 'running' THEN
    (SELECT value FROM metrics m WHERE m.trial_id = t.trial_id AND m.name = 'perplexity' AND m.value IS NOT NULL
     ORDER BY epoch DESC LIMIT 1)
    ELSE t.final_perplexity END AS final_perplexity,
  CASE t.status WHEN 'running' THEN
    (SELECT min(value) FROM metrics m WHERE m.trial_id = t.trial_id AND m.name = 'perplexity')
    ELSE t.best_perplexity END AS best_perplexity,
  CASE t.status WHEN 'running' THEN
    (SELECT epoch FROM metrics m WHERE m.trial_id = t.trial_id AND m.name = 'perplexity' AND m.value IS NOT NULL
     ORDER BY value, epoch LIMIT 1)
    ELSE t.best_perplexity_epoch END AS best_epoch,
  CASE t.status WHEN 'running' THEN
    (SELECT sum(value) FROM metrics m WHERE m.trial_id = t.trial_id AND m.name = 'seconds')
    ELSE t.seconds END AS seconds,
  CASE t.status WHEN 'running' THEN
    (SELECT sum(speed.value * time.value) / sum(time.value) FROM metrics speed
     JOIN metrics time ON time.trial_id = speed.trial_id AND time.name = 'seconds' AND time.epoch = speed.epoch
     WHERE speed.trial_id = t.trial_id AND speed.name = 'tokens_per_second' AND speed.value IS NOT NULL)
    ELSE t.tokens_per_second END AS tokens_per_second,
  t.error
FROM trials t JOIN sweeps s ON s.sweep_id = t.sweep_id;
)sql";

// Where an attempt that went on from a checkpoint began.
constexpr const char* kVersion2 = R"sql(
ALTER TABLE attempts ADD COLUMN from_epoch INTEGER;
ALTER TABLE attempts ADD COLUMN from_batch INTEGER;
)sql";

// Entry i takes a database from version i to version i + 1. Only ever append: files of every version exist.
constexpr std::array<const char*, 2> kMigrations = {kVersion1, kVersion2};

// What our statements read, by name: its kind and, of a view, how it is made.
using Relations = std::map<std::string, std::string>;

Relations relations_of(SQLite::Database& database) {
  SQLite::Statement select(
      database,
      "SELECT name, l.type || iif(l.type = 'view', ' ' || m.sql, '') FROM pragma_table_list l JOIN "
      "sqlite_master m USING (name) WHERE l.schema = 'main'");
  Relations relations;
  while (select.executeStep()) relations[select.getColumn(0).getString()] = select.getColumn(1).getString();
  return relations;
}

Relations make_relations() {
  SQLite::Database database(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  migrate(database, 0);
  return relations_of(database);
}

// A view of somebody else's in the place of a table or view of ours may have no end. Who adds to ours does no harm.
void check_relations(SQLite::Database& database, const std::filesystem::path& file) {
  static const Relations own = make_relations();
  const Relations found = relations_of(database);
  for (const auto& [name, kind] : own) {
    const auto same = found.find(name);
    if (same != found.end() && same->second == kind) continue;
    throw EnvironmentError(file.string() + ": another program changed the database, its " + name +
                           (same == found.end() ? " is gone" : " is not as a runner makes it") +
                           ": go back to a copy made before, or name another file with --db");
  }
}

bool has_tables(SQLite::Database& database) {
  return database.execAndGet("SELECT count(*) FROM sqlite_master").getInt() > 0;
}

}  // namespace

int schema_version() { return static_cast<int>(kMigrations.size()); }

std::string identity_statements(int version) {
  return "PRAGMA application_id = " + std::to_string(kApplicationId) +
         "; PRAGMA user_version = " + std::to_string(version) + ";";
}

int check_identity(SQLite::Database& database, const std::filesystem::path& file) {
  const int application = database.execAndGet("PRAGMA application_id").getInt();
  const int version = database.execAndGet("PRAGMA user_version").getInt();
  if (application != kApplicationId && (application != 0 || version != 0 || has_tables(database))) {
    throw EnvironmentError(file.string() +
                           " is an SQLite database of another program, not a results database: name another file with "
                           "--db");
  }
  if (version > 0 && !has_tables(database)) {
    throw EnvironmentError(file.string() +
                           " is a results database without tables, as it is when nothing of a damaged one could be "
                           "saved: go back to a copy made before, or name another file with --db");
  }
  if (version > schema_version()) {
    throw EnvironmentError(file.string() + " was written by a newer runner: its schema is version " +
                           std::to_string(version) + ", this runner " + layout::kVersion + " knows up to version " +
                           std::to_string(schema_version()) + ". Use the newer runner, or another file with --db");
  }
  if (version == schema_version()) check_relations(database, file);
  return version;
}

void migrate(SQLite::Database& database, int from_version) {
  if (from_version == schema_version()) return;
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  for (int version = from_version; version < schema_version(); ++version) {
    database.exec(kMigrations[static_cast<size_t>(version)]);
  }
  database.exec(identity_statements(schema_version()));
  transaction.commit();
}

}  // namespace runner::store
