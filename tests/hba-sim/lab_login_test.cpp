// Persistent logins through MSiSCSI_Operations: what is saved, replaced and removed, which status
// says why not, and that a refused call changes nothing.
#include <atomic>
#include <thread>

#include "iscsiop/enums.hpp"
#include "iscsiop/views.hpp"
#include "lab_support.hpp"

using namespace hbalab;
using namespace hbalab::lab_test;

namespace {

struct Stored {
  std::uint32_t port;
  std::u16string target;
  std::uint64_t security_flags;
};

std::vector<Stored> stored(LabFixture& lab) {
  const Bytes block = lab.block(iscsi::MSiSCSI_PersistentLoginsGuid);
  const auto view = iscsi::view<iscsi::PersistentLoginsView>(block);
  REQUIRE(view.has_value());
  std::vector<Stored> all;
  for (const auto& login : view->logins) {
    const auto name = iscsi::read_fixed_string(login.head->TargetName, "TargetName");
    REQUIRE(name.has_value());
    all.push_back({login.head->InitiatorPortNumber, *name, login.head->SecurityFlags});
  }
  return all;
}

NtStatus refusal(const Answer& answer) {
  REQUIRE(!answer.has_value());
  return answer.error().status;
}

}  // namespace

TEST_CASE("LoginToTarget with PersistentLogin saves and does not log in") {
  LabFixture lab;
  const auto answer = lab.call(Method::LoginToTarget, login_in({.security_flags = 2}));
  CHECK(status_of(answer) == iscsi::ISDSC_SUCCESS);
  CHECK(answer->data.size() == iscsi::LoginToTarget_OUT_SIZE);
  lab.pass(6000);
  CHECK(lab.logins() == 1);
  CHECK(lab.sessions() == 0);
  lab.restart();
  CHECK(lab.logins() == 1);
}

TEST_CASE("a stored login shows the IPv6 flow and scope that it was given, and is found without") {
  LabFixture lab;
  Bytes in = login_in({.port = 0, .address = "fe80::10"});
  auto& address = reinterpret_cast<iscsi::LoginToTarget_IN*>(in.data())->TargetPortal.Address;
  address.IpV6FlowInfo = 0x000ABCDE;
  address.IpV6ScopeId = 5;
  REQUIRE(status_of(lab.call(Method::LoginToTarget, in)) == iscsi::ISDSC_SUCCESS);
  for (const bool restarted : {false, true}) {
    if (restarted) lab.restart();
    const Bytes block = lab.block(iscsi::MSiSCSI_PersistentLoginsGuid);
    const auto view = iscsi::view<iscsi::PersistentLoginsView>(block);
    REQUIRE(view.has_value());
    REQUIRE(view->logins.size() == 1);
    const auto first = view->logins.begin();
    const auto& shown = first->head->TargetPortal.Address;
    CHECK(shown.IpV6FlowInfo == 0x000ABCDE);
    CHECK(shown.IpV6ScopeId == 5);
  }
  CHECK(lab.remove(remove_in(kDisk, 0, "fe80::10%5")) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.logins() == 0);
}

TEST_CASE("the same port, target and portal replaces, however they are written") {
  LabFixture lab;
  CHECK(lab.save({.port = 0}) == iscsi::ISDSC_SUCCESS);
  const Login again[] = {
      {.port = 0, .target = "IQN.2026-01.org.EXAMPLE:Disk1", .security_flags = 4},
      {.port = 0, .address = "text:192.0.2.10", .security_flags = 8},
      {.port = 0, .address = "::ffff:192.0.2.10", .security_flags = 16},
      {.port = 0, .socket = 0, .security_flags = 32},
  };
  for (const Login& login : again) {
    CHECK(lab.save(login) == iscsi::ISDSC_SUCCESS);
    const auto all = stored(lab);
    REQUIRE(all.size() == 1);
    CHECK(all[0].security_flags == login.security_flags);
    CHECK(all[0].target == wide(login.target));  // reported as stored
  }
  // Each of these is another login.
  const Login others[] = {{.port = 1},
                          {.port = 0xFFFFFFFFu},
                          {.port = 0, .address = "192.0.2.11"},
                          {.port = 0, .socket = 3261},
                          {.port = 0, .address = "text:array.example"},
                          {.port = 0, .target = "iqn.2026-01.org.example:disk2"}};
  std::uint32_t count = 1;
  for (const Login& login : others) {
    CHECK(lab.save(login) == iscsi::ISDSC_SUCCESS);
    CHECK(lab.logins() == ++count);
  }
}

