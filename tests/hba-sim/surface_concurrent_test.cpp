// Eight callers do at once what the model test does one by one, while a ninth thread steps the
// clock. What must hold whatever the order was is checked when everything has come to rest.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "iscsiop/iscsiprf.hpp"
#include "tests/hba-sim/surface_driver.hpp"
#include "tests/hba-sim/surface_text.hpp"

using namespace hbalab;
using namespace hbalab::surface;
using lab_test::Answer;

namespace {

constexpr int kCallers = 8, kRounds = 3, kCommands = 500;
constexpr std::uint16_t kFirstSocket = 4000;  // of a caller's own persistent logins

// What the callers know of together.
class Ledger {
 public:
  void opened(std::uint64_t session, std::uint64_t connection, bool discovery) {
    const std::scoped_lock lock(mutex_);
    used_twice |= !ids_.insert(session).second || !ids_.insert(connection).second;
    connections_[session] = connection;
    if (!discovery) open_.insert(session);
    recent_.push_back(session);
  }
  void added(std::uint64_t connection) {
    const std::scoped_lock lock(mutex_);
    used_twice |= !ids_.insert(connection).second;
  }
  void ended(std::uint64_t session) {
    const std::scoped_lock lock(mutex_);
    ended_.insert(session);
  }
  Ids some(int number) {
    const std::scoped_lock lock(mutex_);
    Ids ids;
    if (recent_.empty() || number % 9 == 0) return ids;
    const std::size_t last = std::min<std::size_t>(recent_.size(), 8);
    ids.session = recent_[recent_.size() - 1 - static_cast<std::size_t>(number) % last];
    ids.connections = {connections_[ids.session]};
    return ids;
  }
  // A logout can be answered before the login's caller has heard of its session.
  std::set<std::uint64_t> open() {
    std::set<std::uint64_t> out;
    std::ranges::set_difference(open_, ended_, std::inserter(out, out.end()));
    return out;
  }
  void forget() {
    open_.clear();
    ended_.clear();
    recent_.clear();
  }
  bool used_twice = false;

 private:
  std::mutex mutex_;
  std::set<std::uint64_t> ids_, open_, ended_;
  std::map<std::uint64_t, std::uint64_t> connections_;
  std::vector<std::uint64_t> recent_;
};

// One call and how often it was answered.
class Call {
 public:
  wmi::Reply<wmi::BlockAnswer> reply() {
    return [this](Answer answer) {
      const std::scoped_lock lock(mutex_);
      ++times_;
      answer_.emplace(std::move(answer));
      done_.notify_all();
    };
  }
  const Answer& wait() {
    std::unique_lock lock(mutex_);
    if (!done_.wait_for(lock, std::chrono::minutes(2), [this] { return times_ != 0; }))
      std::abort();  // a call that was lost: REQUIRE does not work on this thread
    return *answer_;
  }
  int times() {
    const std::scoped_lock lock(mutex_);
    return times_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable done_;
  std::optional<Answer> answer_;
  int times_ = 0;
};

using StoredKey = std::tuple<std::string, std::uint32_t, std::uint16_t>;  // target, port, socket

// Looked up before the callers start: the test library's checks are for one thread.
using Objects = std::map<const iscsi::Guid16*, wmi::InstanceRef>;

class Caller {
 public:
  // `storing`: callers that wait for the NVRAM, which takes real time. The virtual clock must stand
  // still meanwhile, or their requests time out.
  Caller(lab_test::LabFixture& lab, Ledger& ledger, int number, std::uint64_t adapter,
         std::atomic<int>& storing)
      : lab_(lab), ledger_(ledger), number_(number), adapter_(adapter), storing_(storing) {}

  void run(std::uint64_t seed, const Objects& objects) {
    objects_ = &objects;
    rc::Random random(seed);
    const auto generator = any_command();
    for (int i = 0; i < kCommands; ++i) {
      Command command = generator(random.split(), 100).value();
      if (command.kind <= kLastMethod) {
        call(command);
      } else {
        bench(command);
      }
    }
  }
  [[nodiscard]] const std::set<StoredKey>& stored() const { return stored_; }
  std::vector<std::unique_ptr<Call>> calls;
  std::map<std::string, int> refused;  // how often, by why
  std::size_t accepted = 0;

