// What every class and every method of the built-in miniport has in common, through the whole
// request path.
#include <set>

#include "hba-sim/include/wmistr.h"
#include "hba-sim/miniport/classes.hpp"
#include "lab_support.hpp"
#include "wmi-model/codec.hpp"
#include "wmi-model/mof.hpp"

using namespace hbalab;
using namespace hbalab::lab_test;

namespace {

std::unique_ptr<wmi::WmiRequest> submit(const wmi::InstanceRef& instance, wmi::MinorFunction minor,
                                        wmi::WnodeBuffer buffer) {
  auto slot = std::make_shared<std::unique_ptr<wmi::WmiRequest>>();
  auto request = std::make_unique<wmi::WmiRequest>();
  request->minor = minor;
  request->data_path = instance.guid;
  request->buffer = std::move(buffer);
  request->on_complete = [slot](std::unique_ptr<wmi::WmiRequest> done) { *slot = std::move(done); };
  instance.provider->submit(std::move(request));
  REQUIRE(*slot != nullptr);
  return std::move(*slot);
}

// Three logins stored, one session with two units up.
struct FilledLab : LabFixture {
  FilledLab() {
    CHECK(save({}) == iscsi::ISDSC_SUCCESS);
    CHECK(save({.port = 1,
                .address = "2001:db8::10",
                .auth_type = 1,
                .username = "operator",
                .password = "twelve-bytes"}) == iscsi::ISDSC_SUCCESS);
    CHECK(save({.target = std::string(kDead), .address = "text:array.example"}) ==
          iscsi::ISDSC_SUCCESS);
    log_in({});
  }
  std::vector<wmi::InstanceRef> everything() const {
    std::vector<wmi::InstanceRef> all;
    std::set<std::string> seen;
    for (const auto& registration : lab->registry()->registrations()) {
      if (!seen.insert(registration.guid.guid.to_string()).second) continue;
      auto refs = client->instances_wait(registration.guid.guid);
      REQUIRE(refs.has_value());
      std::ranges::move(*refs, std::back_inserter(all));
    }
    return all;
  }
};

}  // namespace

TEST_CASE("every block answers at every buffer size by the WNODE_TOO_SMALL protocol") {
  FilledLab lab;
  const auto all = lab.everything();
  // Two adapters with every class but those of IPsec, two logical units; the classes of sessions
  // and connections have one instance each.
  REQUIRE(all.size() >= 2 * (miniport::adapter_classes().size() - 2 - 3) + 3 + 2);
  for (const auto& ref : all) {
    const auto* cls = wmi::builtin_schema()->find(ref.guid);
    REQUIRE(cls != nullptr);
    INFO(cls->name << " of " << ref.provider->device_instance());
    std::optional<std::expected<std::size_t, wmi::WmiError>> size;
    lab.client->query_size(ref, [&](auto answer) { size = std::move(answer); });
    REQUIRE(size.has_value());
    REQUIRE(size->has_value());
    const auto reference = lab.client->query_wait(ref, **size);
    REQUIRE(reference.has_value());
    REQUIRE(reference->data.size() == **size);
    std::optional<std::uint32_t> needed;
    bool fitted = false;
    for (std::size_t room = 0; room <= **size + 8; ++room) {
      auto buffer = wmi::pack_query_single(ref.guid, ref.key, room);
      const auto capacity = buffer.capacity();
      const auto done = submit(ref, wmi::MinorFunction::query_single_instance, std::move(buffer));
      if (done->status != NtStatus::success) FAIL("room " << room);
      const auto answer = done->buffer.bytes().first(done->information);
      if (const auto more = wmi::too_small(answer)) {
        if (done->information != sizeof(WNODE_TOO_SMALL) || *more <= capacity || fitted ||
            (needed && *needed != *more)) {
          FAIL("room " << room << ": asked for " << *more << " of " << capacity);
        }
        needed = *more;
        continue;
      }
      fitted = true;
      const auto data = wmi::unpack_single(answer);
      if (needed && (capacity < *needed || done->information != *needed)) {
        FAIL("room " << room << ": used " << done->information << " of " << *needed);
      }
      if (!data || !std::ranges::equal(*data, reference->data)) FAIL("room " << room);
    }
    CHECK(fitted);
    CHECK(needed.has_value() == (**size > 0));
  }
}