TEST_CASE("LoginToTarget checks in the documented order") {
  LabFixture lab;
  // Each line corrects what the line before was refused for.
  Login login{.port = 2,
              .target = "no name",
              .session_type = 3,
              .auth_type = 9,
              .username = std::string(256, 'u'),
              .password = "short"};
  auto in = login_in(login);
  std::uint32_t named = iscsi::ISCSI_LOGIN_OPTIONS_AUTH_TYPE;
  const auto status = [&](bool bad_address = true) {
    in = login_in(login);
    auto& head = *reinterpret_cast<iscsi::LoginToTarget_IN*>(in.data());
    if (bad_address) head.TargetPortal.Address.Type = 4;
    head.LoginOptions.InformationSpecified = named;
    return status_of(lab.call(Method::LoginToTarget, in));
  };
  CHECK(status() == iscsi::ISDSC_SESSION_TYPE_NOT_SUPPORTED);
  login.session_type = 0;  // a discovery session cannot be persistent
  CHECK(status() == iscsi::ISDSC_SESSION_TYPE_NOT_SUPPORTED);
  login.session_type = 2;
  CHECK(status() == iscsi::ISDSC_LOGIN_USER_INFO_BAD);
  login.username = "operator";
  CHECK(status() == iscsi::ISDSC_INVALID_LOGON_AUTH_TYPE);
  login.auth_type = 1;
  CHECK(status() == iscsi::ISDSC_INVALID_TARGET_CHAP_SECRET);
  login.password = std::string(17, 'p');
  CHECK(status() == iscsi::ISDSC_INVALID_TARGET_CHAP_SECRET);
  login.password = std::string(16, 'p');
  CHECK(status() == iscsi::ISDSC_ADDRESS_TYPE_NOT_SUPPORTED);
  CHECK(status(false) == iscsi::ISDSC_INVALID_PORT_NUMBER);
  login.port = 1;
  CHECK(status(false) == iscsi::ISDSC_INVALID_ISCSI_NAME);
  login.target = "";
  CHECK(status(false) == iscsi::ISDSC_INVALID_ISCSI_NAME);
  CHECK(lab.logins() == 0);
  login.target = kDisk;
  CHECK(status(false) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.logins() == 1);
  // An AuthType that InformationSpecified does not name is no AuthType.
  login.auth_type = 9;
  CHECK(status(false) == iscsi::ISDSC_INVALID_LOGON_AUTH_TYPE);
  named = 0;
  CHECK(status(false) == iscsi::ISDSC_SUCCESS);
}

TEST_CASE("RemovePersistentLogin removes by port, target and portal") {
  LabFixture lab;
  const auto fill = [&] {
    for (const std::uint32_t port : {0u, 1u, 0xFFFFFFFFu}) {
      for (const char* address : {"192.0.2.10", "192.0.2.11"}) {
        CHECK(lab.save({.port = port, .address = address}) == iscsi::ISDSC_SUCCESS);
      }
    }
    CHECK(lab.save({.target = std::string(kDead)}) == iscsi::ISDSC_SUCCESS);
    REQUIRE(lab.logins() == 7);
  };
  fill();
  CHECK(lab.remove(remove_in(kDisk, 0, "192.0.2.10")) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.logins() == 6);
  fill();
  CHECK(lab.remove(remove_in(kDisk, 1)) == iscsi::ISDSC_SUCCESS);  // an EMPTY portal: all portals
  CHECK(lab.logins() == 5);
  fill();
  CHECK(lab.remove(remove_in(kDisk, 0xFFFFFFFFu, "text:192.0.2.11", 0)) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.logins() == 4);
  fill();
  CHECK(lab.remove(remove_in("IQN.2026-01.ORG.example:DISK1")) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.logins() == 1);
  lab.restart();
  CHECK(lab.logins() == 1);
}

