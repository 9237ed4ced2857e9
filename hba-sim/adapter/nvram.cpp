#include "hba-sim/adapter/nvram.hpp"

#include <sched.h>

#include <algorithm>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <system_error>
#include <utility>

#include "hba-sim/adapter/nvram_database.hpp"
#include "hba-sim/adapter/nvram_pool.hpp"
#include "hba-sim/adapter/nvram_writers.hpp"
#include "hba-sim/wipe.hpp"

namespace hbalab::adapter {
namespace {

using Done = std::move_only_function<void(bool)>;

struct Pending {
  Nvram::Change change;
  Done done;
};
using Batch = std::vector<Pending>;

// One transaction writes no more than this, so that no answer waits for an endless one.
constexpr std::size_t kMaxBatch = 8192;

bool is_possible(const Nvram::Change& change) {
  constexpr std::uint64_t last_slot = std::numeric_limits<std::int64_t>::max();
  return std::all_of(change.put_logins.begin(), change.put_logins.end(),
                     [](const auto& put) {
                       return put.record.size() <= Nvram::kMaxValueBytes && put.slot <= last_slot;
                     }) &&
         std::all_of(change.erase_logins.begin(), change.erase_logins.end(),
                     [](std::uint64_t slot) { return slot <= last_slot; }) &&
         std::all_of(change.settings.begin(), change.settings.end(), [](const auto& setting) {
           return setting.first.size() <= Nvram::kMaxValueBytes &&
                  (!setting.second || setting.second->size() <= Nvram::kMaxValueBytes);
         });
}

// Settings and logins have secrets in them.
void forget(Nvram::Change& change) {
  for (auto& [slot, record] : change.put_logins) wipe(record);
  for (auto& [name, value] : change.settings) {
    if (value) wipe(*value);
  }
}

// One thread at a time leads: it takes the queue, commits it and runs the completions, so that
// those run in the order of the changes. What is queued meanwhile is the next batch. Who leads may
// be a thread of the writers or a helper.
class SqliteNvram final : public Nvram, private NvramWriters::Client, private NvramPool::Member {
 public:
  SqliteNvram(std::filesystem::path file, Enter enter)
      : file_(std::move(file)), enter_(std::move(enter)), writers_(NvramWriters::shared()) {}

  ~SqliteNvram() override {
    {
      std::unique_lock lock(mutex_);
      stopping_ = true;
      served_.wait(lock, [this] { return !called_; });
      while (!queue_.empty()) lead(lock);
    }
    {
      const NvramPool::Use use(*this);
      database_.reset();
    }
    NvramPool::shared().leave(*this);
  }

  // Before everything else.
  [[nodiscard]] std::expected<void, std::string> open(const NvramOptions& options) {
    const NvramPool::Use use(*this);
    auto database = NvramDatabase::open(file_, options);
    if (!database) return std::unexpected(std::move(database.error()));
    database_ = std::move(*database);
    return {};
  }

  SqliteNvram(const SqliteNvram&) = delete;
  SqliteNvram& operator=(const SqliteNvram&) = delete;

  void submit(Change change, Done done) override {
    const std::lock_guard lock(mutex_);
    queue_.push_back({std::move(change), std::move(done)});
    call_writer_if_needed();
  }

  void begin_help() override {
    const std::lock_guard lock(mutex_);
    ++helpers_;
  }

  bool end_help() override {
    std::unique_lock lock(mutex_);
    --helpers_;
    // A leader looks at the queue again when it is done, and sees that this helper has gone.
    if (leading_ || queue_.empty()) return false;
    ++stats_.helped;
    lead(lock);
    return true;
  }

  bool help() override {
    begin_help();
    return end_help();
  }

  bool for_each_login(
      const std::function<void(std::uint64_t, std::span<const std::uint8_t>)>& visit) override {
    const NvramPool::Use use(*this);
    return database_->for_each_login(visit);
  }

  std::expected<std::optional<Bytes>, std::string> setting(std::string_view name) override {
    const NvramPool::Use use(*this);
    return database_->setting(name);
  }

  std::expected<std::uint64_t, std::string> reserve_ids(std::uint32_t count) override {
    const auto now = faults();
    if ((now.write_fails || now.unreachable) && count > 0)
      return std::unexpected(std::string(kFault));
    const NvramPool::Use use(*this);
    return database_->reserve_ids(count);
  }

  void trim() override {
    const std::lock_guard lock(Member::mutex);
    database_->trim();
  }

  void set_faults(const NvramFaults& faults) override {
    const std::lock_guard lock(mutex_);
    faults_ = faults;
  }

  [[nodiscard]] NvramFaults faults() const override {
    const std::lock_guard lock(mutex_);
    return faults_;
  }

  [[nodiscard]] std::string last_error() const override {
    const std::lock_guard lock(Member::mutex);
    return fault_hit_.empty() ? database_->error() : std::string(fault_hit_);
  }

  [[nodiscard]] std::filesystem::path file() const override { return file_; }

  [[nodiscard]] NvramStats stats() const override {
    const std::lock_guard lock(mutex_);
    return stats_;
  }

 private:
  static constexpr std::string_view kFault =
      "NVRAM write failed: the fault write_fails is set, or the adapter has failed";
  static constexpr std::string_view kOneFault = "NVRAM write failed: it was the one asked for";

