// A whole lab on a virtual clock and a temporary state directory, reached through the WMI client.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "hba-sim/lab/lab.hpp"
#include "hba-sim/miniport/convert.hpp"
#include "iscsiop/builders.hpp"
#include "iscsiop/enums.hpp"
#include "iscsiop/iscsimgt.hpp"
#include "iscsiop/iscsiop.hpp"
#include "iscsiop/status.hpp"
#include "wmi-model/client.hpp"

namespace hbalab::lab_test {

using Method = iscsi::MSiSCSI_OperationsMethod;
using wmi::NtStatus;
using Answer = std::expected<wmi::BlockAnswer, wmi::WmiError>;

inline constexpr std::string_view kDisk = "iqn.2026-01.org.example:disk1";
inline constexpr std::string_view kDead = "iqn.2026-01.org.example:dead";

inline constexpr std::string_view kLabText = R"({
  "name": "contract", "seed": 7,
  "adapters": [
    { "name": "hba0",
      "device_instance": "PCI\\VEN_1077&DEV_4010&SUBSYS_01221077&REV_03\\3&11583659&0&08",
      "vendor_id": "Example", "vendor_model": "EX4010",
      "ports": [ { "address": "192.0.2.1", "mac": "02:00:00:00:00:01" },
                 { "address": "2001:db8::1", "mac": "02:00:00:00:00:02" } ],
      "nvram": { "slots": 64 }, "timing": { "login_timeout": "2s" } },
    { "name": "hba1",
      "device_instance": "PCI\\VEN_1077&DEV_4010&SUBSYS_01221077&REV_03\\3&11583659&0&10",
      "vendor_id": "Example", "vendor_model": "EX4010",
      "ports": [ { "address": "192.0.2.2", "mac": "02:00:00:00:01:01" } ],
      "nvram": { "slots": 2 } } ],
  "hosts": { "array.example": "192.0.2.10" },
  "targets": [
    { "name": "iqn.2026-01.org.example:disk1", "alias": "disk1",
      "portals": [ { "address": "192.0.2.10", "group": 1 }, { "address": "192.0.2.11", "group": 2 },
                   { "address": "2001:db8::10", "group": 1 } ],
      "luns": [ { "lun": 0, "blocks": 2048 }, { "lun": 1, "blocks": 4096 } ] },
    { "name": "iqn.2026-01.org.example:disk2", "portals": [ { "address": "192.0.2.12" } ],
      "luns": [ { "lun": 3 } ] },
    { "name": "iqn.2026-01.org.example:dead",
      "portals": [ { "address": "192.0.2.30", "state": "unreachable" } ],
      "luns": [ { "lun": 0 } ] } ]
})";

struct TemporaryDirectory {
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "hbalab-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path path;
};

inline std::u16string wide(std::string_view ascii) { return {ascii.begin(), ascii.end()}; }

struct Login {
  std::uint32_t port = 0xFFFFFFFFu;
  std::string target{kDisk};
  std::string address = "192.0.2.10";  // "": an empty portal; "text:..." stays text
  std::uint16_t socket = 3260;
  bool persistent = true;
  std::uint32_t session_type = 2;
  std::uint32_t auth_type = 0;
  std::string username{}, password{};
  std::uint64_t security_flags = 0;
  std::uint32_t max_connections = 0;  // 0: left to the adapter
};

inline IpAddress address_of(std::string_view text) {
  if (!text.starts_with("text:")) return text.empty() ? IpAddress{} : IpAddress::from_text(text);
  IpAddress address;
  address.type = IpAddress::Type::text;
  address.text = wide(text.substr(5));
  return address;
}