TEST_CASE("a removal that finds nothing says what is missing") {
  LabFixture lab;
  CHECK(lab.remove(remove_in(kDisk)) == iscsi::ISDSC_TARGET_NOT_FOUND);
  CHECK(lab.save({.port = 0}) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.remove(remove_in(kDead)) == iscsi::ISDSC_TARGET_NOT_FOUND);
  CHECK(lab.remove(remove_in("")) == iscsi::ISDSC_TARGET_NOT_FOUND);
  CHECK(lab.remove(remove_in("iqn.2026-01.org.example:disk1 ")) == iscsi::ISDSC_TARGET_NOT_FOUND);
  CHECK(lab.remove(remove_in(kDisk, 0, "192.0.2.11")) == iscsi::ISDSC_PORTAL_NOT_FOUND);
  CHECK(lab.remove(remove_in(kDisk, 0, "192.0.2.10", 3261)) == iscsi::ISDSC_PORTAL_NOT_FOUND);
  CHECK(lab.remove(remove_in(kDisk, 0xFFFFFFFFu, "array.example")) ==
        iscsi::ISDSC_PORTAL_NOT_FOUND);
  CHECK(lab.remove(remove_in(kDisk, 1)) == iscsi::ISDSC_INVALID_PORT_NUMBER);
  CHECK(lab.remove(remove_in(kDisk, 1, "192.0.2.10")) == iscsi::ISDSC_INVALID_PORT_NUMBER);
  CHECK(lab.remove(remove_in(kDisk, 2)) == iscsi::ISDSC_INVALID_PORT_NUMBER);  // there is none
  auto in = remove_in(kDisk);
  reinterpret_cast<iscsi::RemovePersistentLogin_IN*>(in.data())->TargetPortal.Address.Type = 4;
  CHECK(lab.remove(in) == iscsi::ISDSC_ADDRESS_TYPE_NOT_SUPPORTED);
  CHECK(lab.logins() == 1);
  CHECK(lab.remove(remove_in(kDisk)) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.remove(remove_in(kDisk)) == iscsi::ISDSC_TARGET_NOT_FOUND);
}

TEST_CASE("a removal leaves the running session alone") {
  LabFixture lab;
  CHECK(lab.save({}) == iscsi::ISDSC_SUCCESS);
  lab.reset();
  lab.pass(1000);
  REQUIRE(lab.sessions() == 1);
  CHECK(lab.remove(remove_in(kDisk)) == iscsi::ISDSC_SUCCESS);
  lab.pass(1000);
  CHECK(lab.logins() == 0);
  CHECK(lab.sessions() == 1);
}

TEST_CASE("NVRAM that is full or cannot be written answers with a status and changes nothing") {
  LabFixture lab;
  const auto at = [](const char* address) { return Login{.address = address}; };
  CHECK(lab.save(at("192.0.2.10"), 1) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.save(at("192.0.2.11"), 1) == iscsi::ISDSC_SUCCESS);
  const Bytes before = lab.block(iscsi::MSiSCSI_PersistentLoginsGuid, 1);
  CHECK(lab.save(at("192.0.2.12"), 1) == iscsi::ISDSC_OUT_OF_RESOURCES);
  CHECK(lab.block(iscsi::MSiSCSI_PersistentLoginsGuid, 1) == before);
  CHECK(lab.save(at("192.0.2.11"), 1) == iscsi::ISDSC_SUCCESS);  // replaces
  lab.control("adapters/hba1/faults/nvram_write_fails", "1");
  CHECK(lab.save(at("192.0.2.10"), 1) == iscsi::ISDSC_COULD_NOT_SAVE_PERSISTENT_LOGIN_DATA);
  CHECK(lab.remove(remove_in(kDisk), 1) == iscsi::ISDSC_COULD_NOT_REMOVE_PERSISTENT_LOGIN_DATA);
  CHECK(lab.block(iscsi::MSiSCSI_PersistentLoginsGuid, 1) == before);
  lab.control("adapters/hba1/faults/nvram_write_fails", "0");
  CHECK(lab.remove(remove_in(kDisk, 0xFFFFFFFFu, "192.0.2.10"), 1) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.save(at("192.0.2.12"), 1) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.logins(1) == 2);
  CHECK(lab.logins(0) == 0);
}

