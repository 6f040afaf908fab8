// What a worker finds out before any trial starts.
#pragma once

#include <runner/params.h>

#include <string>
#include <vector>

#include "control/schedule/preparation.h"
#include "control/schedule/short_job.h"

namespace runner::schedule {

// Where a job's problems lie when it names no other place, and who has them.
struct Subject {
  size_t trial = 0;
  std::string path;
  std::string worker;  // "the worker that opened the dataset \"text\""
};

// One job of the preparation: remembers its problems and how it ended.
class PreparationJob : public ShortJob {
 public:
  PreparationJob(std::string command, Patience patience, Subject subject)
      : ShortJob(std::move(command), std::move(patience)), subject_(std::move(subject)) {}

  const std::vector<Problem>& problems() const { return problems_; }
  // Null when it had none to give.
  const Json& answer() const { return answer_; }

  // Why the job could not be done at all, through no fault of the experiment; empty when it could.
  const std::string& machine_failure() const { return machine_failure_; }

 protected:
  virtual Problem locate(const std::string& path, const std::string& message) const;
  const Subject& subject() const { return subject_; }

 private:
  void hear(const protocol::Message& message) override;
  void end(const ExitStatus& status, bool host_died) override;
  void add_problem(const Json& body);

  const Subject subject_;
  std::vector<Problem> problems_;
  std::string machine_failure_;
  Json answer_;
};

// Checks the distinct options of one plugin; "models.2.dropout" is of the first trial with the third of them.
class OptionCheck : public PreparationJob {
 public:
  // `section`: "model" or "data". `trials`: the first with each of the options.
  OptionCheck(std::string command, Patience patience, std::vector<size_t> trials, const std::string& section,
              const std::string& plugin);

  // Of models: what the i-th options say of their work; zeros when they were refused.
  TokenWork token_work(size_t i) const;
  const std::vector<size_t>& trials() const { return trials_; }

 protected:
  Problem locate(const std::string& path, const std::string& message) const override;

 private:
  const std::vector<size_t> trials_;
};

}  // namespace runner::schedule
