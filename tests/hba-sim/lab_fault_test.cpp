// Faults on demand, from the lab file and from the bench, as the WMI path shows them.
#include "iscsiop/views.hpp"
#include "lab_support.hpp"

namespace hbalab::lab_test {
namespace {

const std::string kFaults = "adapters/hba0/faults/";

// The lab of the contract tests, with `more` as further members of its first adapter.
std::string lab_with(const std::string& more) {
  std::string text(kLabText);
  const std::string place = R"("nvram": { "slots": 64 },)";
  return text.replace(text.find(place), place.size(), place + ' ' + more + ',');
}

struct FaultLab : LabFixture {
  using LabFixture::LabFixture;
  std::uint32_t save_at(const char* address) { return save({.address = address}); }
  std::uint32_t log_out(std::uint64_t session) {
    return status_of(run(Method::LogoutFromTarget, session_in(session)));
  }
  std::string read(const std::string& path) {
    const auto text = lab->control()->read(path);
    REQUIRE(text.has_value());
    return *text;
  }
  int write(const std::string& path, std::string_view text) {
    const auto done = lab->control()->write(path, text);
    return done ? 0 : done.error().error;
  }
};

const std::string kTarget = "fabric/targets/" + std::string(kDisk) + "/";

struct ScsiReply {
  std::uint32_t status = 0;
  std::uint8_t scsi_status = 0;
};

Bytes lun_in(std::uint64_t session, std::uint64_t lun, std::size_t size) {
  Bytes block(size);
  std::memcpy(block.data(), &session, 8);
  std::memcpy(block.data() + 8, &lun, 8);
  return block;
}

ScsiReply scsi(FaultLab& lab, Method method, const Bytes& in) {
  const auto answer = lab.run(method, in, 16384);
  ScsiReply reply{status_of(answer), 0};
  const Bytes block(answer->data.begin(), answer->data.end());
  const auto view = iscsi::view<iscsi::ScsiInquiryOutView>(block);
  REQUIRE(view.has_value());
  if (reply.status != 0) CHECK(view->response.empty());
  reply.scsi_status = view->head->ScsiStatus;
  return reply;
}

}  // namespace

TEST_CASE("The NVRAM fails for one write, counted from when it was asked for") {
  FaultLab lab;
  lab.control(kFaults + "nvram_write_fails_at", "2");
  CHECK(lab.save_at("192.0.2.10") == iscsi::ISDSC_SUCCESS);
  CHECK(lab.read(kFaults + "nvram_write_fails_at") == "1\n");
  CHECK(lab.save_at("192.0.2.11") == iscsi::ISDSC_COULD_NOT_SAVE_PERSISTENT_LOGIN_DATA);
  CHECK(lab.read(kFaults + "nvram_write_fails_at") == "0\n");
  CHECK(lab.logins() == 1);
  CHECK(lab.save_at("192.0.2.11") == iscsi::ISDSC_SUCCESS);
  // A removal is a write too.
  lab.control(kFaults + "nvram_write_fails_at", "1");
  CHECK(lab.remove(remove_in(kDisk)) == iscsi::ISDSC_COULD_NOT_REMOVE_PERSISTENT_LOGIN_DATA);
  CHECK(lab.logins() == 2);
  CHECK(lab.remove(remove_in(kDisk)) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.write(kFaults + "nvram_write_fails_at", "soon") == EINVAL);
}

TEST_CASE("A full NVRAM takes no further login, but changes and removals of those it has") {
  FaultLab lab;
  CHECK(lab.save_at("192.0.2.10") == iscsi::ISDSC_SUCCESS);
  lab.control(kFaults + "nvram_full", "1");
  CHECK(lab.save_at("192.0.2.11") == iscsi::ISDSC_OUT_OF_RESOURCES);
  CHECK(lab.save_at("192.0.2.10") == iscsi::ISDSC_SUCCESS);
  CHECK(lab.remove(remove_in(kDisk)) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.save_at("192.0.2.10") == iscsi::ISDSC_OUT_OF_RESOURCES);
  lab.control(kFaults + "nvram_full", "0");
  CHECK(lab.save_at("192.0.2.10") == iscsi::ISDSC_SUCCESS);
}

TEST_CASE("A session whose device is in use cannot be logged out") {
  FaultLab lab;
  const auto session = lab.log_in({});
  const std::string disk(kDisk);
  // Another target's, and a unit that the session does not have.
  lab.control(kFaults + "devices_in_use",
              "iqn.2026-01.org.example:disk2 0\n" + disk + " 9\nIQN.2026-01.ORG.example:DISK1 1\n");
  CHECK(lab.log_out(session) == iscsi::ISDSC_DEVICE_BUSY_ON_SESSION);
  CHECK(lab.sessions() == 1);
  CHECK(lab.luns() == 2);
  // It stays so while the session is lost: the device is still there.
  lab.control("adapters/hba0/ports/0/link", "down");
  CHECK(lab.log_out(session) == iscsi::ISDSC_DEVICE_BUSY_ON_SESSION);
  lab.control("adapters/hba0/ports/0/link", "up");
  lab.pass(100);
  lab.control(kFaults + "devices_in_use", disk + " 9");
  CHECK(lab.log_out(session) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.sessions() == 0);
  CHECK(lab.read(kFaults + "devices_in_use") == disk + " 9\n");
  CHECK(lab.write(kFaults + "devices_in_use", disk) == EINVAL);
  CHECK(lab.write(kFaults + "devices_in_use", "disk1 0") == EINVAL);
  CHECK(lab.write(kFaults + "devices_in_use", "") == 0);
  CHECK(lab.read(kFaults + "devices_in_use") == "\n");
}

TEST_CASE("The lab file gives an adapter its faults") {
  FaultLab lab(lab_with(R"("faults": { "nvram_write_fails_at": 1,
    "devices_in_use": [ { "target": "iqn.2026-01.org.example:disk1", "lun": 0 } ] })"));
  CHECK(lab.save_at("192.0.2.10") == iscsi::ISDSC_COULD_NOT_SAVE_PERSISTENT_LOGIN_DATA);
  CHECK(lab.save_at("192.0.2.10") == iscsi::ISDSC_SUCCESS);
  CHECK(lab.log_out(lab.log_in({})) == iscsi::ISDSC_DEVICE_BUSY_ON_SESSION);
  FaultLab full(lab_with(R"("faults": { "nvram_full": true })"));
  CHECK(full.save_at("192.0.2.10") == iscsi::ISDSC_OUT_OF_RESOURCES);
  FaultLab broken(lab_with(R"("faults": { "nvram_write_fails": true })"));
  CHECK(broken.save_at("192.0.2.10") == iscsi::ISDSC_COULD_NOT_SAVE_PERSISTENT_LOGIN_DATA);
}

TEST_CASE("The health of an adapter shows, and decides what it does") {
  FaultLab lab;
  const auto health = [&] {
    return LabFixture::word(lab.block(iscsi::MSiSCSI_HBAInformationGuid),
                            offsetof(iscsi::MSiSCSI_HBAInformation, Status));
  };
  CHECK(health() == iscsi::ISCSI_HBA_STATUS_WORKING);
  const auto session = lab.log_in({});
  lab.control(kFaults + "health", "degraded");
  CHECK(health() == iscsi::ISCSI_HBA_STATUS_DEGRADED);
  CHECK(lab.log_out(lab.log_in({.target = "iqn.2026-01.org.example:disk2",
                                .address = "192.0.2.12"})) == iscsi::ISDSC_SUCCESS);
  lab.control(kFaults + "health", "critical");
  CHECK(health() == iscsi::ISCSI_HBA_STATUS_CRITICAL);
  CHECK(lab.try_login({.target = "iqn.2026-01.org.example:disk2", .address = "192.0.2.12"}) ==
        iscsi::ISDSC_OUT_OF_RESOURCES);
  CHECK(lab.sessions() == 1);
  CHECK(scsi(lab, Method::ScsiReadCapacity, lun_in(session, 0, 16)).status == 0);
  CHECK(lab.save_at("192.0.2.10") == iscsi::ISDSC_SUCCESS);
  CHECK(lab.read(kFaults + "health") == "critical\n");
  CHECK(lab.write(kFaults + "health", "poorly") == EINVAL);
}

TEST_CASE(
    "An adapter that has failed loses its sessions and answers with errors, not with nothing") {
  FaultLab lab;
  lab.save_at("192.0.2.10");
  const auto session = lab.log_in({});
  Pending waiting = lab.begin(
      Method::LoginToTarget,
      login_in({.target = std::string(kDead), .address = "192.0.2.30", .persistent = false}));
  lab.control(kFaults + "health", "failed");
  lab.pass(100);
  REQUIRE(waiting.answer->has_value());
  CHECK(status_of(**waiting.answer) == iscsi::ISDSC_NON_SPECIFIC_ERROR);
  CHECK(lab.luns() == 0);
  CHECK(LabFixture::word(lab.block(iscsi::MSiSCSI_HBAInformationGuid),
                         offsetof(iscsi::MSiSCSI_HBAInformation, Status)) ==
        iscsi::ISCSI_HBA_STATUS_FAILED);
  for (const auto& guid :
       {iscsi::MSiSCSI_InitiatorSessionInfoGuid, iscsi::MSiSCSI_PersistentLoginsGuid,
        iscsi::MSiSCSI_TargetMappingsGuid}) {
    const auto answer = lab.client->query_wait(lab.instance(guid), 256);
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().status == NtStatus::io_device_error);
  }
  CHECK(lab.try_login({}) == iscsi::ISDSC_NON_SPECIFIC_ERROR);
  CHECK(lab.log_out(session) == iscsi::ISDSC_INVALID_SESSION_ID);
  CHECK(lab.save_at("192.0.2.11") == iscsi::ISDSC_COULD_NOT_SAVE_PERSISTENT_LOGIN_DATA);
  lab.reset();  // does not mend it
  CHECK(lab.try_login({}) == iscsi::ISDSC_NON_SPECIFIC_ERROR);
  lab.control(kFaults + "health", "working");
  lab.pass(100);
  CHECK(lab.logins() == 1);
  CHECK(lab.sessions() == 1);  // the persistent login
}