 private:
  void call(const Command& c) {
    Ids ids = ledger_.some(c.number);
    ids.adapter = adapter_;
    Bytes in = in_block(c, ids, nullptr);
    const bool keeps = c.kind == Kind::save_login || c.kind == Kind::remove_login;
    // Its own records: what is stored of them is then no matter of the order.
    if (c.kind == Kind::save_login)
      own(reinterpret_cast<iscsi::LoginToTarget_IN*>(in.data())->TargetPortal);
    if (c.kind == Kind::remove_login)
      own(reinterpret_cast<iscsi::RemovePersistentLogin_IN*>(in.data())->TargetPortal);
    calls.push_back(std::make_unique<Call>());
    Call& call = *calls.back();
    const int stores = waits_for_fabric(c.kind) ? 0 : 1;
    storing_ += stores;
    lab_.client->call(objects_->at(&class_of(c.kind)), method_id(c.kind), in, 4096, false,
                      call.reply());
    const Answer& answer = call.wait();
    storing_ -= stores;
    if (!answer) {
      ++refused[answer.error().message];
      return;
    }
    std::uint32_t status = 0;
    std::memcpy(&status, answer->data.data(), 4);
    if (status == iscsi::ISDSC_SUCCESS) succeeded(c, ids, answer->data);
    if (keeps && status == iscsi::ISDSC_SUCCESS) note(c);
  }

  void own(iscsi::ISCSI_TargetPortal& portal) const {
    miniport::to_wmi(IpAddress::from_text("192.0.2.10"), portal.Address);
    portal.Socket = static_cast<std::uint16_t>(kFirstSocket + number_);
  }

  void succeeded(const Command& c, const Ids& ids, std::span<const std::uint8_t> out) {
    const auto word = [&](std::size_t offset) {
      std::uint64_t value = 0;
      std::memcpy(&value, out.data() + offset, 8);
      return value;
    };
    if (c.kind == Kind::login) {
      ++accepted;
      ledger_.opened(word(offsetof(iscsi::LoginToTarget_OUT, UniqueSessionId)),
                     word(offsetof(iscsi::LoginToTarget_OUT, UniqueConnectionId)), c.type == 0);
    }
    if (c.kind == Kind::add_connection) {
      ++accepted;
      ledger_.added(word(offsetof(iscsi::AddConnectionToSession_OUT, UniqueConnectionId)));
    }
    if (c.kind == Kind::logout) ledger_.ended(ids.session);
  }

  void note(const Command& c) {
    const std::string target(name_at(c.target).canonical);
    const auto port = port_number(c.port);
    const auto socket = static_cast<std::uint16_t>(kFirstSocket + number_);
    if (c.kind == Kind::save_login) {
      stored_.emplace(target, port, socket);
      return;
    }
    std::erase_if(stored_, [&](const StoredKey& key) {
      return std::get<0>(key) == target && (port == kAny || std::get<1>(key) == port);
    });
  }

  // A part of what the bench can do; resets come between the rounds.
  void bench(const Command& c) {
    const auto& target = targets()[static_cast<std::size_t>(c.target % kTargets)];
    const std::string folder = "fabric/targets/" + std::string(target.name) + '/';
    const auto write = [&](const std::string& path, std::string_view text) {
      (void)lab_.lab->control()->write(path, text);
    };
    switch (c.kind) {
      case Kind::portal_state:
        return write(folder + "portals/" + std::string(target.portals[0].address) + ":3260/state",
                     c.type == 2 ? "up" : "refuse");
      case Kind::refusal:
        return write(folder + "login_refusal", bench_refusal(c));
      case Kind::link:
        return write("adapters/hba0/ports/" + std::to_string(c.number % 2) + "/link",
                     c.type == 2 ? "up" : "down");
      case Kind::disconnect:
        return write(folder + "disconnect", "1");
      case Kind::request_logout:
        return write(folder + "request_logout", "1");
      case Kind::announce_drop:
        return write(folder + "announce_drop", "session 0");
      case Kind::negotiate:
        return write(folder + "request_negotiation", "1");
      case Kind::damage:
        return write(folder + "damage", c.type == 2 ? "header" : "data");
      case Kind::resize:
        return write(folder + "luns/" + std::to_string(bench_unit(c)) + "/blocks",
                     std::to_string(bench_blocks(c)));
      case Kind::nvram_fault:
        return write("adapters/hba0/faults/nvram_write_fails", c.number % 4 == 0 ? "1" : "0");
      case Kind::unit:
        if (c.type == 2) {
          (void)lab_.lab->control()->make_directory(folder + "luns/" +
                                                    std::to_string(bench_unit(c)));
        } else {
          (void)lab_.lab->control()->remove_directory(folder + "luns/" +
                                                      std::to_string(bench_unit(c)));
        }
        return;
      default:
        return;
    }
  }