  // Under mutex_. Whoever leads, or has announced help, will look at the queue.
  void call_writer_if_needed() {
    if (called_ || leading_ || helpers_ > 0 || stopping_ || queue_.empty()) return;
    called_ = true;
    writers_->call(*this);
  }

  void write_queued() override {
    std::unique_lock lock(mutex_);
    while (!queue_.empty() && !leading_ && helpers_ == 0) lead(lock);
    called_ = false;
    served_.notify_all();  // under the lock: this may be gone behind it
  }

  bool park() override { return database_ == nullptr || database_->park(); }

  // Commits one batch. `lock` is held on entry and on return.
  void lead(std::unique_lock<std::mutex>& lock) {
    leading_ = true;
    gather(lock);
    Batch batch;
    if (queue_.size() <= kMaxBatch) {
      batch = std::exchange(queue_, {});
    } else {
      const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(kMaxBatch);
      batch.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
      queue_.erase(queue_.begin(), end);
    }
    last_batch_ = batch.size();
    const bool fails = faults_.write_fails || faults_.unreachable;
    const std::size_t unlucky = take_unlucky(batch.size());
    lock.unlock();

    std::vector<bool> possible(batch.size());
    std::size_t committed = 0;
    const bool good = commit(batch, possible, {fails, unlucky}, committed);
    for (auto& entry : batch) forget(entry.change);
    lock.lock();
    stats_.commits += good ? 1 : 0;
    stats_.changes += committed;
    stats_.failed += batch.size() - committed;
    lock.unlock();
    complete(std::move(batch), std::move(possible), good);

    lock.lock();
    leading_ = false;
    call_writer_if_needed();
  }

  // Under mutex_. Which of the next `count` changes NvramFaults::fails_at means; `count`: none.
  [[nodiscard]] std::size_t take_unlucky(std::size_t count) {
    if (faults_.fails_at == 0) return count;
    if (faults_.fails_at > count) {
      faults_.fails_at -= static_cast<std::uint32_t>(count);
      return count;
    }
    return std::exchange(faults_.fails_at, 0) - 1;
  }

  // When the previous batch had many changes, their callers are on their way with the next ones:
  // they get the processor first, a bounded number of times, or batches would alternate between one
  // change and all the others. A single caller never waits here.
  void gather(std::unique_lock<std::mutex>& lock) {
    std::size_t seen = queue_.size();
    for (int turn = 0; turn < kMaxTurns && seen < last_batch_; ++turn) {
      lock.unlock();
      ::sched_yield();
      lock.lock();
      if (queue_.size() == seen && turn > 0) return;
      seen = queue_.size();
    }
  }

  struct BatchFaults {
    bool all = false;
    std::size_t one = 0;  // index of a change that fails alone
  };

  // Changes that cannot be stored fail by themselves; the others succeed or fail together.
  bool commit(const Batch& batch, std::vector<bool>& possible, BatchFaults faults,
              std::size_t& committed) {
    std::vector<const Change*> changes;
    changes.reserve(batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      possible[i] = i != faults.one && is_possible(batch[i].change);
      if (possible[i]) changes.push_back(&batch[i].change);
    }
    const NvramPool::Use use(*this);
    fault_hit_ = faults.all ? kFault : faults.one < batch.size() ? kOneFault : std::string_view();
    const bool good = !faults.all && database_->write(changes);
    if (good) committed = changes.size();
    return good;
  }

  void complete(Batch batch, std::vector<bool> possible, bool good) {
    auto run = [batch = std::move(batch), possible = std::move(possible), good]() mutable {
      for (std::size_t i = 0; i < batch.size(); ++i) {
        if (batch[i].done) batch[i].done(good && possible[i]);
      }
    };
    if (enter_) {
      enter_(std::move(run));
    } else {
      run();
    }
  }

  static constexpr int kMaxTurns = 64;

  const std::filesystem::path file_;
  const Enter enter_;
  const std::shared_ptr<NvramWriters> writers_;
  // May be taken under the HBA lock; under it, only that of the writers.
  mutable std::mutex mutex_;
  std::condition_variable served_;
  Batch queue_;                 // guarded by mutex_
  bool leading_ = false;        // guarded by mutex_
  bool called_ = false;         // guarded by mutex_; a writer comes, or is here
  bool stopping_ = false;       // guarded by mutex_
  std::size_t helpers_ = 0;     // guarded by mutex_; announced, and not yet looked at the queue
  std::size_t last_batch_ = 0;  // guarded by mutex_
  NvramFaults faults_;          // guarded by mutex_
  NvramStats stats_;            // guarded by mutex_

  // mutex_ is never taken under Member::mutex.
  std::unique_ptr<NvramDatabase> database_;  // guarded by Member::mutex
  std::string_view fault_hit_;               // guarded by Member::mutex; of the newest batch
};

}  // namespace

std::expected<std::unique_ptr<Nvram>, std::string> Nvram::open(const std::filesystem::path& file,
                                                               Enter enter,
                                                               const NvramOptions& options) {
  try {
    auto nvram = std::make_unique<SqliteNvram>(file, std::move(enter));
    if (auto opened = nvram->open(options); !opened) {
      return std::unexpected(std::move(opened.error()));
    }
    return nvram;
  } catch (const std::system_error& error) {
    return std::unexpected("NVRAM file " + file.string() +
                           ": no thread to write it: " + error.what());
  }
}

}  // namespace hbalab::adapter
