#include "control/store/reader.h"

#include <gmock/gmock.h>

#include <fstream>
#include <map>

#include "control/store/lock.h"
#include "results.h"
#include "tamper.h"
#include "unit/unprivileged.h"

namespace runner::testing {
namespace {

namespace fs = std::filesystem;
using store::Cell;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ReaderTest : public ::testing::Test {
 protected:
  std::string refusal(const std::string& sql) {
    return message_of<RequestError>([&] { store::Reader(file).answer(sql); });
  }

  TemporaryFolder folder;
  const fs::path file = folder.path() / "results.db";
};

TEST_F(ReaderTest, AMissingDatabaseNamesWhatCreatesOne) {
  const std::string message = message_of<EnvironmentError>([&] { store::Reader reader(file); });
  EXPECT_THAT(message, AllOf(HasSubstr(file.string()), HasSubstr("runner sweep experiments/quickstart.yaml")));
  EXPECT_FALSE(fs::exists(file));
}

TEST_F(ReaderTest, WhatIsNoResultsDatabaseIsRefused) {
  std::ofstream(file)
      << "name: depth\nthis is an experiment, not a database, and long enough to be read as a header of "
         "one hundred bytes or more\n";
  EXPECT_THAT(message_of<EnvironmentError>([&] { store::Reader reader(file); }), HasSubstr("not a database"));
  EXPECT_THAT(message_of<EnvironmentError>([&] { store::Store store(file); }), HasSubstr("not a database"));
  const fs::path foreign = folder.path() / "other.db";
  tamper(foreign, "CREATE TABLE bookmarks (url)");
  EXPECT_THAT(message_of<EnvironmentError>([&] { store::Reader reader(foreign); }), HasSubstr("another program"));
  EXPECT_THAT(message_of<EnvironmentError>([&] { store::Store store(foreign); }), HasSubstr("another program"));
  const fs::path empty = folder.path() / "empty.db";
  std::ofstream{empty};
  EXPECT_THAT(message_of<EnvironmentError>([&] { store::Reader reader(empty); }), HasSubstr("is empty"));
  { store::Store store(empty); }
  EXPECT_EQ(integer(store::Reader(empty).query("SELECT count(*) FROM sweeps").rows[0][0]), 0);
}

TEST_F(ReaderTest, ANewerDatabaseIsRefusedAndLeftAlone) {
  { store::Store store(file); }
  tamper(file, "PRAGMA user_version = 7");
  const auto expected = AllOf(HasSubstr("newer runner"), HasSubstr("version 7"), HasSubstr("up to version 2"));
  EXPECT_THAT(message_of<EnvironmentError>([&] { store::Reader reader(file); }), expected);
  EXPECT_THAT(message_of<EnvironmentError>([&] { store::Store store(file); }), expected);
}

TEST_F(ReaderTest, AnOlderDatabaseIsReadOnceItIsUpToDate) {
  EXPECT_THAT(message_of<EnvironmentError>([&] { store::bring_up_to_date(file); }), HasSubstr("there is no database"));
  EXPECT_FALSE(fs::exists(file));
  { store::Store(file).create_sweep(depth_sweep()); }
  make_older(file);
  EXPECT_THAT(message_of<EnvironmentError>([&] { store::Reader reader(file); }),
              AllOf(HasSubstr("older runner"), HasSubstr("`runner resume` brings it up to date")));
  {
    const store::WriterLock lock(file);
    EXPECT_THAT(message_of<EnvironmentError>([&] { store::bring_up_to_date(file); }), HasSubstr("is being written"));
  }
  store::bring_up_to_date(file);
  EXPECT_EQ(integer(store::Reader(file).query("SELECT count(from_epoch IS NULL) FROM sweeps, attempts").rows[0][0]), 0);
  const store::WriterLock lock(file);
  store::bring_up_to_date(file);  // nothing is left to do, so whoever writes is not in the way
}

TEST_F(ReaderTest, ReadsEveryTypeAndBindsArguments) {
  { store::Store store(file); }
  store::Reader reader(file);
  const store::Table table = reader.query("SELECT 1 AS a, 2.5, NULL, '分开', x'00ff', ?, ?", {int64_t{7}, "x"});
  EXPECT_EQ(table.columns[0], "a");
  EXPECT_THAT(table.rows.at(0), ElementsAre(Cell(int64_t{1}), Cell(2.5), Cell(), Cell("分开"), Cell("00ff"),
                                            Cell(int64_t{7}), Cell("x")));
  EXPECT_THAT(message_of<RequestError>([&] { reader.answer("SELECT ?"); }), HasSubstr("1 parameters"));
}

TEST_F(ReaderTest, SelectWithValuesAndExplainAreQueries) {
  { store::Store store(file); }
  store::Reader reader(file);
  EXPECT_EQ(reader.query("VALUES (1), (2);").rows.size(), 2u);
  EXPECT_EQ(
      reader.query("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT i FROM n -- x")
          .rows.size(),
      9u);
  EXPECT_GT(reader.query("EXPLAIN SELECT * FROM trials").rows.size(), 0u);
  EXPECT_GT(reader.query("PRAGMA table_info(trials) ; /* that is all */ ; ").rows.size(), 0u);
  EXPECT_EQ(integer(reader.query("PRAGMA user_version").rows[0][0]), 2);
  EXPECT_EQ(reader.query("SELECT value FROM json_each('[1, 2]')").rows.size(), 2u);
}

TEST_F(ReaderTest, WhateverWritesIsRefused) {
  { store::Store store(file); }
  EXPECT_THAT(refusal("DELETE FROM trials"), AllOf(HasSubstr("removes rows of trials"), HasSubstr("one SELECT")));
  EXPECT_THAT(refusal("INSERT INTO sweeps (name) VALUES ('x')"), HasSubstr("writes the table sweeps"));
  EXPECT_THAT(refusal("UPDATE trials SET error = 1"), HasSubstr("writes the table trials"));
  EXPECT_THAT(refusal("WITH x AS (SELECT 1) DELETE FROM trials"), HasSubstr("removes rows"));
  EXPECT_THAT(refusal("EXPLAIN DELETE FROM trials"), HasSubstr("removes rows"));
  EXPECT_THAT(refusal("ATTACH '/tmp/other.db' AS other"), HasSubstr("attaches the database"));
  EXPECT_THAT(refusal("DETACH main"), HasSubstr("detaches"));
  EXPECT_THAT(refusal("SELECT load_extension('x.so')"), HasSubstr("calls load_extension"));
  EXPECT_THAT(refusal("PRAGMA user_version = 9"), HasSubstr("PRAGMA user_version"));
  EXPECT_THAT(refusal("PRAGMA journal_mode = DELETE"), HasSubstr("PRAGMA journal_mode"));
  EXPECT_THAT(refusal("PRAGMA writable_schema = 1"), HasSubstr("PRAGMA writable_schema"));
  EXPECT_THAT(refusal("BEGIN"), HasSubstr("transaction"));
  EXPECT_THAT(refusal("SAVEPOINT a"), HasSubstr("transaction"));
  for (const char* sql : {"CREATE TABLE x (y)", "CREATE TEMP TABLE x (y)", "DROP TABLE trials", "VACUUM", "REINDEX",
                          "ANALYZE", "ALTER TABLE trials ADD COLUMN x"}) {
    EXPECT_THAT(refusal(sql), HasSubstr("only read")) << sql;
  }
  EXPECT_THAT(refusal("VACUUM INTO '" + (folder.path() / "copy.db").string() + "'"), HasSubstr("only read"));
  EXPECT_FALSE(fs::exists(folder.path() / "copy.db"));
}

// By another case, as a table, inside other statements.
TEST_F(ReaderTest, WhatWouldReachBeyondTheDatabaseIsRefused) {
  { store::Store store(file); }
  EXPECT_THAT(refusal("SELECT LOAD_EXTENSION('x.so')"), HasSubstr("calls load_extension"));
  EXPECT_THAT(refusal("SELECT \"Load_Extension\"('x.so', 'y')"), HasSubstr("calls load_extension"));
  EXPECT_THAT(refusal("SELECT fts3_tokenizer('simple', x'00')"), HasSubstr("fts3_tokenizer"));
  for (const char* shell : {"readfile('/etc/passwd')", "writefile('x', 'y')", "edit('x')", "zipfile('x')"}) {
    EXPECT_THAT(refusal(std::string("SELECT ") + shell), HasSubstr("no such function")) << shell;
  }
  EXPECT_THAT(refusal("SELECT * FROM pragma_journal_mode"), HasSubstr("runs PRAGMA journal_mode"));
  EXPECT_THAT(refusal("SELECT * FROM pragma_writable_schema(1)"), HasSubstr("too many arguments"));
  EXPECT_THAT(refusal("PRAGMA Writable_Schema = 1"), HasSubstr("one SELECT"));
  EXPECT_THAT(refusal("PRAGMA temp_store_directory = '/'"), HasSubstr("one SELECT"));
  EXPECT_THAT(refusal("PRAGMA wal_checkpoint(TRUNCATE)"), HasSubstr("one SELECT"));
  EXPECT_THAT(refusal("PRAGMA optimize"), HasSubstr("one SELECT"));
  EXPECT_THAT(refusal("WITH x AS (ATTACH '/tmp/other.db' AS other) SELECT 1"), HasSubstr("syntax error"));
  EXPECT_THAT(refusal("WITH x AS (SELECT 1) INSERT INTO sweeps (name) SELECT * FROM x"), HasSubstr("writes the table"));
  EXPECT_THAT(refusal("CREATE VIRTUAL TABLE temp.x USING fts5(y)"), HasSubstr("only read"));
  EXPECT_THAT(refusal(std::string("SELECT 1\0; DROP TABLE trials", 29)), HasSubstr("zero byte"));
}

TEST_F(ReaderTest, StatementsThatAreTooLongOrTooDeepAreRefused) {
  { store::Store store(file); }
  EXPECT_THAT(refusal("SELECT " + std::string(100'000, '(') + "1" + std::string(100'000, ')')), HasSubstr("wrong"));
  std::string sum = "SELECT 1";
  for (int i = 0; i < 100'000; ++i) sum += "+1";
  EXPECT_THAT(refusal(sum), HasSubstr("too large"));
}

TEST_F(ReaderTest, AnAnswerThatWouldFillTheMemoryIsRefused) {
  { store::Store store(file); }
  EXPECT_THAT(refusal("SELECT randomblob(1000000000)"), HasSubstr("too big"));
  const std::string endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) ";
  EXPECT_THAT(refusal(endless + "SELECT zeroblob(100000000) FROM n"), AllOf(HasSubstr("MiB"), HasSubstr("LIMIT")));
}

TEST_F(ReaderTest, AQueryWithoutEndEndsWhenItIsToldTo) {
  { store::Store store(file); }
  store::Reader reader(file);
  int asked = 0;
  reader.end_queries_when([&asked] { return ++asked > 3; });
  try {
    reader.query("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n");
    FAIL() << "it ended by itself";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::interrupted);
  }
}

// A database may come from anybody: what its views and triggers call is not what we would call.
TEST_F(ReaderTest, ViewsAndTriggersOfAForeignDatabaseDoNoHarm) {
  { store::Store store(file); }
  tamper(file,
         "CREATE VIEW harm AS SELECT load_extension('harm.so');"
         "CREATE VIEW tokens AS SELECT fts3_tokenizer('simple') AS pointer;"
         "CREATE TABLE seen (what);"
         "CREATE TRIGGER on_sweep AFTER INSERT ON sweeps BEGIN INSERT INTO seen VALUES (NEW.name); END");
  EXPECT_THAT(refusal("SELECT * FROM harm"), HasSubstr("load_extension"));
  EXPECT_THAT(refusal("SELECT * FROM tokens"), HasSubstr("fts3_tokenizer"));
  { store::Store(file).create_sweep(depth_sweep()); }
  EXPECT_EQ(integer(store::Reader(file).query("SELECT count(*) FROM seen").rows[0][0]), 0) << "a trigger fired";
}

// Such a view need not have an end.
TEST_F(ReaderTest, WhatStandsInThePlaceOfOursIsRefused) {
  const std::string endless =
      " AS WITH RECURSIVE n(epoch) AS (SELECT 1 UNION ALL SELECT epoch + 1 FROM n) SELECT * FROM n";
  const std::map<std::string, std::string> changes = {
      {"its trial_summary is gone", "DROP VIEW trial_summary"},
      {"its trial_summary is not", "DROP VIEW trial_summary; CREATE VIEW trial_summary" + endless},
      {"its metrics is not", "DROP TABLE metrics; CREATE VIEW metrics" + endless}};
  for (const auto& [sentence, change] : changes) {
    fs::remove(file);
    { store::Store store(file); }
    tamper(file, change);
    EXPECT_THAT(message_of<EnvironmentError>([&] { store::Reader reader(file); }), HasSubstr(sentence));
    EXPECT_THAT(message_of<EnvironmentError>([&] { store::Store store(file); }), HasSubstr(sentence));
  }
}

TEST_F(ReaderTest, WhatSomebodyAddedDoesNoHarm) {
  { store::Store store(file); }
  tamper(
      file,
      "ALTER TABLE trials ADD COLUMN notes TEXT; CREATE TABLE mine (x); CREATE VIEW names AS SELECT name FROM sweeps;"
      "CREATE INDEX labels ON trials (label)");
  { store::Store(file).create_sweep(depth_sweep()); }
  EXPECT_EQ(text(store::Reader(file).answer("SELECT * FROM names").rows[0][0]), "depth");
}

TEST_F(ReaderTest, AQueryOfOurOwnThatFailsIsTheDatabasesFault) {
  { store::Store(file).create_sweep(depth_sweep()); }
  tamper(file, "UPDATE sweeps SET varied = 'x'; ALTER TABLE trials DROP COLUMN ended_at");
  for (const char* sql : {"SELECT j.value FROM sweeps, json_each(varied) j", "SELECT ended_at FROM trials"}) {
    EXPECT_THAT(message_of<EnvironmentError>([&] { store::Reader(file).query(sql); }),
                AllOf(HasSubstr(file.string()), HasSubstr("`runner doctor FILE` examines it")));
  }
}

TEST_F(ReaderTest, AStatementIsRefusedWhenItIsWrongEmptyOrNotAlone) {
  { store::Store store(file); }
  EXPECT_THAT(refusal("SELECT 1; SELECT 2"), HasSubstr("more than one statement"));
  EXPECT_THAT(refusal("SELECT 1; DELETE FROM trials"), HasSubstr("more than one statement"));
  EXPECT_THAT(refusal("SELECT 1; nonsense"), HasSubstr("more than one statement"));
  EXPECT_THAT(refusal(""), HasSubstr("empty"));
  EXPECT_THAT(refusal(" -- nothing\n;"), HasSubstr("empty"));
  EXPECT_THAT(refusal("SELECT * FROM trails"), AllOf(HasSubstr("no such table: trails"), HasSubstr("runner query")));
  EXPECT_THAT(refusal("SELEC 1"), HasSubstr("syntax error"));
  EXPECT_THAT(refusal("SELECT json('{')"), HasSubstr("malformed JSON"));
}

TEST_F(ReaderTest, ReadsWhileASweepWrites) {
  store::Store store(file);
  store::Reader reader(file);
  fill_depth(store);
  EXPECT_EQ(integer(reader.query("SELECT count(*) FROM trials").rows[0][0]), 3);
  store.remove_sweep(1);
  EXPECT_EQ(integer(reader.query("SELECT count(*) FROM trials").rows[0][0]), 0);
}

TEST_F(ReaderTest, ReadsAFileThatItMayNotWriteInAFolderThatItMayNotWrite) {
  const fs::path odd = folder.path() / "a % b?#.db";
  {
    store::Store store(odd);
    fill_depth(store);
  }
  fs::permissions(odd, fs::perms(0444));
  fs::permissions(folder.path(), fs::perms(0555));
  {
    const Unprivileged nobody;
    EXPECT_EQ(integer(store::Reader(odd).query("SELECT count(*) FROM trials").rows[0][0]), 3);
  }
  fs::permissions(folder.path(), fs::perms(0755));
}

TEST_F(ReaderTest, ADatabaseBehindAFolderThatMayNotBeEnteredIsNotGone) {
  const fs::path hidden = folder.path() / "hidden";
  fs::create_directory(hidden);
  { store::Store store(hidden / "results.db"); }
  fs::permissions(hidden, fs::perms(0));
  {
    const Unprivileged nobody;
    EXPECT_THAT(message_of<EnvironmentError>([&] { store::Reader reader(hidden / "results.db"); }),
                AllOf(HasSubstr("cannot look at " + (hidden / "results.db").string() + ": Permission denied"),
                      HasSubstr("may enter")));
  }
  fs::permissions(hidden, fs::perms(0755));
}

TEST_F(ReaderTest, ResolvesASweepByNumberNameOrAsTheLatest) {
  store::Store store(file);
  store::NewSweep sweep = depth_sweep();
  store.create_sweep(sweep);
  store.create_sweep(sweep);
  sweep.name = "width";
  store.create_sweep(sweep);
  sweep.name = "2026";
  store.create_sweep(sweep);
  store::Reader reader(file);
  EXPECT_EQ(reader.resolve_sweep(""), 4);
  EXPECT_EQ(reader.resolve_sweep("1"), 1);
  EXPECT_EQ(reader.resolve_sweep("depth"), 2);
  EXPECT_EQ(reader.resolve_sweep("width"), 3);
  EXPECT_EQ(reader.resolve_sweep("2026"), 4);
  const std::string message = message_of<RequestError>([&] { reader.resolve_sweep("dept"); });
  EXPECT_THAT(message,
              AllOf(HasSubstr("no sweep dept"), HasSubstr("did you mean depth?"), HasSubstr("3 width, 2 depth")));
}

TEST_F(ReaderTest, AnEmptyDatabaseNamesWhatFillsIt) {
  { store::Store store(file); }
  store::Reader reader(file);
  for (const char* wanted : {"", "1", "depth"}) {
    EXPECT_THAT(message_of<RequestError>([&] { reader.resolve_sweep(wanted); }),
                HasSubstr("runner sweep experiments/quickstart.yaml"));
  }
}

}  // namespace
}  // namespace runner::testing