  lab_test::LabFixture& lab_;
  Ledger& ledger_;
  const int number_;
  const std::uint64_t adapter_;
  std::atomic<int>& storing_;
  const Objects* objects_ = nullptr;
  std::set<StoredKey> stored_;
};

struct Arena : lab_test::LabFixture {
  Arena() : LabFixture(lab_text(12, 256)) {}

  std::span<const std::uint8_t> read(const iscsi::Guid16& guid, Answer& answer) {
    answer = client->query_wait(instance(guid), 4096);
    REQUIRE(answer.has_value());
    return answer->data;
  }
  template <typename Block>
  Block block_at(const iscsi::Guid16& guid, std::size_t index = 0) {
    const auto answer = client->query_wait(instance(guid, index), 4096);
    REQUIRE(answer.has_value());
    return block_of<Block>(answer->data);
  }
  template <typename Block>
  std::vector<Block> all(const iscsi::Guid16& guid) {
    std::vector<Block> out;
    client->query_all(lab->registry()->registrations(wmi::Guid{guid}).front(), 0, [&](auto answer) {
      REQUIRE(answer.has_value());
      for (const auto& one : answer->all.instances) out.push_back(block_of<Block>(one.data));
    });
    return out;
  }

  [[nodiscard]] Objects objects() const {
    Objects out;
    for (int kind = 0; kind <= static_cast<int>(kLastMethod); ++kind) {
      const iscsi::Guid16& guid = class_of(static_cast<Kind>(kind));
      out.emplace(&guid, instance(guid));
    }
    return out;
  }

  // Everything heals, and what is under way comes to its end.
  void settle() {
    control("adapters/hba0/faults/nvram_write_fails", "0");
    for (const auto& target : targets()) {
      const std::string folder = "fabric/targets/" + std::string(target.name) + '/';
      control(folder + "login_refusal", "");
      control(folder + "state", "up");
    }
    control("adapters/hba0/ports/0/link", "up");
    control("adapters/hba0/ports/1/link", "up");
    for (int i = 0; i < 3000; ++i) clock->advance(std::chrono::milliseconds(10));
  }

  void check_sessions(const std::set<std::uint64_t>* expected) {
    Answer answer;
    const auto view = view_of<iscsi::InitiatorSessionInfoView>(
        read(iscsi::MSiSCSI_InitiatorSessionInfoGuid, answer));
    std::set<std::uint64_t> listed;
    std::map<std::string, std::pair<std::size_t, std::size_t>> by_target;
    for (const auto& session : view.sessions) {
      if (session.head->Type == 0) continue;
      CHECK(!session.connections.empty());
      CHECK(listed.insert(session.head->UniqueSessionId).second);
      auto& [sessions, connections] = by_target[text_of(session.head->TargetiSCSIName)];
      ++sessions;
      connections += session.connections.size();
    }
    if (expected != nullptr) CHECK(listed == *expected);
    for (const auto& target : targets()) {
      const auto text =
          lab->control()->read("fabric/targets/" + std::string(target.name) + "/sessions");
      REQUIRE(text.has_value());
      const auto count = [&](std::string_view word) {
        std::size_t found = 0;
        for (auto at = text->find(word); at != std::string::npos; at = text->find(word, at + 1))
          ++found;
        return found;
      };
      const auto& [sessions, connections] = by_target[std::string(target.name)];
      CHECK(count("isid=") == sessions);
      CHECK(count("isid=") + count(",") == connections);
    }
  }