TEST_CASE("IN blocks that are short or hold bad strings are refused, long ones are read") {
  LabFixture lab;
  const Bytes login = login_in({.auth_type = 1, .username = "user", .password = "twelve-bytes"});
  const Bytes remove = remove_in(kDisk);
  for (std::size_t size = 0; size < login.size(); ++size) {
    const auto answer = lab.call(Method::LoginToTarget,
                                 Bytes(login.begin(), login.begin() + static_cast<long>(size)));
    if (answer || answer.error().status != NtStatus::invalid_device_request) FAIL(size);
  }
  for (std::size_t size = 0; size < remove.size(); ++size) {
    const auto answer = lab.call(Method::RemovePersistentLogin,
                                 Bytes(remove.begin(), remove.begin() + static_cast<long>(size)));
    if (answer || answer.error().status != NtStatus::invalid_device_request) FAIL(size);
  }
  for (const auto method : {Method::LogoutFromTarget, Method::ScsiReportLuns}) {
    CHECK(refusal(lab.call(method, Bytes(7))) == NtStatus::invalid_device_request);
  }
  CHECK(refusal(lab.call(Method::SendTargets, Bytes(455))) == NtStatus::invalid_device_request);
  CHECK(lab.logins() == 0);

  // Counts of strings that are odd or larger than their room.
  const std::size_t strings[] = {offsetof(iscsi::LoginToTarget_IN, InitiatorNode),
                                 offsetof(iscsi::LoginToTarget_IN, InitiatorAlias),
                                 offsetof(iscsi::LoginToTarget_IN, TargetName),
                                 offsetof(iscsi::LoginToTarget_IN, TargetPortal) +
                                     offsetof(iscsi::ISCSI_TargetPortal, Address) +
                                     offsetof(iscsi::ISCSI_IP_Address, TextAddress),
                                 offsetof(iscsi::LoginToTarget_IN, Mappings) +
                                     offsetof(iscsi::ISCSI_TargetMapping, TargetName)};
  for (const std::size_t offset : strings) {
    for (const std::uint16_t count :
         {std::uint16_t{1}, std::uint16_t{514}, std::uint16_t{0xFFFE}}) {
      Bytes bad = login;
      std::memcpy(bad.data() + offset, &count, 2);
      CHECK(refusal(lab.call(Method::LoginToTarget, bad)) == NtStatus::invalid_device_request);
    }
  }
  // Sizes of what follows the fixed part that overflow the block, and each other.
  for (const std::size_t offset :
       {offsetof(iscsi::LoginToTarget_IN, UsernameSize),
        offsetof(iscsi::LoginToTarget_IN, PasswordSize), offsetof(iscsi::LoginToTarget_IN, KeySize),
        offsetof(iscsi::LoginToTarget_IN, Mappings) +
            offsetof(iscsi::ISCSI_TargetMapping, LUNCount)}) {
    for (const std::uint32_t count : {0x1000u, 0x7FFFFFFFu, 0xFFFFFFFFu}) {
      Bytes bad = login;
      std::memcpy(bad.data() + offset, &count, 4);
      CHECK(refusal(lab.call(Method::LoginToTarget, bad)) == NtStatus::invalid_device_request);
    }
  }
  CHECK(lab.logins() == 0);

  Bytes longer = login;
  longer.resize(login.size() + 100, 0xEE);
  CHECK(status_of(lab.call(Method::LoginToTarget, longer)) == iscsi::ISDSC_SUCCESS);
  longer = remove;
  longer.resize(remove.size() + 100, 0xEE);
  CHECK(status_of(lab.call(Method::RemovePersistentLogin, longer)) == iscsi::ISDSC_SUCCESS);
}

TEST_CASE("an OUT block without room has no side effect") {
  LabFixture lab;
  const auto ops = lab.operations();
  // What the caller gives as room is what follows the offset of IN: a WNODE no larger than IN
  // leaves OUT enough, so the IN block is what has to be small here.
  const auto once = [&](Method method, const Bytes& in) {
    auto buffer = wmi::pack_method(ops.guid, ops.key, static_cast<std::uint32_t>(method), in, 0);
    auto slot = std::make_shared<std::unique_ptr<wmi::WmiRequest>>();
    auto request = std::make_unique<wmi::WmiRequest>();
    request->minor = wmi::MinorFunction::execute_method;
    request->data_path = ops.guid;
    request->buffer = std::move(buffer);
    request->on_complete = [slot](std::unique_ptr<wmi::WmiRequest> r) { *slot = std::move(r); };
    ops.provider->submit(std::move(request));
    return slot;
  };
  const auto logout = once(Method::LogoutFromTarget, session_in(1));
  REQUIRE(*logout != nullptr);  // 8 bytes are room for its status
  CHECK((*logout)->status == NtStatus::success);
  CHECK(!wmi::too_small((*logout)->buffer.bytes().first((*logout)->information)));
  const auto report = once(Method::ScsiReportLuns, session_in(1));
  REQUIRE(*report != nullptr);
  CHECK(wmi::too_small((*report)->buffer.bytes().first((*report)->information)).has_value());
  // Through the client's buffer protocol a save happens once: with a slot of its own each time the
  // second one would be a second record or a replacement, and the change count tells.
  const auto before = lab.client->change_count(ops.provider.get());
  CHECK(status_of(lab.call(Method::LoginToTarget, login_in({}), 0)) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.client->change_count(ops.provider.get()) == before + 1);
  CHECK(lab.logins() == 1);
}

