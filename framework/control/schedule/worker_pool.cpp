#include "control/schedule/worker_pool.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include "common/error.h"
#include "common/paths.h"
#include "common/text.h"

namespace runner::schedule {
namespace {

// What a host is given to kill its child and say so.
constexpr std::chrono::seconds kHostGrace{3};

constexpr int kMostFailedStarts = 3;  // of a slot, in a row

constexpr size_t kPipeBytes = 64 << 10;    // what a pipe holds
constexpr size_t kLongestComplaint = 200;  // bytes
constexpr int kMostComplaints = 10;        // of one job

SpawnRequest host_request(const PoolSettings& settings) {
  const std::string threads = std::to_string(settings.threads_per_trial);
  // Thread counts must be in the environment before the libraries load; so must cuBLAS's workspace, without which CUDA
  // results differ from run to run. A binding of threads is taken back: it binds the first thread of every process to
  // the first place, so that all workers would share one core. To libgomp OMP_PROC_BIND=false says to ignore OMP_PLACES
  // and GOMP_CPU_AFFINITY, too; Intel's runtime heeds KMP_AFFINITY before it.
  return {{worker_executable().string()},
          {{"OMP_NUM_THREADS", threads},
           {"OPENBLAS_NUM_THREADS", threads},
           {"MKL_NUM_THREADS", threads},
           {"OMP_PROC_BIND", "false"},
           {"KMP_AFFINITY", "disabled"},
           {"CUBLAS_WORKSPACE_CONFIG", ":4096:8"}},
          true};
}

void make_non_blocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

}  // namespace

void Slot::stop() { send(protocol::stop_line()); }

void Slot::kill() {
  send(protocol::kill_line());
  if (!kill_requested_) kill_requested_ = ListeningClock::now();
}

// The child follows its host; the end of the host's stdout then settles the job.
void Slot::kill_stuck_host() {
  if (!host_ || !kill_requested_ || ListeningClock::now() - *kill_requested_ < kHostGrace) return;
  host_->kill(SIGKILL);
}

void Slot::start_host(const PoolSettings& settings) {
  ready_ = false;
  commands_.clear();
  event_buffer_.clear();
  has_lines_left_ = false;
  start_errors_ = {};
  host_ = std::make_unique<ChildProcess>(host_request(settings));
  make_non_blocking(host_->stdin_pipe().get());
  make_non_blocking(host_->stdout_pipe().get());
  make_non_blocking(host_->stderr_pipe().get());
}

void Slot::send(const std::string& line) {
  if (!host_) return;
  commands_ += line;
  write_commands();
}

// A host that has closed its end is about to show as gone; nothing to do here.
void Slot::write_commands() {
  if (!write_available(host_->stdin_pipe().get(), commands_)) commands_.clear();
}

void Slot::read_output() {
  std::string bytes;
  const bool open = read_available(host_->stderr_pipe().get(), bytes);
  if (handler_ && !bytes.empty()) handler_->on_output(bytes);
  if (!ready_) start_errors_.append(bytes);
  if (!open) host_->stderr_pipe().close();
}

void Slot::read_events() {
  const size_t before = has_lines_left_ ? 0 : event_buffer_.size();
  const bool open = read_available(host_->stdout_pipe().get(), event_buffer_);
  has_lines_left_ = event_buffer_.find('\n', before) != std::string::npos;  // a long one comes in many pieces
  for (std::string line; has_lines_left_ && host_ && take_line(event_buffer_, line);) {
    try {
      handle(protocol::parse(line));
    } catch (const std::logic_error& error) {  // a value that cannot be
      report_unreadable(error.what());
    } catch (const Json::exception& error) {  // a field of another type
      report_unreadable(error.what());
    }
  }
  has_lines_left_ = false;
  if (event_buffer_.size() > protocol::kLongestLine) event_buffer_.clear();
  if (!open && host_) host_is_gone();
}

void Slot::report_unreadable(const std::string& reason) {
  if (!handler_ || ++unreadable_ > kMostComplaints) return;
  handler_->on_output("unreadable event from the worker: " + replace_invalid_utf8(reason.substr(0, kLongestComplaint)) +
                      (unreadable_ == kMostComplaints ? " (and no more is told)" : "") + "\n");
}

void Slot::handle(const protocol::Message& message) {
  if (message.type == "ready") {
    ready_ = true;
    failed_starts_ = 0;
    environment_ = message.body.value("environment", Json::object());
  } else if (message.type == "exited") {
    finish_job({static_cast<int>(integer_in(message.body, "code", 0)),
                static_cast<int>(integer_in(message.body, "signal", 0))},
               false);
  } else if (handler_) {
    handler_->on_event(message);
  }
}

void Slot::finish_job(const ExitStatus& status, bool host_died) {
  kill_requested_.reset();
  if (!handler_) return;
  // What the job wrote before it ended is in the pipe already; a process that it left could go on for ever.
  size_t taken = 0;
  for (std::string bytes; host_ && host_->stderr_pipe().is_open() && taken < kPipeBytes; bytes.clear()) {
    if (!read_available(host_->stderr_pipe().get(), bytes)) host_->stderr_pipe().close();
    if (bytes.empty()) break;
    if (!ready_) start_errors_.append(bytes);
    handler_->on_output(bytes);
    taken += bytes.size();
  }
  JobHandler* handler = std::exchange(handler_, nullptr);
  handler->on_exit(status, host_died);
}

void Slot::host_is_gone() {
  host_->kill(SIGKILL);  // its stdout has ended: whatever it still does, it is lost to us
  const ExitStatus status = host_->wait();
  failed_starts_ += !ready_ && !kill_requested_;
  was_killed_ = status.signal == SIGKILL;
  finish_job(status, true);
  host_.reset();
}

std::string Slot::why_it_cannot_start() const {
  const std::string errors = start_errors_.text();
  return "the worker " + worker_executable().string() +
         " cannot start: " + (errors.empty() ? "it ended without a word" : errors);
}

WorkerPool::WorkerPool(const PoolSettings& settings) : settings_(settings) {
  for (int i = 0; i < settings.slots; ++i) slots_.push_back(std::make_unique<Slot>());
}

// Hosts leave, and take their children along, when their stdin ends; ChildProcess sees to it.
WorkerPool::~WorkerPool() = default;

Slot* WorkerPool::idle_slot() {
  const auto idle = std::find_if(slots_.begin(), slots_.end(), [](const auto& slot) { return !slot->busy(); });
  return idle == slots_.end() ? nullptr : idle->get();
}

bool WorkerPool::any_busy() const {
  return std::any_of(slots_.begin(), slots_.end(), [](const auto& slot) { return slot->busy(); });
}

void WorkerPool::start(Slot& slot, const std::string& command, JobHandler& handler) {
  if (!slot.host_) slot.start_host(settings_);
  slot.handler_ = &handler;
  slot.unreadable_ = 0;
  slot.send(command);
}

void WorkerPool::stop_all() {
  for (const auto& slot : slots_) {
    if (slot->busy()) slot->stop();
  }
}

void WorkerPool::kill_all() {
  for (const auto& slot : slots_) {
    if (slot->busy()) slot->kill();
  }
}

void WorkerPool::wait(std::chrono::milliseconds timeout, Signals& signals) {
  std::vector<pollfd> waiting = {{signals.descriptor(), POLLIN, 0}};
  for (const auto& slot : slots_) {
    // poll ignores a descriptor of -1, which keeps three entries a slot at fixed places.
    waiting.push_back({slot->host_ ? slot->host_->stderr_pipe().get() : -1, POLLIN, 0});
    waiting.push_back({slot->host_ ? slot->host_->stdout_pipe().get() : -1, POLLIN, 0});
    waiting.push_back({slot->host_ && !slot->commands_.empty() ? slot->host_->stdin_pipe().get() : -1, POLLOUT, 0});
  }
  if (poll(waiting.data(), waiting.size(), static_cast<int>(timeout.count())) < 0 && errno != EINTR) {
    throw EnvironmentError("cannot wait for workers", errno);
  }
  if (waiting[0].revents) signals.read();
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i]->host_ && waiting[1 + 3 * i].revents) slots_[i]->read_output();
    if (slots_[i]->host_ && waiting[3 + 3 * i].revents) slots_[i]->write_commands();
    if (slots_[i]->host_ && (waiting[2 + 3 * i].revents || slots_[i]->has_lines_left_)) slots_[i]->read_events();
    require_starts(*slots_[i]);
    slots_[i]->kill_stuck_host();
  }
}

// Where one has started, or the system killed it while it loaded to get memory, the next may start.
void WorkerPool::require_starts(const Slot& slot) const {
  const bool may_start = slot.was_killed_ || !environment().is_null();
  if (slot.failed_starts_ >= (may_start ? kMostFailedStarts : 1)) throw EnvironmentError(slot.why_it_cannot_start());
}

Json WorkerPool::environment() const {
  for (const auto& slot : slots_) {
    if (!slot->environment_.is_null()) return slot->environment_;
  }
  return nullptr;
}

}  // namespace runner::schedule
