#include "control/store/store.h"

#include <array>
#include <limits>

#include "common/error.h"
#include "common/text.h"
#include "control/store/configuration.h"
#include "control/store/connection.h"
#include "control/store/failure.h"
#include "control/store/flags.h"
#include "control/store/recovery.h"
#include "control/store/stored_json.h"

namespace runner::store {
namespace fs = std::filesystem;
namespace {

constexpr std::array kStatuses = {TrialStatus::waiting, TrialStatus::running, TrialStatus::completed,
                                  TrialStatus::failed,  TrialStatus::pruned,  TrialStatus::interrupted};

TrialStatus status_from_name(const std::string& name, int64_t trial_id, const fs::path& file) {
  for (const TrialStatus status : kStatuses) {
    if (name == status_name(status)) return status;
  }
  throw EnvironmentError(file.string() + ": trial " + std::to_string(trial_id) + " has the unknown status \"" +
                         replace_invalid_utf8(name) + "\": the database was changed by another program");
}

bool is_finished(TrialStatus status) {
  return status == TrialStatus::completed || status == TrialStatus::failed || status == TrialStatus::pruned;
}

}  // namespace

const char* status_name(TrialStatus status) {
  switch (status) {
    case TrialStatus::waiting:
      return "waiting";
    case TrialStatus::running:
      return "running";
    case TrialStatus::completed:
      return "completed";
    case TrialStatus::failed:
      return "failed";
    case TrialStatus::pruned:
      return "pruned";
    case TrialStatus::interrupted:
      return "interrupted";
  }
  return "unknown";
}

namespace {

// Writes the rows of new trials, by statements that are prepared once: a sweep may have a hundred thousand.
class TrialWriter {
 public:
  explicit TrialWriter(Connection& connection)
      : connection_(connection),
        trial_(connection.statement(
            "INSERT INTO trials (sweep_id, number, label, config, config_hash, seed) VALUES (?, ?, ?, ?, ?, ?)")),
        parameter_(connection.statement("INSERT INTO trial_params (trial_id, name, value) VALUES (?, ?, ?)")) {}

  void insert(int64_t sweep_id, const NewTrial& trial) {
    trial_.bind(1, sweep_id);
    trial_.bind(2, trial.number);
    trial_.bind(3, trial.label);
    trial_.bind(4, trial.config.dump());
    trial_.bind(5, trial.config_hash);
    trial_.bind(6, trial.seed);
    trial_.exec();
    trial_.reset();
    insert_parameters(connection_.database().getLastInsertRowid(), trial);
  }

 private:
  void insert_parameters(int64_t trial_id, const NewTrial& trial) {
    for (const auto& [name, value] : resolved_parameters(trial)) {
      parameter_.bind(1, trial_id);
      parameter_.bind(2, name);
      bind_json(parameter_, 3, value);
      parameter_.exec();
      parameter_.reset();
    }
  }

  Connection& connection_;
  SQLite::Statement trial_, parameter_;
};

}  // namespace

struct Store::Impl : Connection {
  using Connection::Connection;