TEST_CASE("every block decodes by its class and encodes to the same bytes") {
  FilledLab lab;
  for (const auto& ref : lab.everything()) {
    const auto* cls = wmi::builtin_schema()->find(ref.guid);
    REQUIRE(cls != nullptr);
    INFO(cls->name << " of " << ref.provider->device_instance());
    if (cls->kind != wmi::ClassKind::data_block) continue;
    const auto answer = lab.client->query_wait(ref, 0);
    REQUIRE(answer.has_value());
    const auto decoded = wmi::decode(wmi::shape_of(*cls), answer->data);
    INFO((decoded ? std::string() : decoded.error().to_string()));
    REQUIRE(decoded.has_value());
    const auto encoded = wmi::encode(wmi::shape_of(*cls), *decoded);
    REQUIRE(encoded.has_value());
    CHECK(std::ranges::equal(*encoded, answer->data));
  }
}

TEST_CASE("what does not exist and what cannot be written has its own status") {
  FilledLab lab;
  wmi::Guid unknown;
  unknown.bytes.fill(0x5A);
  for (const auto& ref : lab.everything()) {
    INFO(ref.guid.to_string() << " of " << ref.provider->device_instance());
    const auto query = [&](const wmi::Guid& guid, std::uint32_t index) {
      const auto answer = lab.client->query_wait({ref.provider, guid, {index, {}}}, 4096);
      REQUIRE(!answer.has_value());
      return answer.error().status;
    };
    CHECK(query(unknown, 0) == NtStatus::wmi_guid_not_found);
    CHECK(query(ref.guid, 1000) == NtStatus::wmi_instance_not_found);
    CHECK(query(ref.guid, 0xFFFFFFFEu) == NtStatus::wmi_instance_not_found);

    const auto* cls = wmi::builtin_schema()->find(ref.guid);
    REQUIRE(cls != nullptr);
    if (std::ranges::any_of(cls->properties, &wmi::Property::writable)) continue;
    const Bytes zeros(64);
    const auto before = lab.client->query_wait(ref, 4096);
    REQUIRE(before.has_value());
    const auto single = submit(ref, wmi::MinorFunction::change_single_instance,
                               wmi::pack_set_single(ref.guid, ref.key, zeros));
    const auto item = submit(ref, wmi::MinorFunction::change_single_item,
                             wmi::pack_set_item(ref.guid, ref.key, 1, zeros));
    // The library of SCSI port drivers has one status for a driver without a routine that sets.
    const bool of_lun = ref.guid == wmi::Guid{iscsi::MSiSCSI_LUNMappingInformationGuid};
    const auto refused = of_lun ? NtStatus::io_device_error : NtStatus::invalid_device_request;
    CHECK(single->status == refused);
    CHECK(item->status == refused);
    const auto after = lab.client->query_wait(ref, 4096);
    REQUIRE(after.has_value());
    CHECK(std::ranges::equal(before->data, after->data));
  }
}

TEST_CASE("methods that the adapter does not implement all look the same") {
  FilledLab lab;
  std::set<std::uint32_t> served;
  for (const Method method : {Method::LoginToTarget, Method::LogoutFromTarget, Method::SendTargets,
                              Method::RemovePersistentLogin, Method::AddConnectionToSession,
                              Method::RemoveConnectionFromSession, Method::ScsiInquiry,
                              Method::ScsiReadCapacity, Method::ScsiReportLuns}) {
    served.insert(static_cast<std::uint32_t>(method));
  }
  // The others refuse noise as malformed, which looks the same as well.
  const Bytes noise(4096, 0xA5);
  for (std::uint32_t id = 0; id < 256; ++id) {
    INFO("method " << id);
    for (const std::size_t size : {std::size_t{0}, std::size_t{8}, noise.size()}) {
      const auto answer =
          lab.client->call_wait(lab.operations(), id, std::span(noise).first(size), 4096);
      // Served ones refuse what is no IN block of theirs: noise has odd string counts.
      if (served.contains(id) && size == 8) continue;  // a session id that does not exist
      if (served.contains(id) && size == noise.size() && answer) {
        CHECK(status_of(answer) == iscsi::ISDSC_INVALID_SESSION_ID);
        continue;
      }
      REQUIRE(!answer.has_value());
      CHECK(answer.error().status == NtStatus::invalid_device_request);
    }
  }
  CHECK(lab.logins() == 3);
  CHECK(lab.sessions() == 1);
  // A class without methods has none.
  const auto answer =
      lab.client->call_wait(lab.instance(iscsi::MSiSCSI_HBAInformationGuid),
                            static_cast<std::uint32_t>(Method::LoginToTarget), login_in({}), 64);
  REQUIRE(!answer.has_value());
  CHECK(answer.error().status == NtStatus::invalid_device_request);
}