TEST_CASE("A unit's commands end with the SCSI status that it was given") {
  FaultLab lab;
  const auto session = lab.log_in({});
  const std::string file = kTarget + "luns/1/scsi_status";
  const auto inquiry = lun_in(session, 1, iscsi::ScsiInquiry_IN_SIZE);
  const auto capacity = lun_in(session, 1, iscsi::ScsiReadCapacity_IN_SIZE);
  for (const auto& [name, status] : std::vector<std::pair<std::string, std::uint8_t>>{
           {"busy", 0x08}, {"task_set_full", 0x28}, {"aca_active", 0x30}, {"task_aborted", 0x40}}) {
    INFO(name);
    lab.control(file, name);
    CHECK(lab.read(file) == name + "\n");
    const auto one = scsi(lab, Method::ScsiInquiry, inquiry);
    CHECK(one.status == iscsi::ISDSC_SCSI_REQUEST_FAILED);
    CHECK(one.scsi_status == status);
    CHECK(scsi(lab, Method::ScsiReadCapacity, capacity).scsi_status == status);
    CHECK(scsi(lab, Method::ScsiReportLuns, session_in(session)).status == 0);
    CHECK(scsi(lab, Method::ScsiReadCapacity, lun_in(session, 0, 16)).status == 0);
  }
  lab.control(file, "reservation_conflict");
  CHECK(scsi(lab, Method::ScsiReadCapacity, capacity).scsi_status == 0x18);
  CHECK(scsi(lab, Method::ScsiInquiry, inquiry).status == 0);
  lab.control(file, "");
  CHECK(scsi(lab, Method::ScsiReadCapacity, capacity).status == 0);
  CHECK(lab.write(file, "tired") == EINVAL);
}

