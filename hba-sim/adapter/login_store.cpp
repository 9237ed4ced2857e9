#include "hba-sim/adapter/login_store.hpp"

#include <deque>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "hba-sim/adapter/login_store_index.hpp"
#include "hba-sim/adapter/login_store_record.hpp"
#include "hba-sim/adapter/nvram.hpp"

namespace hbalab::adapter {
namespace {

using SaveDone = std::move_only_function<void(StoreResult)>;
using RemoveDone = std::move_only_function<void(StoreResult, std::size_t)>;

// A save or a removal on its way. Keys are canonical texts, because the caller's are gone by then.
struct Operation {
  std::string target;
  std::string portal;
  std::uint32_t port = 0;
  std::uint64_t target_hash = 0;
  std::uint64_t exact_hash = 0;
  Match match = Match::exact;          // removals with a wildcard match more than one record
  Bytes record;                        // saves only
  std::uint64_t slot = 0;              // saves, once begun
  bool is_new = false;                 // saves, once begun: a slot was taken
  std::vector<std::uint64_t> victims;  // removals, once begun
  SaveDone saved;
  RemoveDone removed;

  [[nodiscard]] bool wildcard() const { return match != Match::exact; }
  [[nodiscard]] bool is_save() const { return !record.empty(); }
  [[nodiscard]] LoginKey key() const { return {target, portal, port}; }
};
using OperationPtr = std::unique_ptr<Operation>;

// The unfinished changes of one target. Hashes stand for keys: when two keys share one, a change
// waits that need not, and nothing is wrong.
struct TargetQueue {
  std::unordered_set<std::uint64_t> running;  // exact keys
  bool wildcard_running = false;
  std::deque<OperationPtr> waiting;  // in order of the calls; none overtakes another
  bool pumping = false;

  [[nodiscard]] bool admits(const Operation& operation) const {
    if (wildcard_running) return false;
    return operation.wildcard() ? running.empty() : !running.contains(operation.exact_hash);
  }
  void admit(const Operation& operation) {
    if (operation.wildcard()) {
      wildcard_running = true;
    } else {
      running.insert(operation.exact_hash);
    }
  }
  void release(const Operation& operation) {
    if (operation.wildcard()) {
      wildcard_running = false;
    } else {
      running.erase(operation.exact_hash);
    }
  }
  [[nodiscard]] bool idle() const {
    return running.empty() && !wildcard_running && waiting.empty() && !pumping;
  }
};

Match match_of(const RemoveFilter& filter) {
  const bool any_portal = filter.portal.empty();
  if (filter.port.is_any_or_all()) return any_portal ? Match::target : Match::target_portal;
  return any_portal ? Match::target_port : Match::exact;
}

}  // namespace

class LoginStore::State : public std::enable_shared_from_this<State> {
 public:
  State(Nvram& nvram, std::uint32_t slots) : nvram_(nvram), slots_(slots) { load(); }

  void save(PersistentLogin login, SaveDone done);
  void remove(const RemoveFilter& filter, RemoveDone done);
  void close() { closed_ = true; }

  LoginIndex index;
  std::function<void(RecordId, bool)> listener;
  std::string load_error;

 private:
  void load();
  void load_record(std::uint64_t slot, std::span<const std::uint8_t> bytes);
  void enqueue(OperationPtr operation);
  void start(OperationPtr operation);
  void start_save(OperationPtr operation, bool served = false);
  void start_removal(OperationPtr operation);
  void submit(OperationPtr operation, Nvram::Change change);
  void finish(OperationPtr operation, bool durable);
  void show_save(const Operation& operation);
  void show_removal(const Operation& operation);
  void settle(OperationPtr operation, StoreResult result, std::size_t count = 0);
  void pump(std::uint64_t target_hash);
  void serve_slots();
  void tell(RecordId id, bool removed) {
    if (listener && !closed_) listener(id, removed);
  }
  // What is missing when nothing matches.
  [[nodiscard]] StoreResult miss(const LoginKey& key, Match match) const;
  [[nodiscard]] std::size_t taken() const { return index.size() + reserved_; }