inline std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline Bytes login_in(const Login& login) {
  const auto size =
      iscsi::login_to_target_in_size(0, 0, login.username.size(), login.password.size());
  Bytes block(size);
  iscsi::BlockWriter writer(block);
  auto out = iscsi::append_login_to_target_in(
      writer, {.username = bytes_of(login.username), .password = bytes_of(login.password)});
  if (!out) throw std::runtime_error(out.error().to_string());
  auto& in = *out->head;
  in.PortNumber = login.port;
  std::uint32_t specified = 0;
  if (login.auth_type != 0) {
    specified |= iscsi::ISCSI_LOGIN_OPTIONS_AUTH_TYPE;
    in.LoginOptions.AuthType = login.auth_type;
  }
  if (login.max_connections != 0) {
    specified |= iscsi::ISCSI_LOGIN_OPTIONS_MAXIMUM_CONNECTIONS;
    in.LoginOptions.MaximumConnections = login.max_connections;
  }
  in.LoginOptions.InformationSpecified = specified;
  in.SessionType = login.session_type;
  in.SecurityFlags = login.security_flags;
  in.PersistentLogin = login.persistent ? 1 : 0;
  miniport::put_text(in.TargetName, login.target);
  miniport::to_wmi(address_of(login.address), in.TargetPortal.Address);
  in.TargetPortal.Socket = login.socket;
  return block;
}

inline Bytes remove_in(std::string_view target, std::uint32_t port = 0xFFFFFFFFu,
                       std::string_view address = "", std::uint16_t socket = 3260) {
  Bytes block(iscsi::RemovePersistentLogin_IN_SIZE);
  auto& in = *reinterpret_cast<iscsi::RemovePersistentLogin_IN*>(block.data());
  in.PortNumber = port;
  miniport::put_text(in.TargetName, target);
  miniport::to_wmi(address_of(address), in.TargetPortal.Address);
  in.TargetPortal.Socket = socket;
  return block;
}

inline Bytes session_in(std::uint64_t session) {
  Bytes block(8);
  std::memcpy(block.data(), &session, 8);
  return block;
}

inline Bytes send_targets_in(std::uint64_t session, std::string_view text) {
  Bytes block(sizeof(iscsi::SendTargets_IN));
  auto& in = *reinterpret_cast<iscsi::SendTargets_IN*>(block.data());
  in.UniqueSessionId = session;
  miniport::put_text(in.SendTargetsText, text);
  return block;
}

inline std::uint32_t status_of(const Answer& answer) {
  INFO((answer ? std::string() : answer.error().message));
  REQUIRE(answer.has_value());
  REQUIRE(answer->data.size() >= 4);
  std::uint32_t status = 0;
  std::memcpy(&status, answer->data.data(), 4);
  return status;
}

inline std::uint64_t session_of(const Answer& answer) {
  REQUIRE(status_of(answer) == iscsi::ISDSC_SUCCESS);
  REQUIRE(answer->data.size() == iscsi::LoginToTarget_OUT_SIZE);
  std::uint64_t session = 0;
  std::memcpy(&session, answer->data.data() + offsetof(iscsi::LoginToTarget_OUT, UniqueSessionId),
              8);
  return session;
}

// A call under way.
struct Pending {
  std::shared_ptr<std::optional<Answer>> answer = std::make_shared<std::optional<Answer>>();
  wmi::PendingCall call;
};

struct LabFixture {
  explicit LabFixture(std::string_view text = kLabText) : text_(text) { open(); }

  void open() {
    lab::LabOptions options;
    auto config = lab::parse_lab("lab.json", text_);
    REQUIRE(config.has_value());
    options.config = *std::move(config);
    options.state_dir = directory.path / "state";
    options.clock = clock;
    options.open_nvrams = open_nvrams;
    auto opened = lab::Lab::open(std::move(options));
    INFO((opened ? std::string() : opened.error()));
    REQUIRE(opened.has_value());
    lab = *std::move(opened);
    client = lab->client();
  }

  // Power off, power on: a new process on the same state directory.
  void restart() {
    client.reset();
    lab.reset();
    open();
  }

  [[nodiscard]] wmi::InstanceRef instance(const iscsi::Guid16& guid,
                                          std::size_t adapter = 0) const {
    const auto all = lab->registry()->static_instances(wmi::Guid{guid});
    REQUIRE(all.size() > adapter);
    return all[adapter];
  }
  [[nodiscard]] wmi::InstanceRef operations(std::size_t adapter = 0) const {
    return instance(iscsi::MSiSCSI_OperationsGuid, adapter);
  }

