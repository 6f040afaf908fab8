// Results databases that somebody else made, or changed: what every verb that reads one makes of it, what `doctor` does
// to it, and whether a sweep goes on with it. An input is a script for edit_database().
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <map>
#include <sstream>

#include "common/text.h"
#include "control/cli/best.h"
#include "control/cli/compare.h"
#include "control/cli/doctor.h"
#include "control/cli/export.h"
#include "control/cli/list.h"
#include "control/cli/outcome.h"
#include "control/cli/query.h"
#include "control/cli/rm.h"
#include "control/cli/show.h"
#include "control/report/sweep_report.h"
#include "fuzz/edited_database.h"
#include "fuzz/target.h"
#include "unit/store/depth_sweep.h"

namespace runner::fuzz {
namespace {

namespace fs = std::filesystem;

fs::path database() { return folder() / "results.db"; }

// Three arms of three seeds: completed, failed, waiting, and one that a runner left running when it died.
std::string make_database() {
  {
    store::Store store(database());
    const store::SweepState sweep = store.create_sweep(testing::depth_sweep({1, 2, 3}));
    store.start_sweep(sweep.sweep_id, sweep.experiment, sweep.environment);
    for (int64_t trial = 1; trial <= 6; ++trial) testing::complete(store, trial, 2);
    store.add_sample(1, 2, "分开", "分开始了");
    testing::fail(store, 7);
    testing::flag_future(store, 3, 31.5);
    store.start_attempt(8, "atlas", 4713);
    testing::add_epochs(store, 8, 1);
  }
  std::ifstream stream(database(), std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void lay_down(std::string_view script) {
  static const std::string made = make_database();
  for (const char* beside : {"-wal", "-shm", "-lock"}) fs::remove(database().string() + beside);
  fs::remove_all(folder() / "results.files");
  edit_database(as_file(made, "results.db"), script);
}

// Until its end, what goes to `stream` is in `text`.
class Redirection {
 public:
  Redirection(std::ostream& stream, std::ostringstream& text) : stream_(stream), before_(stream.rdbuf(text.rdbuf())) {}
  ~Redirection() { stream_.rdbuf(before_); }
  Redirection(const Redirection&) = delete;
  Redirection& operator=(const Redirection&) = delete;

 private:
  std::ostream& stream_;
  std::streambuf* const before_;
};

struct Answer {
  std::string question;
  ExitCode code;
  std::string text;   // on standard output
  std::string error;  // on the other
};

// As main() does it.
Answer answer_of(const std::string& question, const cli::Action& action) {
  std::ostringstream out, err;
  const Redirection to_out(std::cout, out), to_err(std::cerr, err);
  const ExitCode code = cli::run_to_outcome(action);
  return {question, code, out.str(), err.str()};
}

using Verb = void (*)(CLI::App&, cli::Action&);

Answer run_verb(Verb add, const std::string& words) {
  CLI::App app;
  cli::Action action;
  add(app, action);
  app.parse(words);
  return answer_of(words, action);
}

Answer run_on_database(Verb add, const std::string& words) {
  return run_verb(add, words + " --db " + database().string());
}

// Nothing that a terminal obeys. Of UTF-8, c2 80 to c2 9f are control characters too.
bool is_for_people(const std::string& text) {
  const auto is_control = [](unsigned char c) { return (c < 0x20 && c != '\n') || c == 0x7f; };
  const auto begins_control = [](unsigned char c, unsigned char next) { return c == 0xc2 && next < 0xa0; };
  return !invalid_utf8_offset(text) && std::none_of(text.begin(), text.end(), is_control) &&
         std::adjacent_find(text.begin(), text.end(), begins_control) == text.end();
}

void require_of(const Answer& answer, bool holds, const char* promise) {
  if (!holds) std::cerr << answer.question << '\n' << answer.text << answer.error << '\n';
  require(holds, promise);
}

bool is_failure(const Answer& answer) { return answer.code != ExitCode::success; }

void check_error(const Answer& answer) {
  require_of(answer, is_for_people(answer.error), "an error is valid UTF-8 without control characters");
  require_of(answer, !is_failure(answer) || !answer.error.empty() || !answer.text.empty(), "a failure has its reason");
  require_of(answer, answer.error.find("unexpected error") == std::string::npos,
             "an error is one that the program knows");
}

void check_for_people(const Answer& answer) {
  check_error(answer);
  require_of(answer, is_for_people(answer.text), "a table is valid UTF-8 without control characters");
}

void check_json(const Answer& answer) {
  check_error(answer);
  require_of(answer, is_failure(answer) || Json::accept(answer.text), "an answer for programs is JSON");
}

struct Question {
  Verb verb;
  const char* words;
};

// Each has an answer for people and one for programs.
const Question kQuestions[] = {{cli::add_list, "list"},           {cli::add_show, "show"},
                               {cli::add_show, "show --trial 1"}, {cli::add_show, "show --trial 8"},
                               {cli::add_best, "best"},           {cli::add_compare, "compare"},
                               {cli::add_query, "query"}};

void check_reading() {
  for (const auto& [verb, words] : kQuestions) {
    check_for_people(run_on_database(verb, words));
    check_json(run_on_database(verb, std::string(words) + " --json"));
  }
  check_for_people(run_on_database(cli::add_compare, "compare --metric loss --format md"));
  check_error(run_on_database(cli::add_query, "query 'SELECT * FROM trial_summary' --csv"));
  check_for_people(run_on_database(cli::add_export, "export 1 --weights weights.safetensors"));
  check_for_people(answer_of("the report of a sweep", [] {
    store::Reader reader(database());
    report::print_sweep_report(reader, reader.resolve_sweep(""), report::Format::table, std::cout, 80);
    return ExitCode::success;
  }));
}

using States = std::map<std::string, std::string>;

States examine(const std::string& words) {
  const Answer answer = run_verb(cli::add_doctor, "doctor " + database().string() + " --json " + words);
  check_error(answer);
  States states;
  for (const Json& check : parse_json(answer.text)) states[check.at("check")] = check.at("state");
  return states;
}

void check_doctor() {
  const States before = examine("--dry-run"), treated = examine(""), after = examine("--dry-run");
  for (const auto& [name, state] : after) {
    const auto had = before.find(name), was = treated.find(name);
    require(state != "error" || had == before.end() || had->second != "ok", "a repair makes nothing worse");
    require(state == "ok" || was == treated.end() || was->second != "repaired", "what is repaired is sound");
  }
}

// What a sweep does with it that goes on.
void check_writing() {
  check_for_people(answer_of("going on with a sweep", [] {
    store::Store store(database());
    store.find_sweep("depth", "hash-of-depth");
    const auto sweep = store.find_unfinished_sweep("depth");
    if (!sweep) return ExitCode::success;
    store.start_sweep(sweep->sweep_id, sweep->experiment, sweep->environment);
    for (const store::TrialState& trial : sweep->trials) testing::complete(store, trial.trial_id, 1);
    store.retry_failed(sweep->sweep_id);
    store.end_sweep(sweep->sweep_id);
    return ExitCode::success;
  }));
  check_for_people(run_on_database(cli::add_rm, "rm 1 --yes"));
}

}  // namespace

void run(std::string_view input) {
  lay_down(input);
  check_reading();
  check_doctor();
  check_writing();
}

}  // namespace runner::fuzz
