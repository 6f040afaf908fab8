// What the runner and a worker say to each other: one JSON object a line, UTF-8.
//
//   runner -> worker host, on its stdin:   a Command
//   worker host -> runner, on its stdout:  an Event
//
// A host loads LibTorch, says `ready`, and then serves one job at a time: for a job it forks a child, says `forked`,
// lets the child speak, and says `exited` when the child is gone, however it went. `exited` is always the last word on
// a job. A host leaves when its stdin ends, and takes its child along. It hands on what its child says, but nothing
// that is no event or that only a host may say.
//
//   job      its child says
//   check    problem*, checked           options that no single parameter's range can judge
//   prepare  (alive | problem)*, prepared unless there was a problem
//                                        a dataset opened, its facts, its prefixes encoded
//   train    started, recalled*, (progress | alive | epoch | sample | flag | warning | checkpoint)*,
//            finished | failed | stopped; alive, warning and the last word may come before started, too
//   sample   problem | (alive | sample)*
//   list     devices
//
// Commands `stop` (SIGTERM to the child: end soon and say `stopped`) and `kill` (SIGKILL) act on the job in hand and
// are ignored when there is none.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/json.h"

namespace runner::protocol {

// Raised when a message changes its meaning; a host of another version is refused.
inline constexpr int kVersion = 3;

// A longer line is not a message of ours: samples are the longest, at four bytes a character.
inline constexpr size_t kLongestLine = 64 << 20;

// What a failure was caused by, where it was not the trial itself.
inline constexpr const char* kEnvironment = "environment";  // a disk that is full, a folder that is gone
inline constexpr const char* kMemory = "memory";            // there was no more, or run.memory allowed no more

// A plugin's component with its options, as JSON values of the types its schema declares.
struct Component {
  std::string name;  // what stood after `plugin:`
  std::string file;  // absolute path of the shared library
  Json options = Json::object();
};

struct CheckJob {
  std::vector<Component> models, datasets;
};

struct PrepareJob {
  Component data;
  std::vector<std::string> prefixes;
  std::string cache;  // a folder that the datasets of a sweep share; empty: none
};

struct TrainJob {
  int64_t trial = 0;
  Component data, model;
  Json train;    // as resolved: epochs, clip_norm, reset_state, device, optimizer {name, …}, schedule {name, …},
                 // early_stopping {…}, checkpoint {…}
  Json samples;  // as resolved: every, length, prefixes, temperature, top_k, top_p
  int64_t seed = 0;
  std::string device;  // leased: "cpu" or "cuda:N"
  int threads = 1;
  int64_t memory = 0;       // bytes that it may take beside what its host has; 0 = no limit
  bool cuda_graphs = true;  // whether steps may be recorded, on a device that can
  std::string folder;       // where the trial leaves files, the weights among them; it is there
  std::string cache;        // as for PrepareJob
  // What a checkpoint must have been written by to be used: texts by name, such as the plugins' digests.
  std::map<std::string, std::string> identity;
  std::string metric;    // of the sweep: the best epochs are best by it; empty: none are kept
  bool minimize = true;  // whether less of it is better
  // After that step of the trial the process kills itself, to prove that it resumes; 0: never.
  int64_t kill_at_step = 0;
};

// Texts from the weights of a trial.
struct SampleJob {
  Component data, model;
  std::string weights;  // the file
  Json samples;         // as resolved: length, prefixes, temperature, top_k, top_p
  int64_t seed = 0;
  int64_t epoch = 0;   // whose draws these are: with the trial's seed and prefixes, what it wrote after that epoch
  std::string device;  // auto | cpu | cuda | cuda:N
  int threads = 1;
};

// Field names of messages are those of the structs.
Json to_json(const CheckJob& job);
Json to_json(const PrepareJob& job);
Json to_json(const TrainJob& job);
Json to_json(const SampleJob& job);
// Each throws std::invalid_argument when a field is missing or has the wrong type.
CheckJob check_job_from_json(const Json& json);
PrepareJob prepare_job_from_json(const Json& json);
TrainJob train_job_from_json(const Json& json);
SampleJob sample_job_from_json(const Json& json);

// Command lines, each with its newline: {"v":3,"type":"train",…}
std::string command_line(const CheckJob& job);
std::string command_line(const PrepareJob& job);
std::string command_line(const TrainJob& job);
std::string command_line(const SampleJob& job);
std::string list_devices_line();
std::string stop_line();
std::string kill_line();

// A message with its version and type checked. The version must be kVersion, and `type` a string.
struct Message {
  std::string type;
  Json body;
};
// Throws std::invalid_argument for what is not a message of this protocol.
Message parse(const std::string& line);

// Whether only a host says such events: ready, forked, exited.
bool is_of_host(const std::string& type);

// Events. `event_line` makes the line; the fields are read from `Message::body` by the names given here.
//   ready     {environment: {libtorch, blas: {file, description}, compiler, sdk_abi, cuda_compiled}, pid}
//   forked    {pid, resident}                bytes that the child has in memory from the start (process_memory.h)
//   exited    {code, signal}                 signal 0: left by itself
//   problem   {path, message}                path in the experiment ("data.path"), "" when none fits; for `check` it is
//                                            below "models.<index>." or "datasets.<index>."; for `sample` it is the
//                                            field of the job
//   checked   {token_work: [[inside, per_output], …]}     of each model of a `check` job, see runner/params.h; null for
//                                            one that has a problem
//   prepared  {facts: {name: number or string}}
//               vocabulary, corpus_hash, train_tokens, valid_tokens, unigram_perplexity, bigram_perplexity
//   devices   {cuda: [names]}
//   started   {trial, facts: {parameters, …}, resumed: {epoch, batch}, recalls: count}
//                                            resumed: of the checkpoint that the trial goes on from; left out when it
//                                            begins anew. recalls: so many `recalled` follow, 0 where it is left out;
//                                            with the last of them, what they say is all that is true of the trial
//   recalled  {trial, event: {type, …}}      an `epoch`, `sample` or `flag` from before the checkpoint
//   progress  {trial, epoch, batch, batches, loss, tokens_per_second}     epoch from 1: the one running; loss in nats
//                                            per token, the mean of the epoch so far, left out where reading it would
//                                            make the device wait
//   alive     {trial}                        still at work, where there are no numbers; at most one a second, as
//                                            progress; trial is 0 of other jobs than `train`
//   epoch     {trial, epoch, metrics: {name: number}, reasons: {name: text}, stops_early: text}
//                                            a metric that is NaN or infinite is left out of metrics and stands in
//                                            reasons; stops_early says why this epoch is the last though more were
//                                            asked for, and is left out where that is not so
//   sample    {trial, epoch, prefix, text}   of a `sample` job {prefix, text}, in the order of the prefixes
//   flag      {trial, flag, message}         a word for trials.flags, and what it means for this trial
//   warning   {trial, message}
//   checkpoint  {trial, epoch, batch}        the trial has been saved after so many batches of that epoch
//   finished  {trial, facts: {weights_digest, …}}     stopped_early: the last epoch, where training stopped early
//   failed    {trial, message, cause}        cause: "", kEnvironment or kMemory
//   stopped   {trial}
std::string event_line(const char* type, Json body);

}  // namespace runner::protocol