  Nvram& nvram_;
  const std::uint32_t slots_;
  std::uint64_t last_slot_ = 0;
  std::size_t reserved_ = 0;  // slots of new records whose saves are under way
  std::size_t removing_ = 0;  // records whose removals are under way
  std::unordered_map<std::uint64_t, TargetQueue>
      targets_;                         // by target_hash, unfinished changes only
  std::deque<OperationPtr> for_slots_;  // saves that wait for a removal to give them a slot
  bool serving_slots_ = false;
  bool closed_ = false;
  std::string scratch_;  // canonical portals, without an allocation for each
};

// ---- loading
// ---------------------------------------------------------------------------------------

void LoginStore::State::load_record(std::uint64_t slot, std::span<const std::uint8_t> bytes) {
  if (!load_error.empty()) return;
  const std::string where = "the persistent login in NVRAM slot " + std::to_string(slot);
  constexpr std::uint64_t kLastSlot = std::uint64_t{1} << 62;
  if (slot == 0 || slot > kLastSlot) {
    load_error = where + " has a number out of range, expected 1 to 2^62";
    return;
  }
  const auto record = decode_record(bytes);
  if (!record) {
    load_error = where + " is damaged: " + record.error();
    return;
  }
  const PersistentLogin login = unpack(*record);
  scratch_.clear();
  login.portal.append_canonical(scratch_);
  const LoginKey key(login.target.canonical(), scratch_, login.port.value);
  if (const auto other = index.find(Match::exact, key); other != LoginIndex::kNone) {
    load_error = where + " has the port, target and portal of slot " +
                 std::to_string(index.id(other)) + ", expected one login for each";
    return;
  }
  index.insert(slot, key, bytes);
  last_slot_ = slot;
}

void LoginStore::State::load() {
  const bool read =
      nvram_.for_each_login([this](std::uint64_t slot, std::span<const std::uint8_t> bytes) {
        load_record(slot, bytes);
      });
  if (!read && load_error.empty()) load_error = nvram_.last_error();
  if (load_error.empty()) return;
  const auto file = nvram_.file();
  if (!file.empty()) load_error = "NVRAM file " + file.string() + ": " + load_error;
  index = LoginIndex();
}

// ---- changes
// ---------------------------------------------------------------------------------------

StoreResult LoginStore::State::miss(const LoginKey& key, Match match) const {
  if (index.find(Match::target, key) == LoginIndex::kNone) return StoreResult::target_not_found;
  const bool portal_given = match == Match::exact || match == Match::target_portal;
  if (portal_given && index.find(Match::target_portal, key) == LoginIndex::kNone) {
    return StoreResult::portal_not_found;
  }
  return StoreResult::port_not_found;
}

void LoginStore::State::save(PersistentLogin login, SaveDone done) {
  if (!load_error.empty()) return done(StoreResult::nvram_failed);
  auto operation = std::make_unique<Operation>();
  operation->target = login.target.canonical();
  operation->portal = login.portal.canonical();
  operation->port = login.port.value;
  operation->record = encode_record(login);
  operation->saved = std::move(done);
  enqueue(std::move(operation));
}

void LoginStore::State::remove(const RemoveFilter& filter, RemoveDone done) {
  if (!load_error.empty()) return done(StoreResult::nvram_failed, 0);
  const Match match = match_of(filter);
  scratch_.clear();
  filter.portal.append_canonical(scratch_);
  const LoginKey key(filter.target.canonical(), scratch_, filter.port.value);
  const bool unfinished = !targets_.empty() && targets_.contains(key.target_hash);
  if (!unfinished && index.find(match, key) == LoginIndex::kNone) return done(miss(key, match), 0);
  auto operation = std::make_unique<Operation>();
  operation->target = key.target;
  operation->portal = key.portal;
  operation->port = key.port;
  operation->match = match;
  operation->removed = std::move(done);
  enqueue(std::move(operation));
}

void LoginStore::State::enqueue(OperationPtr operation) {
  const LoginKey key = operation->key();
  operation->target_hash = key.target_hash;
  operation->exact_hash = key.hashes[static_cast<std::size_t>(Match::exact)];
  TargetQueue& queue = targets_[key.target_hash];
  if (!queue.waiting.empty() || !queue.admits(*operation)) {
    queue.waiting.push_back(std::move(operation));
    return;
  }
  queue.admit(*operation);
  start(std::move(operation));
}

void LoginStore::State::start(OperationPtr operation) {
  if (operation->is_save()) {
    start_save(std::move(operation));
  } else {
    start_removal(std::move(operation));
  }
}

// `served`: its turn among those that wait for a slot has come; others do not overtake these.
void LoginStore::State::start_save(OperationPtr operation, bool served) {
  const auto stored = index.find(Match::exact, operation->key());
  const bool full = nvram_.faults().full;
  if (stored != LoginIndex::kNone) {
    operation->slot = index.id(stored);
  } else if (!full && taken() < slots_ && (served || for_slots_.empty())) {
    operation->is_new = true;
    operation->slot = ++last_slot_;
    ++reserved_;
  } else if (!full && taken() + for_slots_.size() < slots_ + removing_) {
    for_slots_.push_back(std::move(operation));
    return;
  } else {
    return settle(std::move(operation), StoreResult::full);
  }
  Nvram::Change change;
  change.put_logins.push_back({operation->slot, operation->record});
  submit(std::move(operation), std::move(change));
}

void LoginStore::State::start_removal(OperationPtr operation) {
  const LoginKey key = operation->key();
  const auto begin = index.find(operation->match, key);
  if (begin == LoginIndex::kNone) {
    const StoreResult result = miss(key, operation->match);
    return settle(std::move(operation), result);
  }
  auto node = begin;
  do {
    operation->victims.push_back(index.id(node));
    node = index.next_match(operation->match, node);
  } while (node != begin);
  removing_ += operation->victims.size();
  Nvram::Change change;
  change.erase_logins = operation->victims;
  submit(std::move(operation), std::move(change));
}

void LoginStore::State::submit(OperationPtr operation, Nvram::Change change) {
  nvram_.submit(std::move(change),
                [self = shared_from_this(), op = std::move(operation)](bool durable) mutable {
                  self->finish(std::move(op), durable);
                });
}

void LoginStore::State::finish(OperationPtr operation, bool durable) {
  if (operation->is_new) --reserved_;
  removing_ -= operation->victims.size();
  if (durable && operation->is_save()) show_save(*operation);
  if (durable && !operation->is_save()) show_removal(*operation);
  const std::size_t count = durable ? operation->victims.size() : 0;
  settle(std::move(operation), durable ? StoreResult::ok : StoreResult::nvram_failed, count);
  serve_slots();
}

void LoginStore::State::show_save(const Operation& operation) {
  if (operation.is_new) {
    index.insert(operation.slot, operation.key(), operation.record);
  } else {
    index.replace(index.find_id(operation.slot), operation.record);
  }
  tell(operation.slot, false);
}

void LoginStore::State::show_removal(const Operation& operation) {
  for (const auto id : operation.victims) {
    index.erase(index.find_id(id));
    tell(id, true);
  }
}

void LoginStore::State::settle(OperationPtr operation, StoreResult result, std::size_t count) {
  const std::uint64_t hash = operation->target_hash;
  const auto queue = targets_.find(hash);
  queue->second.release(*operation);
  if (queue->second.idle()) targets_.erase(queue);
  if (!closed_) {
    if (operation->is_save()) {
      operation->saved(result);
    } else {
      operation->removed(result, count);
    }
  }
  operation.reset();
  pump(hash);
}

// Starts what waits for the target, as far as it can. What ends at once comes back here and is
// served by the loop that is running already.
void LoginStore::State::pump(std::uint64_t target_hash) {
  const auto found = targets_.find(target_hash);
  if (found == targets_.end() || found->second.pumping) return;
  TargetQueue& queue = found->second;  // stays where it is while `pumping` keeps it
  queue.pumping = true;
  while (!queue.waiting.empty() && queue.admits(*queue.waiting.front())) {
    OperationPtr operation = std::move(queue.waiting.front());
    queue.waiting.pop_front();
    queue.admit(*operation);
    start(std::move(operation));
  }
  queue.pumping = false;
  if (queue.idle()) targets_.erase(target_hash);
}

void LoginStore::State::serve_slots() {
  if (serving_slots_) return;
  serving_slots_ = true;
  while (!for_slots_.empty() && (taken() < slots_ || taken() >= slots_ + removing_)) {
    OperationPtr operation = std::move(for_slots_.front());
    for_slots_.pop_front();
    if (taken() < slots_) {
      start_save(std::move(operation), true);
    } else {
      settle(std::move(operation), StoreResult::full);
    }
  }
  serving_slots_ = false;
}

// ---- LoginStore
// ------------------------------------------------------------------------------------

LoginStore::LoginStore(Nvram& nvram, std::uint32_t slots)
    : state_(std::make_shared<State>(nvram, slots)) {}

LoginStore::~LoginStore() { state_->close(); }

std::expected<std::unique_ptr<LoginStore>, std::string> LoginStore::create(Nvram& nvram,
                                                                           std::uint32_t slots) {
  auto store = std::make_unique<LoginStore>(nvram, slots);
  if (!store->load_error().empty()) return std::unexpected(store->load_error());
  return store;
}

const std::string& LoginStore::load_error() const { return state_->load_error; }

void LoginStore::save(PersistentLogin login, SaveDone done) {
  state_->save(std::move(login), std::move(done));
}

void LoginStore::remove(const RemoveFilter& filter, RemoveDone done) {
  state_->remove(filter, std::move(done));
}

std::size_t LoginStore::size() const { return state_->index.size(); }
std::size_t LoginStore::block_bytes() const { return state_->index.block_bytes(); }

void LoginStore::for_each(
    const std::function<void(RecordId, const PersistentLogin&)>& visit) const {
  const LoginIndex& index = state_->index;
  PersistentLogin login;
  for (auto node = index.first(); node != LoginIndex::kNone; node = index.next(node)) {
    unpack(index.view(node), login);
    visit(index.id(node), login);
  }
}

void LoginStore::write_block(std::uint8_t* out) const {
  const LoginIndex& index = state_->index;
  for (auto node = index.first(); node != LoginIndex::kNone; node = index.next(node)) {
    const RecordView record = index.view(node);
    write_element(record, out);
    out += element_size(record);
  }
}

std::optional<PersistentLogin> LoginStore::get(RecordId id) const {
  const auto node = state_->index.find_id(id);
  if (node == LoginIndex::kNone) return std::nullopt;
  return unpack(state_->index.view(node));
}

void LoginStore::on_change(std::function<void(RecordId, bool removed)> listener) {
  state_->listener = std::move(listener);
}

}  // namespace hbalab::adapter
