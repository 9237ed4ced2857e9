// Every byte of every block is written, whatever was in the buffer before.
#include "lab_poison_support.hpp"
#include "lab_security_support.hpp"

namespace hbalab::lab_test {
namespace {

constexpr std::uint8_t kPoisons[] = {0xAA, 0x55};

// Something in every list: stored logins, a session with two connections, servers, keys, a boot
// target, discovered targets.
struct FullLab : SecurityLab {
  FullLab() {
    CHECK(save({.username = "operator", .password = "twelve-bytes"}) == iscsi::ISDSC_SUCCESS);
    CHECK(save({.target = std::string(kSecure), .address = "text:array.example"}) ==
          iscsi::ISDSC_SUCCESS);
    CHECK(status(Method::SetCHAPSharedSecret, counted_in("target-secret")) == 0);
    CHECK(status(Method::SetRADIUSSharedSecret, counted_in("odd")) == 0);
    CHECK(status(Method::AddRADIUSServer, address_in("2001:db8::70")) == 0);
    CHECK(status(Method::AddiSNSServer, name_in("isns.example")) == 0);
    CHECK(set_item(iscsi::MSiSCSI_BootConfigurationGuid, 10, bytes("odd")) == NtStatus::success);
    log_in({.max_connections = 2});
    log_in({.target = "", .session_type = 0});
  }
};

}  // namespace

TEST_CASE("every byte of a block is the same over whatever was in the buffer") {
  FullLab lab;
  const auto all = every_instance(lab);
  REQUIRE(all.size() > 50);
  for (const auto& ref : all) {
    INFO(class_of(ref).name << " of " << ref.provider->device_instance());
    const auto reference = lab.client->query_wait(ref, 0);
    REQUIRE(reference.has_value());
    const std::size_t size = reference->data.size();
    for (std::size_t extra = 0; extra <= 8; ++extra) {
      for (const std::uint8_t poison : kPoisons) {
        const auto [answer, overhead] = query(lab, ref, size + extra, poison);
        if (!std::ranges::equal(data_of(answer), reference->data))
          FAIL(extra << " bytes more than are needed");
        if (answer.wnode.size() != overhead + size) FAIL("used " << answer.wnode.size());
      }
    }
    if (size == 0) continue;
    const auto [refused, overhead] = query(lab, ref, size - 1, kPoisons[0]);
    CHECK(refused.status == NtStatus::success);
    CHECK(refused.needed == overhead + size);
  }
}

TEST_CASE("every byte of all instances of a class is written, between them too") {
  FullLab lab;
  for (const auto& registration : lab.lab->registry()->registrations()) {
    const wmi::InstanceRef ref{registration.provider, registration.guid.guid, {}};
    INFO(class_of(ref).name << " of " << ref.provider->device_instance());
    const auto ask = [&](std::size_t room, std::uint8_t poison) {
      auto buffer = wmi::pack_query_all(ref.guid, room);
      const std::size_t used = buffer.capacity() - room;
      return exchange(lab, ref, wmi::MinorFunction::query_all_data, std::move(buffer), used,
                      poison);
    };
    const auto first = ask(1 << 16, kPoisons[0]);
    const auto second = ask(1 << 16, kPoisons[1]);
    CHECK(first.status == NtStatus::success);
    CHECK(!first.needed);
    REQUIRE(first.wnode.size() == second.wnode.size());
    const auto different = std::ranges::mismatch(first.wnode, second.wnode);
    if (different.in1 != first.wnode.end())
      FAIL_CHECK("byte " << different.in1 - first.wnode.begin() << " was not written");
    CHECK(wmi::unpack_all_data(first.wnode).has_value());
  }
}

}  // namespace hbalab::lab_test
