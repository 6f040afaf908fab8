#include <cmath>
#include <stdexcept>

#include "worker/train/components.h"
#include "worker/train/failure.h"
#include "worker/train/jobs.h"
#include "worker/train/ngram.h"
#include "worker/train/pulse.h"

namespace runner::worker {
namespace {

// One preparation: `problem` events, or `prepared`.
class Preparation {
 public:
  Preparation(const protocol::PrepareJob& job, Events& events, const StopSignal& stop)
      : job_(job), events_(events), pulse_(0, events, stop) {}

  void run(const DatasetFactory& factory) {
    const auto report = [this](const Failure& failure) { problem("data", failure.message); };
    reporting_failure([&] { open(factory); }, report);
    if (!data_) return;
    for (size_t i = 0; i < job_.prefixes.size(); ++i) check_prefix(i);
    reporting_failure([&] { send_facts(); }, report);
  }

 private:
  void open(const DatasetFactory& factory) {
    try {
      data_ = open_dataset(factory, job_.data, {job_.cache});
    } catch (const OptionError& error) {
      problem(error.option().empty() ? "data" : "data." + error.option(), error.what());
    }
  }

  void check_prefix(size_t i) {
    pulse_.keep_alive();
    const std::string path = "samples.prefixes[" + std::to_string(i) + "]";
    if (!data_->has_text()) {
      if (i == 0)
        problem("samples.prefixes", "the dataset \"" + job_.data.name +
                                        "\" has no text, so there is nothing to sample: leave samples.prefixes out");
      return;
    }
    reporting_failure([&] { encode_prefix(*data_, job_.prefixes[i]); },
                      [&](const Failure& failure) { problem(path, failure.message); });
  }

  void send_facts() {
    const auto keep_alive = [this] { pulse_.keep_alive(); };
    const PairCounts pairs = training_pairs(*data_, keep_alive);
    Json facts = {{"vocabulary", data_->vocabulary_size()},
                  {"corpus_hash", data_->content_hash()},
                  {"train_tokens", tokens_per_epoch(*data_, Split::train, keep_alive)},
                  {"valid_tokens", tokens_per_epoch(*data_, Split::valid, keep_alive)},
                  {"test_tokens", tokens_per_epoch(*data_, Split::test, keep_alive)},
                  {"unigram_perplexity", pairs.unigram_perplexity()},
                  {"bigram_perplexity", pairs.bigram_perplexity()}};
    for (const auto& [name, value] : data_->facts()) add_fact(facts, name, value);
    if (!failed_) events_.send("prepared", {{"facts", facts}});
  }

  // The dataset's own.
  static void add_fact(Json& facts, const std::string& name, double value) {
    const std::string fact = "the dataset's fact \"" + name + "\" ";
    if (facts.contains(name)) throw std::runtime_error(fact + "has a name that is taken; the dataset must rename it");
    if (!std::isfinite(value)) throw std::runtime_error(fact + "is no number");
    facts[name] = value;
  }

  void problem(const std::string& path, const std::string& message) {
    failed_ = true;
    events_.send("problem", {{"path", path}, {"message", message}});
  }

  const protocol::PrepareJob& job_;
  Events& events_;
  Pulse pulse_;
  std::unique_ptr<Dataset> data_;
  bool failed_ = false;
};

}  // namespace

void prepare(const protocol::PrepareJob& job, const DatasetFactory& data, Events& events, const StopSignal& stop) {
  Preparation(job, events, stop).run(data);
}

}  // namespace runner::worker
