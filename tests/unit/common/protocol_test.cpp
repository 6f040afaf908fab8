#include "common/protocol.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

#include "common/paths.h"
#include "common/seeds.h"
#include "common/sha256.h"

namespace runner::protocol {
namespace {

TrainJob job() {
  TrainJob job;
  job.trial = 7;
  job.data = {"text", "/plugins/text.so", {{"path", "/a"}}};
  job.model = {"lstm", "/plugins/lstm.so", {{"hidden_size", 8}}};
  job.train = {{"epochs", 3}};
  job.samples = {{"prefixes", {"分开"}}};
  job.seed = 11;
  job.device = "cuda:1";
  job.threads = 2;
  job.memory = int64_t{1} << 33;
  job.cuda_graphs = false;
  job.folder = "/tmp/x";
  job.cache = "/tmp/y";
  return job;
}

TEST(Protocol, AJobIsOneLineThatReadsBack) {
  const std::string line = command_line(job());
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const Message message = parse(line);
  EXPECT_EQ(message.type, "train");
  EXPECT_EQ(command_line(train_job_from_json(message.body)), line);
}

TEST(Protocol, AJobThatSamplesReadsBackToo) {
  const SampleJob job = {{"text", "/plugins/text.so", {{"path", "/a"}}},
                         {"lstm", "/plugins/lstm.so", {{"hidden_size", 8}}},
                         "/tmp/x/weights.safetensors",
                         {{"prefixes", {"分开"}}, {"temperature", 0.8}},
                         -11,
                         160,
                         "auto",
                         2};
  const std::string line = command_line(job);
  EXPECT_EQ(parse(line).type, "sample");
  EXPECT_EQ(command_line(sample_job_from_json(parse(line).body)), line);
  EXPECT_THROW(sample_job_from_json({{"seed", 1}}), std::invalid_argument);
}

// What the fuzzer begins with must reach what lies behind the checks.
TEST(Protocol, TheJobsThatAreFuzzedAreAccepted) {
  std::ifstream file(RUNNER_SOURCE_DIR "/tests/fuzz/corpus/protocol/jobs.jsonl");
  std::set<std::string> accepted;
  for (std::string line; std::getline(file, line);) {
    const Message message = parse(line);
    if (message.type == "check") command_line(check_job_from_json(message.body));
    if (message.type == "prepare") command_line(prepare_job_from_json(message.body));
    if (message.type == "train") command_line(train_job_from_json(message.body));
    if (message.type == "sample") command_line(sample_job_from_json(message.body));
    accepted.insert(message.type);
  }
  EXPECT_EQ(accepted, (std::set<std::string>{"check", "kill", "list", "prepare", "sample", "stop", "train"}));
}

TEST(Protocol, OtherVersionsAndGarbageAreRefused) {
  EXPECT_THROW(parse("{\"v\":999,\"type\":\"ready\"}"), std::invalid_argument);
  EXPECT_THROW(parse("{\"type\":\"ready\"}"), std::invalid_argument);
  EXPECT_THROW(parse("Segmentation fault"), std::invalid_argument);
  EXPECT_THROW(parse(""), std::invalid_argument);
  EXPECT_THROW(parse("[1]"), std::invalid_argument);
  EXPECT_THROW(train_job_from_json({{"trial", 1}}), std::invalid_argument);
}

// To copy or print a value takes stack for each of its levels.
TEST(Protocol, WhatIsNestedTooDeepIsRefused) {
  const auto line = [](size_t levels) {
    return R"({"v":3,"type":"problem","x":)" + std::string(levels, '[') + std::string(levels, ']') + "}";
  };
  EXPECT_EQ(parse(line(kDeepestJson - 1)).type, "problem");
  EXPECT_THROW(parse(line(kDeepestJson)), std::invalid_argument);
  EXPECT_THROW(parse(line(1 << 20)), std::invalid_argument);
  EXPECT_THROW(parse(std::string(1 << 20, '[')), std::invalid_argument);
}

TEST(Protocol, ARealNumberIsNoInteger) {
  Json body = to_json(job());
  for (const Json& seed : {Json(1e300), Json(11.0), Json(uint64_t{1} << 63), Json("11"), Json()}) {
    body["seed"] = seed;
    EXPECT_THROW(train_job_from_json(body), std::invalid_argument) << seed;
    EXPECT_THROW(integer_in(body, "seed", 0), std::invalid_argument) << seed;
  }
  EXPECT_EQ(integer_in(body, "trial", 0), 7);
  EXPECT_EQ(integer_in(body, "none", 3), 3);
}

TEST(Protocol, BytesThatAreNotTextAreReplaced) {
  const std::string line = event_line("warning", {{"message", "a\xff"}});
  EXPECT_EQ(parse(line).body.at("message"), "a\xef\xbf\xbd");
}

TEST(Sha256, AgreesWithTheStandardsExamples) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(TrialFolder, IsTheDatabasesOwn) {
  EXPECT_EQ(trial_folder("a/results.db", 7), "a/results.files/7");
  EXPECT_NE(trial_folder("exp-0.1", 1), trial_folder("exp-0.2", 1));
  EXPECT_EQ(data_cache_folder("a/results.db"), "a/results.files/cache");
}

// Results depend on these numbers: a change of any is a change of every trial.
TEST(Streams, AreFixedForever) {
  EXPECT_EQ(stream_seed(1, kInitStream), 0xfa8c4ee28e163692u);
  EXPECT_EQ(stream_seed(1, kDataStream), 0xf51587946e489faau);
}

TEST(Streams, DifferByNameAndSeed) {
  EXPECT_NE(stream_seed(1, kInitStream), stream_seed(2, kInitStream));
  EXPECT_NE(stream_seed(1, kInitStream), stream_seed(1, kDataStream));
}

}  // namespace
}  // namespace runner::protocol
