// Answers that grow between the pass that asks for the size and the one that fetches.
#include <functional>

#include "lab_poison_support.hpp"

namespace hbalab::lab_test {
namespace {

// The adapter's device, to whose state something happens before every pass.
class Growing final : public wmi::WmiProvider {
 public:
  Growing(std::shared_ptr<wmi::WmiProvider> device, std::function<void()> grow)
      : device_(std::move(device)), grow_(std::move(grow)) {}

  const std::string& device_instance() const override { return device_->device_instance(); }
  const std::string& friendly_name() const override { return device_->friendly_name(); }
  wmi::RequestId submit(std::unique_ptr<wmi::WmiRequest> request) override {
    ++passes;
    grow_();
    return device_->submit(std::move(request));
  }
  void cancel(wmi::RequestId id) override { device_->cancel(id); }
  bool help() override { return device_->help(); }

  int passes = 0;

 private:
  std::shared_ptr<wmi::WmiProvider> device_;
  std::function<void()> grow_;
};

struct GrowingLab : LabFixture {
  // Asks as a consumer who knows nothing yet; growth: what happens before each pass.
  int passes(const wmi::InstanceRef& ref, const std::function<void()>& grow) {
    auto growing = std::make_shared<Growing>(ref.provider, grow);
    const auto answer = client->query_wait({growing, ref.guid, ref.key}, 0);
    REQUIRE(answer.has_value());
    const auto now = client->query_wait(ref, 1 << 20);
    REQUIRE(now.has_value());
    CHECK(std::ranges::equal(answer->data, now->data));  // nothing older than its own pass
    return growing->passes;
  }
  void save_another() {
    const std::string name = "iqn.2026-01.org.example:saved" + std::to_string(++saved_);
    CHECK(save({.target = name}) == iscsi::ISDSC_SUCCESS);
  }
  void open_another() { log_in({.target = "", .session_type = 0}); }

 private:
  int saved_ = 0;
};

}  // namespace

TEST_CASE("a driver tells the size of now, also to who comes back with that of before") {
  GrowingLab lab;
  const auto ref = lab.instance(iscsi::MSiSCSI_PersistentLoginsGuid);
  std::uint32_t told = 0;
  for (int pass = 0; pass < 3; ++pass) {
    const std::size_t room = pass == 0 ? 0 : told;
    const auto [answer, overhead] = query(lab, ref, room, 0);
    if (pass == 0) {
      CHECK(answer.needed == overhead + lab.block(iscsi::MSiSCSI_PersistentLoginsGuid).size());
    } else {
      REQUIRE(answer.needed);
      CHECK(*answer.needed > told + overhead);
    }
    told = *answer.needed - static_cast<std::uint32_t>(overhead);
    lab.save_another();
  }
  // Once nothing changes, the size that was told is enough.
  const auto [again, overhead] = query(lab, ref, told, 0);
  const auto [fetched, same] =
      query(lab, ref, *again.needed - static_cast<std::uint32_t>(overhead), 0);
  CHECK(data_of(fetched) == lab.block(iscsi::MSiSCSI_PersistentLoginsGuid));
}

TEST_CASE("a query that grows by a login or a session before each pass is refused once") {
  GrowingLab lab;
  CHECK(lab.passes(lab.instance(iscsi::MSiSCSI_PersistentLoginsGuid),
                   [&lab] { lab.save_another(); }) == 2);
  for (const auto* guid :
       {&iscsi::MSiSCSI_InitiatorSessionInfoGuid, &iscsi::MSiSCSI_QueryLBPolicyGuid,
        &iscsi::MSiSCSI_RedirectPortalInfoClassGuid}) {
    CHECK(lab.passes(lab.instance(*guid), [&lab] { lab.open_another(); }) == 2);
  }
}

TEST_CASE("a query that grows by leaps is fetched all the same") {
  GrowingLab lab;
  const int passes = lab.passes(lab.instance(iscsi::MSiSCSI_PersistentLoginsGuid), [&lab] {
    for (int i = 0; i < 6; ++i) lab.save_another();
  });
  CHECK(passes > 2);
  CHECK(passes < 6);
}

}  // namespace hbalab::lab_test