  void close_attempt(int64_t trial_id, const AttemptEnd& end);
  int64_t next_attempt(int64_t trial_id);
  std::string flags_of(int64_t trial_id);
  std::vector<TrialState> trials_of(int64_t sweep_id);
  // The sweep whose id the statement selects, if it selects any.
  std::optional<SweepState> load(SQLite::Statement& select_id);
};

void Store::Impl::close_attempt(int64_t trial_id, const AttemptEnd& end) {
  SQLite::Statement sql = statement(
      "UPDATE attempts SET ended_at = NOW(), outcome = ?, signal = ?, stderr_tail = ? WHERE outcome IS NULL AND "
      "trial_id "
      "= ?");
  sql.bind(1, end.outcome);
  if (end.signal != 0) sql.bind(2, end.signal);
  sql.bind(3, replace_invalid_utf8(end.stderr_tail));
  sql.bind(4, trial_id);
  sql.exec();
}

int64_t Store::Impl::next_attempt(int64_t trial_id) {
  SQLite::Statement sql = statement("SELECT coalesce(max(attempt), 0) + 1 FROM attempts WHERE trial_id = ?");
  sql.bind(1, trial_id);
  sql.executeStep();
  return sql.getColumn(0).getInt64();
}

// Throws EnvironmentError when there is no such trial.
std::string Store::Impl::flags_of(int64_t trial_id) {
  SQLite::Statement sql = statement("SELECT flags FROM trials WHERE trial_id = ?");
  sql.bind(1, trial_id);
  if (!sql.executeStep()) throw EnvironmentError(file().string() + " has no trial " + std::to_string(trial_id));
  return sql.getColumn(0).getString();
}

std::vector<TrialState> Store::Impl::trials_of(int64_t sweep_id) {
  SQLite::Statement select = statement(
      "SELECT trial_id, number, label, config, config_hash, seed, status, (SELECT count(*) FROM attempts a WHERE "
      "a.trial_id = t.trial_id) FROM trials t WHERE sweep_id = ? ORDER BY number");
  select.bind(1, sweep_id);
  std::vector<TrialState> trials;
  while (select.executeStep()) {
    const int64_t id = select.getColumn(0).getInt64();
    trials.push_back({id, select.getColumn(1).getInt64(), select.getColumn(2).getString(),
                      stored_json(select.getColumn(3).getString(), "config of trial " + std::to_string(id)),
                      select.getColumn(4).getString(), select.getColumn(5).getInt64(),
                      status_from_name(select.getColumn(6).getString(), id, file()), select.getColumn(7).getInt64()});
  }
  return trials;
}

std::optional<SweepState> Store::Impl::load(SQLite::Statement& select_id) {
  if (!select_id.executeStep()) return std::nullopt;
  SQLite::Statement select = statement(
      "SELECT sweep_id, name, config_hash, experiment, environment, metric, goal FROM sweeps WHERE sweep_id = ?");
  select.bind(1, select_id.getColumn(0).getInt64());
  select.executeStep();
  SweepState state;
  state.sweep_id = select.getColumn(0).getInt64();
  state.name = select.getColumn(1).getString();
  state.config_hash = select.getColumn(2).getString();
  state.experiment = select.getColumn(3).getString();
  state.environment =
      stored_json(select.getColumn(4).getString(), "environment of sweep " + std::to_string(state.sweep_id));
  state.metric = select.getColumn(5).getString();
  state.minimize = select.getColumn(6).getString() == "minimize";
  state.trials = trials_of(state.sweep_id);
  state.finished = true;
  for (const TrialState& trial : state.trials) state.finished = state.finished && is_finished(trial.status);
  return state;
}

Store::Store(const fs::path& file) {
  try {
    impl_ = std::make_unique<Impl>(file);
  } catch (const SQLite::Exception& error) {
    throw_failure("cannot open the database " + file.string(), error);
  }
}

Store::~Store() {
  try {
    impl_->flush();
  } catch (const Error&) {  // whoever wants to hear of it calls flush()
  }
}

const fs::path& Store::file() const { return impl_->file(); }

std::optional<SweepState> Store::find_sweep(const std::string& name, const std::string& config_hash) {
  return impl_->read([&] {
    SQLite::Statement select = impl_->statement(
        "SELECT sweep_id FROM sweeps WHERE name = ? AND config_hash = ? ORDER BY sweep_id DESC LIMIT 1");
    select.bind(1, name);
    select.bind(2, config_hash);
    return impl_->load(select);
  });
}

std::optional<SweepState> Store::find_unfinished_sweep(const std::string& name) {
  return impl_->read([&] {
    SQLite::Statement select = impl_->statement(
        "SELECT sweep_id FROM sweeps s WHERE name = ? AND EXISTS (SELECT 1 FROM trials t WHERE t.sweep_id = s.sweep_id "
        "AND t.status IN ('waiting', 'running', 'interrupted')) ORDER BY sweep_id DESC LIMIT 1");
    select.bind(1, name);
    return impl_->load(select);
  });
}

std::optional<SweepState> Store::sweep(int64_t sweep_id) {
  return impl_->read([&] {
    SQLite::Statement select = impl_->statement("SELECT sweep_id FROM sweeps WHERE sweep_id = ?");
    select.bind(1, sweep_id);
    return impl_->load(select);
  });
}

SweepState Store::create_sweep(const NewSweep& sweep) {
  int64_t sweep_id = 0;
  impl_->change_state([&] {
    SQLite::Statement insert = impl_->statement(
        "INSERT INTO sweeps (name, experiment, config_hash, metric, goal, varied, environment, created_at) VALUES (?, "
        "?, ?, ?, ?, ?, ?, NOW())");
    insert.bind(1, sweep.name);
    insert.bind(2, sweep.experiment);
    insert.bind(3, sweep.config_hash);
    insert.bind(4, sweep.metric);
    insert.bind(5, sweep.minimize ? "minimize" : "maximize");
    insert.bind(6, Json(varied_parameters(sweep.trials)).dump());
    insert.bind(7, sweep.environment.dump());
    insert.exec();
    sweep_id = impl_->database().getLastInsertRowid();
    TrialWriter writer(*impl_);
    for (const NewTrial& trial : sweep.trials) writer.insert(sweep_id, trial);
  });
  return *this->sweep(sweep_id);
}

void Store::start_sweep(int64_t sweep_id, const std::string& experiment, const Json& environment) {
  impl_->change_state([&] {
    interrupt_orphans(impl_->database(), sweep_id);
    SQLite::Statement sql = impl_->statement(
        "UPDATE sweeps SET status = 'running', started_at = coalesce(started_at, NOW()), ended_at = NULL, "
        "experiment = ?, environment = ? WHERE sweep_id = ?");
    sql.bind(1, experiment);
    sql.bind(2, environment.dump());
    impl_->change_row(sql, "sweep", sweep_id);
  });
}

void Store::end_sweep(int64_t sweep_id) {
  impl_->change_state([&] {
    SQLite::Statement sql = impl_->statement(R"sql(
      UPDATE sweeps SET ended_at = coalesce(ended_at, NOW()), status = CASE
        WHEN EXISTS (SELECT 1 FROM trials t WHERE t.sweep_id = sweeps.sweep_id
                     AND t.status IN ('waiting', 'running', 'interrupted')) THEN 'interrupted'
        WHEN EXISTS (SELECT 1 FROM trials t WHERE t.sweep_id = sweeps.sweep_id AND t.status = 'failed') THEN 'failed'
        ELSE 'completed' END
      WHERE sweep_id = ?)sql");
    impl_->change_row(sql, "sweep", sweep_id);
  });
}

void Store::retry_failed(int64_t sweep_id) {
  impl_->change_state([&] {
    SQLite::Statement sql = impl_->statement(
        "UPDATE trials SET status = 'waiting', error = NULL, ended_at = NULL WHERE sweep_id = ? AND status = 'failed'");
    sql.bind(1, sweep_id);
    sql.exec();
  });
}

int64_t Store::start_attempt(int64_t trial_id, const std::string& host, int64_t pid) {
  int64_t attempt = 0;
  impl_->change_state([&] {
    SQLite::Statement sql = impl_->statement(
        "UPDATE trials SET status = 'running', started_at = NOW(), ended_at = NULL, error = NULL WHERE trial_id = ?");
    impl_->change_row(sql, "trial", trial_id);
    attempt = impl_->next_attempt(trial_id);
    SQLite::Statement insert =
        impl_->statement("INSERT INTO attempts (trial_id, attempt, host, pid, started_at) VALUES (?, ?, ?, ?, NOW())");
    insert.bind(1, trial_id);
    insert.bind(2, attempt);
    insert.bind(3, host);
    insert.bind(4, pid);
    insert.exec();
  });
  return attempt;
}

void Store::note_resume(int64_t trial_id, int64_t epoch, int64_t batch) {
  impl_->change(Durability::batch, [&] {
    SQLite::Statement sql =
        impl_->statement("UPDATE attempts SET from_epoch = ?, from_batch = ? WHERE outcome IS NULL AND trial_id = ?");
    sql.bind(1, epoch);
    sql.bind(2, batch);
    sql.bind(3, trial_id);
    sql.exec();
  });
}

void Store::replace_results(int64_t trial_id, const std::function<void()>& add) {
  impl_->keep_together([&] {
    impl_->pending().clear_results(trial_id);
    add();
  });
  impl_->flush_if_many();
}

void Store::add_fact(int64_t trial_id, const std::string& name, const Fact& value) {
  impl_->pending().add_fact(trial_id, name, value);
  impl_->flush_if_many();
}

void Store::add_metrics(int64_t trial_id, int64_t epoch, const std::map<std::string, double>& metrics) {
  for (const auto& [name, value] : metrics) impl_->pending().add_metric(trial_id, epoch, name, value);
  impl_->flush_if_many();
}

void Store::add_undefined_metric(int64_t trial_id, int64_t epoch, const std::string& name) {
  impl_->pending().add_metric(trial_id, epoch, name, std::numeric_limits<double>::quiet_NaN());
  impl_->flush_if_many();
}

void Store::add_sample(int64_t trial_id, int64_t epoch, const std::string& prefix, const std::string& text) {
  impl_->pending().add_sample(trial_id, epoch, prefix, text);
  impl_->flush_if_many();
}

void Store::set_flag(int64_t trial_id, const std::string& flag, bool on) {
  flush();  // the flags may be about to be cleared
  const std::string before = impl_->read([&] { return impl_->flags_of(trial_id); });
  std::set<std::string> flags = split_flags(before);
  if (on) {
    flags.insert(flag);
  } else {
    flags.erase(flag);
  }
  if (join_flags(flags) == before) return;
  impl_->change_state([&] {
    SQLite::Statement sql = impl_->statement("UPDATE trials SET flags = ? WHERE trial_id = ?");
    sql.bind(1, join_flags(flags));
    impl_->change_row(sql, "trial", trial_id);
  });
}

void Store::end_attempt(int64_t trial_id, const AttemptEnd& end) {
  impl_->change_state([&] {
    SQLite::Statement sql = impl_->statement("UPDATE trials SET status = 'waiting' WHERE trial_id = ?");
    impl_->change_row(sql, "trial", trial_id);
    impl_->close_attempt(trial_id, end);
    summarize_trial(impl_->database(), trial_id);
  });
}

void Store::end_trial(int64_t trial_id, TrialStatus status, const std::string& error, const AttemptEnd& end) {
  impl_->change_state([&] {
    SQLite::Statement sql =
        impl_->statement("UPDATE trials SET status = ?, error = nullif(?, ''), ended_at = NOW() WHERE trial_id = ?");
    sql.bind(1, status_name(status));
    sql.bind(2, replace_invalid_utf8(error));
    impl_->change_row(sql, "trial", trial_id);
    impl_->close_attempt(trial_id, end);
    summarize_trial(impl_->database(), trial_id);
  });
}

void Store::flush() { impl_->flush(); }

void Store::remove_sweep(int64_t sweep_id) {
  impl_->change_state([&] {
    SQLite::Statement sql = impl_->statement("DELETE FROM sweeps WHERE sweep_id = ?");
    impl_->change_row(sql, "sweep", sweep_id);
  });
}

}  // namespace runner::store