  // Methods that end without the fabric.
  Answer call(Method method, const Bytes& in, std::size_t out = 64, std::size_t adapter = 0) {
    return client->call_wait(operations(adapter), static_cast<std::uint32_t>(method), in, out);
  }
  Pending begin(Method method, const Bytes& in, std::size_t out = 64, std::size_t adapter = 0) {
    Pending pending;
    pending.call =
        client->call(operations(adapter), static_cast<std::uint32_t>(method), in, out, false,
                     [slot = pending.answer](Answer answer) { slot->emplace(std::move(answer)); });
    return pending;
  }
  // Methods that the fabric answers: lets the time pass until it has.
  Answer run(Method method, const Bytes& in, std::size_t out = 64, std::size_t adapter = 0) {
    Pending pending = begin(method, in, out, adapter);
    for (int i = 0; i < 60'000 && !*pending.answer; ++i)
      clock->advance(std::chrono::milliseconds(1));
    REQUIRE(pending.answer->has_value());
    return std::move(**pending.answer);
  }

  std::uint32_t save(const Login& login, std::size_t adapter = 0) {
    return status_of(call(Method::LoginToTarget, login_in(login), 64, adapter));
  }
  std::uint32_t remove(const Bytes& in, std::size_t adapter = 0) {
    return status_of(call(Method::RemovePersistentLogin, in, 64, adapter));
  }
  std::uint64_t log_in(Login login) {
    login.persistent = false;
    const auto session = session_of(run(Method::LoginToTarget, login_in(login)));
    pass(100);  // its logical units get their device objects
    return session;
  }

  // The status of a login that may fail.
  std::uint32_t try_login(Login login) {
    login.persistent = false;
    return status_of(run(Method::LoginToTarget, login_in(login)));
  }

  // Milliseconds of virtual time, in small steps, so that every timer sees its own hour.
  void pass(int milliseconds) {
    for (int i = 0; i < milliseconds; ++i) clock->advance(std::chrono::milliseconds(1));
  }

  Bytes block(const iscsi::Guid16& guid, std::size_t adapter = 0) {
    auto answer = client->query_wait(instance(guid, adapter), 256);
    INFO((answer ? std::string() : answer.error().message));
    REQUIRE(answer.has_value());
    return {answer->data.begin(), answer->data.end()};
  }
  std::uint32_t logins(std::size_t adapter = 0) {
    return word(block(iscsi::MSiSCSI_PersistentLoginsGuid, adapter), 0);
  }
  std::uint32_t sessions(std::size_t adapter = 0) {
    return word(block(iscsi::MSiSCSI_InitiatorSessionInfoGuid, adapter),
                offsetof(iscsi::MSiSCSI_InitiatorSessionInfo, SessionCount));
  }
  [[nodiscard]] std::size_t luns() const {
    return lab->registry()
        ->static_instances(wmi::Guid{iscsi::MSiSCSI_LUNMappingInformationGuid})
        .size();
  }
  static std::uint32_t word(const Bytes& bytes, std::size_t offset) {
    REQUIRE(bytes.size() >= offset + 4);
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data() + offset, 4);
    return value;
  }

  void enable_events(const iscsi::Guid16& guid, bool enable = true) {
    for (const auto& registration : lab->registry()->registrations(wmi::Guid{guid})) {
      CHECK(registration.event_only());
      client->enable_events(registration, enable,
                            [](std::expected<void, wmi::WmiError> done) { CHECK(done); });
    }
  }
  void control(const std::string& path, std::string_view text) {
    const auto done = lab->control()->write(path, text);
    INFO(path << ": " << (done ? std::string() : done.error().reason));
    REQUIRE(done.has_value());
  }
  void reset(std::string_view adapter = "hba0") {
    control("adapters/" + std::string(adapter) + "/reset", "1");
  }

  TemporaryDirectory directory;
  std::shared_ptr<VirtualClock> clock = std::make_shared<VirtualClock>();
  std::unique_ptr<lab::Lab> lab;
  std::shared_ptr<wmi::WmiClient> client;
  std::size_t open_nvrams = 0;  // of the next open()

 private:
  std::string text_;
};

}  // namespace hbalab::lab_test