  void check_counters(std::size_t acknowledged) {
    const auto logins = block_at<iscsi::MSiSCSI_InitiatorLoginStatistics>(
        iscsi::MSiSCSI_InitiatorLoginStatisticsGuid);
    CHECK(logins.LoginAcceptRsps >= acknowledged);
    CHECK(logins.LoginFailures >= logins.LoginOtherFailRsps + logins.LoginAuthFailRsps +
                                      logins.LoginAuthenticateFails + logins.LoginNegotiateFails);
    CHECK(logins.LogoutOtherCodes == 0);
    const auto failures = block_at<iscsi::MSiSCSI_InitiatorInstanceStatistics>(
        iscsi::MSiSCSI_InitiatorInstanceStatisticsGuid);
    CHECK(failures.SessionFailureCount == failures.SessionDigestErrorCount +
                                              failures.SessionConnectionTimeoutErrorCount +
                                              failures.SessionFormatErrorCount);
    const auto sessions =
        all<iscsi::MSiSCSI_SessionStatistics>(iscsi::MSiSCSI_SessionStatisticsGuid);
    const auto connections =
        all<iscsi::MSiSCSI_ConnectionStatistics>(iscsi::MSiSCSI_ConnectionStatisticsGuid);
    std::uint64_t sent = 0, received = 0, failed = 0;
    for (const auto& session : sessions) {
      std::uint64_t below = 0;
      for (const auto& connection : connections) {
        if (connection.USID == session.USID) below += connection.BytesSent;
      }
      CHECK(below <= session.BytesSent);
      sent += session.BytesSent;
      received += session.BytesReceived;
      failed += session.ConnectionTimeoutErrors + session.DigestErrors + session.FormatErrors;
    }
    CHECK(failed <= failures.SessionFailureCount);
    std::uint64_t ports_sent = 0, ports_received = 0;
    for (std::size_t i = 0; i < kPorts; ++i) {
      const auto port =
          block_at<iscsi::MSiSCSI_NICPerformance>(iscsi::MSiSCSI_NICPerformanceGuid, i);
      ports_sent += port.BytesTransmitted;
      ports_received += port.BytesReceived;
    }
    CHECK(sent <= ports_sent);
    CHECK(received <= ports_received);
  }

  std::set<StoredKey> stored() {
    Answer answer;
    std::set<StoredKey> out;
    const auto view =
        view_of<iscsi::PersistentLoginsView>(read(iscsi::MSiSCSI_PersistentLoginsGuid, answer));
    for (const auto& login : view.logins) {
      const IscsiName name(*iscsi::read_fixed_string(login.head->TargetName, ""));
      CHECK(out.emplace(name.canonical(), login.head->InitiatorPortNumber.value(),
                        login.head->TargetPortal.Socket.value())
                .second);
    }
    return out;
  }
};

}  // namespace

TEST_CASE("eight callers at once leave an adapter in order") {
  Arena lab;
  Ledger ledger;
  const auto adapter =
      lab.block_at<iscsi::MSiSCSI_HBAInformation>(iscsi::MSiSCSI_HBAInformationGuid)
          .UniqueAdapterId.value();
  std::atomic<int> storing = 0;
  std::vector<std::unique_ptr<Caller>> callers;
  for (int i = 0; i < kCallers; ++i)
    callers.push_back(std::make_unique<Caller>(lab, ledger, i, adapter, storing));
  std::uint64_t seed = rc::detail::configuration().testParams.seed;
  for (int round = 0; round < kRounds; ++round) {
    INFO("round " << round << ", seed " << seed);
    std::atomic<int> running = kCallers;
    const Objects objects = lab.objects();
    std::vector<std::thread> threads;
    for (auto& caller : callers) {
      threads.emplace_back([&running, &caller, &objects, one = ++seed] {
        caller->run(one, objects);
        --running;
      });
    }
    std::thread time([&] {
      while (running > 0) {
        if (storing == 0) lab.clock->advance(std::chrono::milliseconds(10));
        std::this_thread::yield();
      }
    });
    for (auto& thread : threads) thread.join();
    time.join();
    lab.settle();
    std::set<StoredKey> expected;
    std::size_t calls = 0, accepted = 0;
    for (const auto& caller : callers) {
      expected.insert(caller->stored().begin(), caller->stored().end());
      for (const auto& [why, times] : caller->refused) FAIL_CHECK(times << " times: " << why);
      CHECK(
          std::ranges::all_of(caller->calls, [](const auto& call) { return call->times() == 1; }));
      calls += std::exchange(caller->calls, {}).size();
      accepted += std::exchange(caller->accepted, 0);
    }
    CHECK(calls > kCallers * kCommands / 2);
    CHECK_FALSE(ledger.used_twice);
    CHECK(lab.lab->control()->read("adapters/hba0/pending").value_or("").starts_with("0"));
    const auto open = ledger.open();
    lab.check_sessions(round == 0 ? &open : nullptr);
    lab.check_counters(accepted);
    CHECK(lab.stored() == expected);
    lab.reset();
    lab.settle();
    ledger.forget();
    lab.check_sessions(nullptr);
    lab.restart();
    CHECK(lab.stored() == expected);
  }
}