TEST_CASE("a thread that lends itself has its durable change when the call returns") {
  LabFixture lab;
  lab.client->lend_threads(1);
  // Whether the answer came inside of the call, on this thread.
  auto saved_inside = [&, round = 0]() mutable {
    struct Answered {
      std::uint32_t status = ~0u;
      std::atomic<std::thread::id> on;
    };
    const auto answered = std::make_shared<Answered>();
    const Bytes in = login_in({.socket = static_cast<std::uint16_t>(5000 + round++ % 50)});
    lab.client->call(lab.operations(), static_cast<std::uint32_t>(Method::LoginToTarget), in, 64,
                     false, [answered](const Answer& answer) {
                       if (answer && answer->data.size() >= sizeof answered->status) {
                         std::memcpy(&answered->status, answer->data.data(),
                                     sizeof answered->status);
                       }
                       answered->on = std::this_thread::get_id();
                     });
    const bool inside = answered->on.load() == std::this_thread::get_id();
    while (answered->on.load() == std::thread::id()) std::this_thread::yield();
    CHECK(answered->status == iscsi::ISDSC_SUCCESS);
    return inside;
  };
  // What the start had to write may still be on another thread; then nobody else has anything.
  bool inside = false;
  for (int i = 0; i < 1000 && !inside; ++i) inside = saved_inside();
  REQUIRE(inside);
  for (int i = 0; i < 100; ++i) CHECK(saved_inside());
  CHECK(lab.logins() == 50);
}

TEST_CASE("methods on a session that does not exist say so") {
  LabFixture lab;
  for (const std::uint64_t id : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}) {
    CHECK(status_of(lab.call(Method::LogoutFromTarget, session_in(id))) ==
          iscsi::ISDSC_INVALID_SESSION_ID);
    CHECK(status_of(lab.call(Method::ScsiReportLuns, session_in(id), 256)) ==
          iscsi::ISDSC_INVALID_SESSION_ID);
    CHECK(status_of(lab.call(Method::SendTargets, send_targets_in(id, "All"), 256)) ==
          iscsi::ISDSC_INVALID_SESSION_ID);
  }
}

TEST_CASE("a new NVRAM holds the lab file's persistent logins, once") {
  std::string text(kLabText);
  const std::string_view slots = "\"nvram\": { \"slots\": 64 },";
  text.replace(text.find(slots), slots.size(),
               R"("nvram": { "slots": 2 }, "persistent_logins": [
      { "target": "IQN.2026-01.org.example:DISK1", "portal": "192.0.2.10", "text_address": true },
      { "target": "iqn.2026-01.org.example:disk2", "portal": "192.0.2.12:3260", "port": 0 } ],)");
  LabFixture lab(text);
  REQUIRE(lab.logins() == 2);
  const Bytes block = lab.block(iscsi::MSiSCSI_PersistentLoginsGuid);
  iscsi::ISCSI_Persistent_Login first{};
  REQUIRE(block.size() >= iscsi::persistent_logins_size().size() + sizeof first);
  std::memcpy(&first, block.data() + iscsi::persistent_logins_size().size(), sizeof first);
  CHECK(iscsi::read_fixed_string(first.TargetName, "TargetName") ==
        u"IQN.2026-01.org.example:DISK1");
  CHECK(first.TargetPortal.Address.Type == 0);  // ISCSI_IP_ADDRESS_TEXT
  // The first start logs in to them, as to any other.
  lab.pass(1000);
  CHECK(lab.sessions() == 2);
  REQUIRE(lab.remove(remove_in("iqn.2026-01.org.example:disk1")) == iscsi::ISDSC_SUCCESS);
  lab.restart();
  CHECK(lab.logins() == 1);
}
