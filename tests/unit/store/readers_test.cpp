// Readers and a writer at the same time: neither notices the other.
#include <gmock/gmock.h>
#include <sqlite3.h>

#include <atomic>
#include <thread>
#include <vector>

#include "results.h"

namespace runner::testing {
namespace {

namespace fs = std::filesystem;

// A reader that is in no hurry: it stays in one transaction, as an open notebook does.
class LongTransaction {
 public:
  explicit LongTransaction(const fs::path& file) {
    EXPECT_EQ(sqlite3_open_v2(file.c_str(), &database_, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
    run("BEGIN; SELECT count(*) FROM metrics");
  }
  ~LongTransaction() { sqlite3_close(database_); }
  LongTransaction(const LongTransaction&) = delete;
  LongTransaction& operator=(const LongTransaction&) = delete;
  void end() { run("COMMIT"); }

 private:
  void run(const char* sql) { EXPECT_EQ(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr), SQLITE_OK); }
  sqlite3* database_ = nullptr;
};

class ReadersTest : public ::testing::Test {
 protected:
  // Metrics of so many epochs, each in a transaction of its own.
  static void commit_epochs(store::Store& store, int64_t first, int64_t last) {
    for (int64_t epoch = first; epoch <= last; ++epoch) {
      store.add_metrics(1, epoch, {{"loss", 0.5}, {"perplexity", 2.0}});
      store.flush();
    }
  }

  static store::Store& begin(store::Store& store) {
    store.create_sweep(depth_sweep());
    store.start_attempt(1, "atlas", 1);
    return store;
  }

  int64_t count(const std::string& sql) {
    return integer(store::Reader(file).query("SELECT count(*) FROM " + sql).rows[0][0]);
  }

  uintmax_t log_size() const { return fs::file_size(file.string() + "-wal"); }

  TemporaryFolder folder;
  const fs::path file = folder.path() / "results.db";
};

// Each reader opens the database anew for every query, as each call of `runner list` does.
TEST_F(ReadersTest, NeitherFailNorSeeHalfATransactionWhileRowsAreCommitted) {
  constexpr int64_t kEpochs = 2000;
  std::atomic<bool> done{false};
  std::atomic<int> queries{0};
  store::Store store(file);
  begin(store);
  const auto read = [&] {
    for (int64_t before = 0; !done;) {
      const store::Table found = store::Reader(file).query(
          "SELECT count(*), coalesce(sum(name = 'loss'), 0), (SELECT epochs_done FROM trials WHERE trial_id = 1) FROM "
          "metrics");
      const int64_t rows = integer(found.rows[0][0]);
      EXPECT_EQ(rows, 2 * integer(found.rows[0][1]));
      EXPECT_EQ(rows, 2 * integer(found.rows[0][2]));
      EXPECT_GE(rows, before);
      before = rows;
      ++queries;
    }
  };
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) readers.emplace_back(read);
  EXPECT_NO_THROW(commit_epochs(store, 1, kEpochs));
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(count("metrics"), 2 * kEpochs);
  EXPECT_GT(queries, 3);
}

// The database may be closed and opened, its log removed and made again, under a reader's eyes.
TEST_F(ReadersTest, DoNotMindRunnersThatComeAndGo) {
  { store::Store store(file); }
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done) store::Reader(file).query("SELECT count(*) FROM sweeps");
  });
  for (int i = 0; i < 50; ++i) store::Store(file).create_sweep(depth_sweep());
  done = true;
  reader.join();
  EXPECT_EQ(count("sweeps"), 50);
}

TEST_F(ReadersTest, ALongTransactionMakesNobodyWaitAndTheLogShrinksAfterIt) {
  store::Store store(file);
  begin(store);
  LongTransaction reader(file);
  const std::string text(100'000, 'x');
  for (int64_t epoch = 1; epoch <= 1000; ++epoch) {
    store.add_sample(1, epoch, "a", text);
    store.flush();
  }
  const uintmax_t grown = log_size();
  EXPECT_GT(grown, 90u << 20) << "what the reader may still ask for is kept";
  reader.end();
  for (int64_t epoch = 1001; epoch <= 1003; ++epoch) {
    store.add_sample(1, epoch, "a", text);
    store.flush();
  }
  EXPECT_LE(log_size(), 64u << 20);
  EXPECT_EQ(count("samples"), 1003);
}

TEST_F(ReadersTest, AReaderThatOnlyLooksOnDoesNotKeepTheLogFromTheFile) {
  auto store = std::make_unique<store::Store>(file);
  begin(*store);
  LongTransaction reader(file);
  reader.end();
  store.reset();
  EXPECT_EQ(log_size(), 0u) << "a copy of the file alone is complete";
}

TEST_F(ReadersTest, AReaderInATransactionDoesNotKeepARunnerFromEnding) {
  {
    store::Store store(file);
    begin(store);
    commit_epochs(store, 1, 5);
    LongTransaction reader(file);
    commit_epochs(store, 6, 10);
  }
  const LongTransaction reader(file);
  {
    store::Store store(file);
    store.create_sweep(depth_sweep());
  }
  EXPECT_EQ(count("sweeps"), 2);
}

}  // namespace
}  // namespace runner::testing
