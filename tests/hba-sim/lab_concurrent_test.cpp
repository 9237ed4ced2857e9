// Many callers on one adapter while it is reset and its logical units come and go.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include "lab_support.hpp"

using namespace hbalab;
using namespace hbalab::lab_test;

namespace {

constexpr int kCallers = 16;
constexpr int kRounds = 60;

struct Tally {
  std::atomic<std::uint64_t> answered = 0, served = 0;
};

// Waits for an answer that another thread's clock may bring.
class Slot {
 public:
  wmi::Reply<wmi::BlockAnswer> reply() {
    return [this](Answer answer) {
      const std::scoped_lock lock(mutex_);
      answer_.emplace(std::move(answer));
      done_.notify_all();
    };
  }
  Answer wait() {
    std::unique_lock lock(mutex_);
    if (!done_.wait_for(lock, std::chrono::minutes(2), [this] { return answer_.has_value(); })) {
      std::abort();  // a request that never ends: REQUIRE does not work on this thread
    }
    return std::move(*answer_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable done_;
  std::optional<Answer> answer_;  // guarded by mutex_
};

// What a request may end with while its adapter is being reset.
bool expected_failure(NtStatus status) {
  return status == NtStatus::device_busy || status == NtStatus::io_device_error ||
         status == NtStatus::no_such_device || status == NtStatus::cancelled ||
         status == NtStatus::io_timeout || status == NtStatus::wmi_guid_not_found;
}

void caller(LabFixture& lab, const wmi::InstanceRef& operations, int number, Tally& tally,
            std::atomic<int>& bad) {
  std::mt19937 random(static_cast<unsigned>(number));
  const auto socket = static_cast<std::uint16_t>(6000 + number);
  int round = 0;
  const auto call = [&](Method method, const Bytes& in, bool cancel = false) {
    Slot slot;
    auto pending = lab.client->call(operations, static_cast<std::uint32_t>(method), in, 64, false,
                                    slot.reply());
    if (cancel) pending.cancel();
    Answer answer = slot.wait();
    ++tally.answered;
    if (answer) {
      ++tally.served;
    } else if (!expected_failure(answer.error().status)) {
      ++bad;
    }
    if (!answer && answer.error().status == NtStatus::device_busy) {
      // Under way to its next life: others get the processor, and this round does not count.
      --round;
      std::this_thread::yield();
    }
    return answer;
  };
  for (; round < kRounds; ++round) {
    switch (random() % 5) {
      case 0:
        call(Method::LoginToTarget, login_in({.socket = socket}), random() % 4 == 0);
        break;
      case 1:
        call(Method::RemovePersistentLogin, remove_in(kDisk, 0xFFFFFFFFu, "192.0.2.10", socket));
        break;
      case 2: {
        const auto answer = call(Method::LoginToTarget, login_in({.port = 0, .persistent = false}),
                                 random() % 4 == 0);
        std::uint64_t session = 0;
        if (answer && answer->data.size() == iscsi::LoginToTarget_OUT_SIZE) {
          std::memcpy(&session, answer->data.data() + 8, 8);
          call(Method::LogoutFromTarget, session_in(session));
        }
        break;
      }
      default: {
        const iscsi::Guid16* guids[] = {&iscsi::MSiSCSI_PersistentLoginsGuid,
                                        &iscsi::MSiSCSI_InitiatorSessionInfoGuid,
                                        &iscsi::MSiSCSI_TargetMappingsGuid};
        Slot slot;
        lab.client->query({operations.provider, wmi::Guid{*guids[random() % 3]}, {}}, 0,
                          slot.reply());
        const Answer answer = slot.wait();
        ++tally.answered;
        if (answer) ++tally.served;
        if (!answer && !expected_failure(answer.error().status)) ++bad;
        for (const auto& unit : lab.lab->registry()->static_instances(
                 wmi::Guid{iscsi::MSiSCSI_LUNMappingInformationGuid})) {
          Slot unit_slot;
          lab.client->query(unit, 64, unit_slot.reply());
          const Answer mapping = unit_slot.wait();
          if (!mapping && !expected_failure(mapping.error().status)) ++bad;
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("many callers, resets and logical units that come and go") {
  LabFixture lab;
  lab.client->lend_threads(GENERATE(0u, kCallers / 2u));
  CHECK(lab.save({.target = "iqn.2026-01.org.example:disk2", .address = "192.0.2.12"}) ==
        iscsi::ISDSC_SUCCESS);
  const auto operations = lab.operations();
  Tally tally;
  std::atomic<int> bad = 0;
  std::atomic<int> running = kCallers;
  std::atomic<std::uint64_t> resets = 0;
  std::vector<std::thread> threads;
  for (int number = 0; number < kCallers; ++number) {
    threads.emplace_back([&, number] {
      caller(lab, operations, number, tally, bad);
      --running;
    });
  }
  std::thread time([&] {
    while (running > 0) {
      lab.clock->advance(std::chrono::milliseconds(1));
      std::this_thread::yield();
    }
  });
  std::thread resetter([&] {
    const auto control = lab.lab->control();
    const std::string link = "adapters/hba0/ports/0/link";
    do {
      if (!control->write("adapters/hba0/reset", "1")) ++bad;
      if (!control->write(link, "down") || !control->write(link, "up")) ++bad;
      ++resets;
      // Between two resets the adapter gets something done.
      const std::uint64_t enough = tally.served + 50;
      while (running > 0 && tally.served < enough) std::this_thread::yield();
    } while (running > 0);
  });
  for (auto& thread : threads) thread.join();
  time.join();
  resetter.join();
  CHECK(bad == 0);
  INFO(tally.answered << " answered, " << tally.served << " served, " << resets << " resets");
  CHECK(tally.answered >= kCallers * kRounds);
  CHECK(tally.served > kCallers * kRounds / 4);
  CHECK(resets > 1);
  CHECK(lab.lab->control()->read("adapters/hba0/pending").value_or("").starts_with("0"));
  lab.reset();
  lab.pass(15'000);
  CHECK(lab.logins() <= 1 + kCallers);
  CHECK(lab.sessions() >= 1);
  // A removal with a wildcard waits for every unfinished change of its target, also for those whose
  // callers did not wait for them. Then what is seen is what is stored.
  const auto settled = lab.remove(remove_in(kDisk, 1));
  CHECK((settled == iscsi::ISDSC_INVALID_PORT_NUMBER || settled == iscsi::ISDSC_TARGET_NOT_FOUND));
  const std::uint32_t logins = lab.logins();
  lab.restart();
  CHECK(lab.logins() == logins);
}
