// MSiSCSI_HBASessionConfig through the WMI request path.
#include "hba-sim/miniport/classes.hpp"
#include "lab_support.hpp"

namespace hbalab::lab_test {
namespace {

using Block = iscsi::MSiSCSI_HBASessionConfig;

struct ConfigLab : LabFixture {
  using LabFixture::LabFixture;
  [[nodiscard]] wmi::InstanceRef ref() const {
    return instance(iscsi::MSiSCSI_HBASessionConfigGuid);
  }
  Block now() {
    const Bytes bytes = block(iscsi::MSiSCSI_HBASessionConfigGuid);
    Block out{};
    REQUIRE(bytes.size() == sizeof out);
    std::memcpy(&out, bytes.data(), sizeof out);
    return out;
  }
  NtStatus set(const Block& wanted) {
    Bytes bytes(sizeof wanted);
    std::memcpy(bytes.data(), &wanted, sizeof wanted);
    return set_bytes(bytes);
  }
  NtStatus set_bytes(const Bytes& bytes) {
    std::optional<NtStatus> status;
    client->set(ref(), bytes, [&](std::expected<void, wmi::WmiError> done) {
      status = done ? NtStatus::success : done.error().status;
    });
    while (!status) ref().provider->help();
    return *status;
  }
  NtStatus set_item(std::uint32_t item, std::uint32_t value, std::size_t size = 4) {
    Bytes bytes(4);
    std::memcpy(bytes.data(), &value, 4);
    bytes.resize(size);
    const auto done = client->set_item_wait(ref(), item, bytes);
    return done ? NtStatus::success : done.error().status;
  }
  // Members set by callers none of whom waits for another's answer.
  void set_items_at_once(std::span<const std::pair<std::uint32_t, std::uint32_t>> items) {
    std::size_t done = 0;
    for (const auto& [item, value] : items) {
      Bytes bytes(4);
      std::memcpy(bytes.data(), &value, 4);
      client->set_item(ref(), item, bytes, [&done](std::expected<void, wmi::WmiError> result) {
        CHECK(result.has_value());
        ++done;
      });
    }
    while (done < items.size()) ref().provider->help();
  }
  iscsi::ISCSI_SessionStaticInfo first_session() {
    const Bytes bytes = block(iscsi::MSiSCSI_InitiatorSessionInfoGuid);
    iscsi::ISCSI_SessionStaticInfo out{};
    const auto at = iscsi::initiator_session_info_size().size();
    REQUIRE(bytes.size() >= at + sizeof out);
    std::memcpy(&out, bytes.data() + at, sizeof out);
    return out;
  }
};

}  // namespace

TEST_CASE("later logins negotiate from what was set, sessions keep what they have") {
  ConfigLab lab;
  CHECK(lab.now().MaxBurstLength == 262144);
  lab.log_in({});
  CHECK(lab.first_session().MaxBurstLength == 262144);
  Block wanted = lab.now();
  wanted.InitialR2T = 1;
  wanted.ImmediateData = 0;
  wanted.MaxRecvDataSegmentLength = 8192;
  wanted.MaxBurstLength = 65536;
  wanted.FirstBurstLength = 4096;
  wanted.MaxOutstandingR2T = 3;
  REQUIRE(lab.set(wanted) == NtStatus::success);
  CHECK(lab.first_session().MaxBurstLength == 262144);
  REQUIRE(status_of(
              lab.run(Method::LogoutFromTarget, session_in(lab.first_session().UniqueSessionId))) ==
          iscsi::ISDSC_SUCCESS);
  lab.log_in({});
  const auto session = lab.first_session();
  CHECK(session.InitialR2t == 1);
  CHECK(session.ImmediateData == 0);
  CHECK(session.MaxBurstLength == 65536);
  CHECK(session.FirstBurstLength == 4096);
}

TEST_CASE("one member is set by its WmiDataId and nothing else changes") {
  ConfigLab lab;
  const Block before = lab.now();
  REQUIRE(lab.set_item(4, 100000) == NtStatus::success);
  Block wanted = before;
  wanted.MaxBurstLength = 100000;
  const Block after = lab.now();
  CHECK(std::memcmp(&after, &wanted, sizeof wanted) == 0);
  CHECK(lab.set_item(1, 1, 1) == NtStatus::success);
  CHECK(lab.now().InitialR2T == 1);
  CHECK(lab.set_item(0, 1) == NtStatus::invalid_device_request);
  CHECK(lab.set_item(7, 1) == NtStatus::invalid_device_request);
  CHECK(lab.set_item(1, 1, 2) == NtStatus::invalid_device_request);
}

TEST_CASE("members that several callers set at once do not undo each other") {
  ConfigLab lab;
  const std::pair<std::uint32_t, std::uint32_t> items[] = {
      {3, 8192}, {4, 100000}, {5, 4096}, {6, 7}};
  lab.set_items_at_once(items);
  const Block after = lab.now();
  CHECK(after.MaxRecvDataSegmentLength == 8192);
  CHECK(after.MaxBurstLength == 100000);
  CHECK(after.FirstBurstLength == 4096);
  CHECK(after.MaxOutstandingR2T == 7);
}

TEST_CASE("what a login cannot offer is refused, and nothing changes") {
  ConfigLab lab;
  const Block before = lab.now();
  const auto refused = [&](auto change) {
    Block wanted = before;
    change(wanted);
    CHECK(lab.set(wanted) == NtStatus::invalid_device_request);
    const Block after = lab.now();
    CHECK(std::memcmp(&after, &before, sizeof before) == 0);
  };
  refused([](Block& b) { b.MaxRecvDataSegmentLength = 511; });
  refused([](Block& b) { b.MaxRecvDataSegmentLength = 16777216; });
  refused([](Block& b) { b.MaxBurstLength = 511; });
  refused([](Block& b) { b.MaxBurstLength = 16777216; });
  refused([](Block& b) { b.FirstBurstLength = 511; });
  refused([](Block& b) { b.FirstBurstLength = 262145; });  // longer than a burst
  refused([](Block& b) { b.MaxOutstandingR2T = 0; });
  refused([](Block& b) { b.MaxOutstandingR2T = 65536; });
  CHECK(lab.set_bytes(Bytes(19)) == NtStatus::invalid_device_request);
  CHECK(lab.set_bytes({}) == NtStatus::invalid_device_request);
}

TEST_CASE("what was set survives a reset and a power cut, and needs the NVRAM") {
  ConfigLab lab;
  REQUIRE(lab.set_item(6, 5) == NtStatus::success);
  lab.reset();
  CHECK(lab.now().MaxOutstandingR2T == 5);
  lab.restart();
  CHECK(lab.now().MaxOutstandingR2T == 5);
  lab.control("adapters/hba0/faults/nvram_write_fails", "1");
  CHECK(lab.set_item(6, 6) == NtStatus::io_device_error);
  CHECK(lab.now().MaxOutstandingR2T == 5);
  lab.control("adapters/hba0/faults/nvram_write_fails", "0");
  CHECK(lab.set_item(6, 6) == NtStatus::success);
  CHECK(lab.now().MaxOutstandingR2T == 6);
}

}  // namespace hbalab::lab_test