TEST_CASE("Discovery that answers late, or what no answer may be") {
  FaultLab lab;
  const auto session = lab.log_in({.target = "", .session_type = 0});
  const auto ask = [&] {
    return status_of(lab.run(Method::SendTargets, send_targets_in(session, "All"), 4096));
  };
  const auto discovered = [&] {
    const auto answer =
        lab.client->call_wait(lab.instance(iscsi::MSiSCSI_DiscoveryOperationsGuid), 10, {}, 65536);
    REQUIRE(status_of(answer) == 0);
    return LabFixture::word(Bytes(answer->data.begin(), answer->data.end()), 4);
  };
  const std::pair<const char*, std::uint32_t> faults[] = {
      {"unknown_key", iscsi::ISDSC_INVALID_TEXT_KEY},
      {"no_name", iscsi::ISDSC_INVALID_SENDTARGETS_TEXT},
      {"bad_name", iscsi::ISDSC_INVALID_SENDTARGETS_TEXT},
      {"bad_address", iscsi::ISDSC_INVALID_SENDTARGETS_TEXT}};
  for (const auto& [fault, status] : faults) {
    INFO(fault);
    lab.control(kTarget + "discovery_fault", fault);
    CHECK(ask() == status);
    CHECK(discovered() == 0);
  }
  lab.control(kTarget + "discovery_fault", "");
  lab.control(kTarget + "discovery_delay_ms", "1500");
  Pending waiting = lab.begin(Method::SendTargets, send_targets_in(session, "All"), 4096);
  lab.pass(1499);
  CHECK_FALSE(waiting.answer->has_value());
  lab.pass(2);
  REQUIRE(waiting.answer->has_value());
  CHECK(status_of(**waiting.answer) == 0);
  CHECK(discovered() == 3);
  // Broken text afterwards leaves what is known.
  lab.control(kTarget + "discovery_delay_ms", "0");
  lab.control(kTarget + "discovery_fault", "bad_name");
  CHECK(ask() == iscsi::ISDSC_INVALID_SENDTARGETS_TEXT);
  CHECK(discovered() == 3);
  // Later than the login timeout, and a connection that is lost meanwhile.
  lab.control(kTarget + "discovery_delay_ms", "3s");
  CHECK(ask() == iscsi::ISDSC_TRANSPORT_ERROR);
  waiting = lab.begin(Method::SendTargets, send_targets_in(session, "All"), 4096);
  lab.control("adapters/hba0/ports/0/link", "down");
  lab.pass(100);
  REQUIRE(waiting.answer->has_value());
  CHECK(status_of(**waiting.answer) == iscsi::ISDSC_TRANSPORT_ERROR);
}

TEST_CASE("A logout that takes its time keeps the session busy") {
  FaultLab lab;
  const auto session = lab.log_in({});
  lab.control(kTarget + "logout_delay_ms", "1s");
  Pending first = lab.begin(Method::LogoutFromTarget, session_in(session));
  lab.pass(999);
  CHECK_FALSE(first.answer->has_value());
  CHECK(lab.log_out(session) == iscsi::ISDSC_SESSION_BUSY);
  lab.pass(1);
  REQUIRE(first.answer->has_value());
  CHECK(status_of(**first.answer) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.sessions() == 0);
  CHECK(lab.read(kTarget + "sessions") == "\n");
  // A connection that goes meanwhile takes the session with it.
  const auto second = lab.log_in({});
  Pending leaving = lab.begin(Method::LogoutFromTarget, session_in(second));
  lab.control(kTarget + "disconnect", "1");
  lab.pass(10);
  REQUIRE(leaving.answer->has_value());
  CHECK(status_of(**leaving.answer) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.sessions() == 0);
  // The adapter waits no longer than its timeout.
  lab.control(kTarget + "logout_delay_ms", "1m");
  const auto third = lab.log_in({});
  Pending last = lab.begin(Method::LogoutFromTarget, session_in(third));
  lab.pass(2001);
  REQUIRE(last.answer->has_value());
  CHECK(lab.sessions() == 0);
}

TEST_CASE("Methods can be called by their ids, known or not") {
  FaultLab lab;
  const auto outcome = [&](const std::string& text) {
    lab.control("execute", text);
    return lab.read("execute");
  };
  CHECK(outcome("hba0 MSiSCSI_DiscoveryOperations 10") == "STATUS_SUCCESS, 8 bytes of OUT\n");
  CHECK(outcome("hba0 MSiSCSI_DiscoveryOperations 12") == "STATUS_INVALID_DEVICE_REQUEST\n");
  CHECK(outcome("hba1 msiscsi_operations 4294967295 00ff") == "STATUS_INVALID_DEVICE_REQUEST\n");
  CHECK(outcome("hba0 MSiSCSI_HBAInformation 1") == "STATUS_INVALID_DEVICE_REQUEST\n");
  CHECK(lab.write("execute", "hba0 MSiSCSI_Operations") == EINVAL);
  CHECK(lab.write("execute", "hba0 MSiSCSI_Operations x") == EINVAL);
  CHECK(lab.write("execute", "hba0 MSiSCSI_Operations 1 12x") == EINVAL);
  CHECK(lab.write("execute", "hba0 Nothing 1") == ENOENT);
  CHECK(lab.write("execute", "hba7 MSiSCSI_Operations 1") == ENOENT);
}

TEST_CASE("Adapters that take turns at having their NVRAM open") {
  FaultLab lab;
  lab.open_nvrams = 1;
  lab.restart();
  const std::string error = "adapters/hba0/nvram/last_error";
  for (const auto* target : {"iqn.2026-01.org.example:a", "iqn.2026-01.org.example:b"}) {
    for (const std::size_t adapter : {0u, 1u}) {
      CHECK(lab.save({.target = target}, adapter) == iscsi::ISDSC_SUCCESS);
    }
  }
  CHECK(lab.read(error) == "\n");
  // hba1 was used last. The file of hba0 goes, and comes back.
  const auto file = lab.directory.path / "state" / "nvram-hba0.sqlite3";
  const auto away = lab.directory.path / "away";
  std::filesystem::rename(file, away);
  CHECK(lab.save({}, 0) == iscsi::ISDSC_COULD_NOT_SAVE_PERSISTENT_LOGIN_DATA);
  CHECK(lab.remove(remove_in("iqn.2026-01.org.example:a"), 0) ==
        iscsi::ISDSC_COULD_NOT_REMOVE_PERSISTENT_LOGIN_DATA);
  CHECK(lab.read(error) ==
        "NVRAM file " + file.string() + ": cannot be opened again: No such file or directory\n");
  CHECK(lab.logins(0) == 2);
  CHECK_FALSE(std::filesystem::exists(file));
  std::filesystem::rename(away, file);
  CHECK(lab.remove(remove_in("iqn.2026-01.org.example:a"), 0) == iscsi::ISDSC_SUCCESS);
  lab.open_nvrams = 0;
  lab.restart();
  CHECK(lab.logins(0) == 1);
  CHECK(lab.logins(1) == 2);
}

TEST_CASE("What a removal missed is told with the nearest record") {
  FaultLab lab;
  const std::string file = "adapters/hba0/nvram/missed_removal";
  CHECK(lab.read(file) == "\n");
  CHECK(lab.remove(remove_in(kDisk)) == iscsi::ISDSC_TARGET_NOT_FOUND);
  CHECK(lab.read(file).contains("nothing is stored"));
  CHECK(lab.save(
            {.port = 1, .target = "IQN.2026-01.org.example:Disk1", .address = "array.example"}) ==
        iscsi::ISDSC_SUCCESS);
  CHECK(lab.save({.target = "iqn.2026-01.org.example:disk2"}) == iscsi::ISDSC_SUCCESS);
  // A host name is not its address; the case of a name is no difference.
  CHECK(lab.remove(remove_in(kDisk, 0xFFFFFFFFu, "192.0.2.10")) == iscsi::ISDSC_PORTAL_NOT_FOUND);
  CHECK(lab.read(file) ==
        "asked for: target iqn.2026-01.org.example:disk1, portal 192.0.2.10:3260, initiator port "
        "4294967295 (all ports)\n"
        "nearest: target IQN.2026-01.org.example:Disk1, portal array.example:3260, initiator port "
        "1\n"
        "differs in portal address: stored host name array.example, asked for IPv4 address "
        "192.0.2.10 (names are not resolved for it)\n");
  CHECK(lab.remove(remove_in(kDisk, 0, "array.example")) == iscsi::ISDSC_INVALID_PORT_NUMBER);
  CHECK(lab.read(file).contains("differs in initiator port: stored 1, asked for 0\n"));
  CHECK(lab.remove(remove_in(kDisk, 3260, "array.example")) == iscsi::ISDSC_INVALID_PORT_NUMBER);
  CHECK(lab.read(file).contains("asked for 3260, which is the TCP port of the target's portal\n"));
  CHECK(lab.remove(remove_in(kDisk, 1, "array.example", 3261)) == iscsi::ISDSC_PORTAL_NOT_FOUND);
  CHECK(lab.read(file).contains("differs in TCP port: stored 3260, asked for 3261\n"));
  // The provider says the same to whoever has IN and OUT; to a short block, nothing.
  const auto ops = lab.operations();
  const Bytes in = remove_in(kDisk, 0, "array.example");
  const auto answer = lab.call(Method::RemovePersistentLogin, in);
  const auto id = static_cast<std::uint32_t>(Method::RemovePersistentLogin);
  CHECK(ops.provider->explain(ops.guid, id, in, answer->data) == lab.read(file));
  CHECK(ops.provider->explain(ops.guid, id, Bytes(4), answer->data).empty());
  CHECK(ops.provider->explain(ops.guid, id, in, Bytes(4)).empty());
  CHECK(ops.provider->explain(ops.guid, id + 1, in, answer->data).empty());
  // A removal that finds something leaves it alone.
  CHECK(lab.remove(remove_in(kDisk, 1, "array.example")) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.read(file).contains("disk2"));
}

TEST_CASE("The schedule of the lab file changes the bench on the lab's clock") {
  std::string text(kLabText);
  text.insert(text.rfind('}'), R"(, "schedule": [
    { "at": "1s", "path": "adapters/hba0/ports/0/link", "text": "down" },
    { "at": "2s", "every": "10s", "path": "fabric/targets/iqn.2026-01.org.example:disk1/disconnect",
      "text": "1" },
    { "at": "1s", "action": "make", "path": "fabric/targets/iqn.2026-01.org.example:disk1/luns/7" },
    { "at": "3s", "jitter": "1s",
      "path": "fabric/targets/iqn.2026-01.org.example:disk1/luns/7/blocks", "text": "4096" },
    { "at": "6s", "path": "adapters/hba1/reset", "text": "1" },
    { "at": "7s", "action": "remove", "path": "fabric/targets/iqn.2026-01.org.example:disk1/luns/9" }
  ])");
  CHECK_FALSE(lab::parse_lab("x", R"({"adapters": [{"name": "a", "ports": [{"address":
    "192.0.2.1"}]}], "schedule": [{"action": "shout", "path": "x"}]})"));
  {
    lab::LabOptions options;
    options.config = lab::parse_lab("lab.json", text).value();
    const TemporaryDirectory directory;
    options.state_dir = directory.path / "state";
    options.clock = std::make_shared<VirtualClock>();
    const auto opened = lab::Lab::open(std::move(options));
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().contains("/schedule/5/path"));
  }
  text.replace(text.find("luns/9"), 6, "luns/0");
  FaultLab lab(text);
  lab.pass(999);
  CHECK(lab.read("adapters/hba0/ports/0/link") == "up\n");
  lab.pass(1);
  CHECK(lab.read("adapters/hba0/ports/0/link") == "down\n");
  CHECK(lab.read(kTarget + "luns/7/blocks") == "2048\n");
  lab.pass(3000);
  CHECK(lab.read(kTarget + "luns/7/blocks") == "4096\n");
  lab.pass(10'000);
  const auto shown = lab.read("schedule");
  CHECK(shown.contains("write adapters/hba0/ports/0/link down: 1 time\n"));
  CHECK(shown.contains("/disconnect 1: 2 times\n"));
  CHECK(shown.contains("write adapters/hba1/reset 1: 1 time\n"));
  CHECK(shown.contains("/luns/0: 1 time\n"));
}

}  // namespace hbalab::lab_test
