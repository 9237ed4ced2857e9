// ScsiInquiry, ScsiReadCapacity and ScsiReportLuns through the WMI request path.
#include "iscsiop/iscsiprf.hpp"
#include "iscsiop/views.hpp"
#include "lab_poison_support.hpp"

namespace hbalab::lab_test {
namespace {

const std::string kTarget = "fabric/targets/" + std::string(kDisk);

Bytes inquiry_in(std::uint64_t session, std::uint64_t lun, std::uint8_t flags = 0,
                 std::uint8_t page = 0) {
  Bytes block(iscsi::ScsiInquiry_IN_SIZE);
  iscsi::ScsiInquiry_IN in{};
  in.UniqueSessionId = session;
  in.Lun = lun;
  in.InquiryFlags = flags;
  in.PageCode = page;
  std::memcpy(block.data(), &in, block.size());
  return block;
}

Bytes capacity_in(std::uint64_t session, std::uint64_t lun) {
  Bytes block(iscsi::ScsiReadCapacity_IN_SIZE);
  std::memcpy(block.data(), &session, 8);
  std::memcpy(block.data() + 8, &lun, 8);
  return block;
}

// What OUT says; the three methods share its layout.
struct Reply {
  std::uint32_t status = 0;
  std::uint8_t scsi_status = 0;
  Bytes sense, data;
};
Reply reply_of(const Answer& answer) {
  Reply reply;
  reply.status = status_of(answer);
  const Bytes block(answer->data.begin(), answer->data.end());
  const auto view = iscsi::view<iscsi::ScsiInquiryOutView>(block);
  REQUIRE(view.has_value());
  CHECK(block.size() == iscsi::scsi_inquiry_out_size(view->response.size()));
  reply.scsi_status = view->head->ScsiStatus;
  reply.sense.assign(std::begin(view->head->SenseBuffer), std::end(view->head->SenseBuffer));
  reply.data.assign(view->response.begin(), view->response.end());
  return reply;
}

struct ScsiLab : LabFixture {
  Reply inquiry(std::uint64_t lun, std::uint8_t flags = 0, std::uint8_t page = 0,
                std::size_t out = 512) {
    return reply_of(run(Method::ScsiInquiry, inquiry_in(session, lun, flags, page), out));
  }
  Reply capacity(std::uint64_t lun, std::size_t out = 512) {
    return reply_of(run(Method::ScsiReadCapacity, capacity_in(session, lun), out));
  }
  std::uint64_t session = log_in({});
};

int sense_of(const Reply& reply) {
  CHECK(reply.status == iscsi::ISDSC_SCSI_REQUEST_FAILED);
  CHECK(reply.scsi_status == 2);
  CHECK(reply.data.empty());
  return reply.sense[2] << 16 | reply.sense[12] << 8 | reply.sense[13];
}

constexpr int kCapacityChanged = 0x062A09;

}  // namespace

TEST_CASE("ScsiInquiry returns standard data and vital product data pages") {
  ScsiLab lab;
  const auto standard = lab.inquiry(0);
  CHECK(standard.status == iscsi::ISDSC_SUCCESS);
  CHECK(standard.scsi_status == 0);
  CHECK(standard.sense == Bytes(18));
  REQUIRE(standard.data.size() == 36);
  CHECK(std::string(standard.data.begin() + 8, standard.data.begin() + 14) == "HBALAB");
  CHECK(lab.inquiry(0, 1, 0x00).data == Bytes{0, 0, 0, 4, 0, 0x80, 0x83, 0xB0});
  for (const std::uint8_t page : {0x80, 0x83, 0xB0}) {
    const auto vital = lab.inquiry(1, 1, page);
    CHECK(vital.status == iscsi::ISDSC_SUCCESS);
    REQUIRE(vital.data.size() > 4);
    CHECK(vital.data[1] == page);
    CHECK(vital.data.size() == 4u + vital.data[3]);
  }
  // Both units of a target have a serial number of their own.
  CHECK(lab.inquiry(0, 1, 0x80).data != lab.inquiry(1, 1, 0x80).data);
  // The eight bytes of SAM name the same unit.
  CHECK(lab.inquiry(0x0001'0000'0000'0000u, 1, 0x80).data == lab.inquiry(1, 1, 0x80).data);
  // Without a unit the target says so in good status.
  CHECK(lab.inquiry(77).data.at(0) == 0x7F);
}

TEST_CASE("what the device refuses comes with its status and its sense") {
  ScsiLab lab;
  constexpr int kInvalidField = 0x052400, kNoSuchUnit = 0x052500;
  CHECK(sense_of(lab.inquiry(0, 1, 0x55)) == kInvalidField);  // no such page
  CHECK(sense_of(lab.inquiry(0, 0, 0x80)) == kInvalidField);  // a page without EVPD
  CHECK(sense_of(lab.inquiry(0, 2, 0x12)) == kInvalidField);  // command support data: obsolete
  CHECK(sense_of(lab.inquiry(0, 0xF0)) == kInvalidField);
  CHECK(sense_of(lab.capacity(77)) == kNoSuchUnit);
}

TEST_CASE("ScsiReadCapacity gives 8 bytes, and 32 of a disk that is too large for them") {
  ScsiLab lab;
  CHECK(lab.capacity(0).data == Bytes{0, 0, 0x07, 0xFF, 0, 0, 2, 0});
  CHECK(lab.capacity(1).data == Bytes{0, 0, 0x0F, 0xFF, 0, 0, 2, 0});
  lab.control(kTarget + "/luns/1/blocks", "4294967295");
  CHECK(sense_of(lab.capacity(1)) == kCapacityChanged);
  CHECK(lab.capacity(1).data == Bytes{0xFF, 0xFF, 0xFF, 0xFE, 0, 0, 2, 0});
  lab.control(kTarget + "/luns/1/blocks", "8589934592");
  CHECK(sense_of(lab.capacity(1)) == kCapacityChanged);
  const auto large = lab.capacity(1);
  CHECK(large.status == iscsi::ISDSC_SUCCESS);
  REQUIRE(large.data.size() == 32);
  CHECK(Bytes(large.data.begin(), large.data.begin() + 12) ==
        Bytes{0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 2, 0});
}

TEST_CASE("a caller hears of new sizes and new units once in each session") {
  ScsiLab lab;
  const auto plain = lab.log_in({.address = "192.0.2.11", .session_type = 1});  // no devices
  const auto in_plain = [&](std::uint64_t lun) {
    return reply_of(lab.run(Method::ScsiReadCapacity, capacity_in(plain, lun), 512));
  };
  CHECK(lab.capacity(0).status == iscsi::ISDSC_SUCCESS);  // none of having logged in
  CHECK(in_plain(0).status == iscsi::ISDSC_SUCCESS);
  lab.control(kTarget + "/luns/0/blocks", "4096");
  CHECK(lab.inquiry(0).status == iscsi::ISDSC_SUCCESS);
  CHECK(sense_of(lab.capacity(0)) == kCapacityChanged);
  CHECK(lab.capacity(0).data == Bytes{0, 0, 0x0F, 0xFF, 0, 0, 2, 0});
  CHECK(sense_of(in_plain(0)) == kCapacityChanged);
  CHECK(in_plain(0).data == lab.capacity(0).data);
  // The adapter asks for the units that it shows; where it shows none, the caller is told.
  REQUIRE(lab.lab->control()->make_directory(kTarget + "/luns/5"));
  CHECK(lab.capacity(0).status == iscsi::ISDSC_SUCCESS);
  CHECK(lab.capacity(5).status == iscsi::ISDSC_SUCCESS);
  CHECK(sense_of(in_plain(0)) == 0x063F0E);
  CHECK(in_plain(0).status == iscsi::ISDSC_SUCCESS);
  CHECK(lab.luns() == 3);
}

TEST_CASE("an adapter of short commands answers for a large disk what it can") {
  std::string text(kLabText);
  const std::string_view before = "\"nvram\": { \"slots\": 64 }";
  text.replace(text.find(before), before.size(),
               "\"max_cdb_length\": 12, \"nvram\": { \"slots\": 64 }");
  LabFixture lab(text);
  lab.control(kTarget + "/luns/1/blocks", "8589934592");
  const auto session = lab.log_in({});
  const auto reply = reply_of(lab.run(Method::ScsiReadCapacity, capacity_in(session, 1), 512));
  CHECK(reply.status == iscsi::ISDSC_SUCCESS);
  CHECK(reply.data == Bytes{0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 2, 0});
}

TEST_CASE("SCSI methods tell the sessions apart that they cannot use") {
  ScsiLab lab;
  const auto statuses = [&](std::uint64_t session) {
    return std::array{
        status_of(lab.run(Method::ScsiInquiry, inquiry_in(session, 0), 512)),
        status_of(lab.run(Method::ScsiReadCapacity, capacity_in(session, 0), 512)),
        status_of(lab.run(Method::ScsiReportLuns, session_in(session), 512)),
    };
  };
  const auto all = [](std::uint32_t status) { return std::array{status, status, status}; };
  CHECK(statuses(lab.session) == all(iscsi::ISDSC_SUCCESS));
  CHECK(statuses(lab.session + 1) == all(iscsi::ISDSC_INVALID_SESSION_ID));
  CHECK(statuses(0) == all(iscsi::ISDSC_INVALID_SESSION_ID));
  const auto discovery = lab.log_in({.target = "", .session_type = 0});
  CHECK(statuses(discovery) == all(iscsi::ISDSC_SESSION_TYPE_NOT_SUPPORTED));
  lab.control(kTarget + "/portals/192.0.2.10:3260/state", "unreachable");
  lab.pass(10);
  CHECK(statuses(lab.session) == all(iscsi::ISDSC_NO_CONNECTION_AVAILABLE));
}

TEST_CASE("SCSI methods refuse short IN blocks and ask for the room that they need") {
  ScsiLab lab;
  const std::pair<Method, Bytes> calls[] = {
      {Method::ScsiInquiry, inquiry_in(lab.session, 0)},
      {Method::ScsiReadCapacity, capacity_in(lab.session, 0)},
      {Method::ScsiReportLuns, session_in(lab.session)},
  };
  for (const auto& [method, in] : calls) {
    const auto full = lab.run(method, in, 512);
    REQUIRE(full.has_value());
    // The client comes back with the size that it was told, whatever it began with.
    for (const std::size_t room : {std::size_t{0}, std::size_t{26}, full->data.size() - 1}) {
      const auto again = lab.run(method, in, room);
      REQUIRE(again.has_value());
      CHECK(std::ranges::equal(again->data, full->data));
    }
    for (std::size_t size = 0; size < in.size(); ++size) {
      const auto answer = lab.call(method, Bytes(in.begin(), in.begin() + static_cast<long>(size)));
      REQUIRE(!answer.has_value());
      CHECK(answer.error().status == NtStatus::invalid_device_request);
    }
  }
}

TEST_CASE("a target is asked once, though the caller needs two passes") {
  ScsiLab lab;
  const auto commands = [&lab] {
    const auto refs = lab.client->instances_wait(wmi::Guid{iscsi::MSiSCSI_SessionStatisticsGuid});
    REQUIRE((refs.has_value() && refs->size() == 1));
    const auto block = lab.client->query_wait(refs->front(), 256);
    REQUIRE(block.has_value());
    iscsi::MSiSCSI_SessionStatistics statistics{};
    REQUIRE(block->data.size() >= sizeof statistics);
    std::memcpy(&statistics, block->data.data(), sizeof statistics);
    return statistics.PDUCommandsSent.value();
  };
  const std::pair<Method, Bytes> calls[] = {
      {Method::ScsiInquiry, inquiry_in(lab.session, 0)},
      {Method::ScsiReadCapacity, capacity_in(lab.session, 0)},
      {Method::ScsiReportLuns, session_in(lab.session)},
  };
  for (const auto& [method, in] : calls) {
    const auto before = commands();
    REQUIRE(status_of(lab.run(method, in, 0)) == iscsi::ISDSC_SUCCESS);
    CHECK(commands() == before + 1);
    // Who asks anew is answered anew.
    REQUIRE(status_of(lab.run(method, in, 0)) == iscsi::ISDSC_SUCCESS);
    CHECK(commands() == before + 2);
  }
}

TEST_CASE("an answer waits a second for a caller who was told its size") {
  ScsiLab lab;
  const Bytes in = capacity_in(lab.session, 1);
  const auto ask = [&](std::size_t room) {
    return execute(lab, lab.operations(), static_cast<std::uint32_t>(Method::ScsiReadCapacity), in,
                   room, 0);
  };
  const auto size_told = [&](const PoisonedBlock& refused) {
    REQUIRE(refused.answer.needed);
    return *refused.answer.needed - refused.overhead;
  };
  const std::size_t ten = iscsi::scsi_read_capacity_out_size(8);
  const std::size_t sixteen = iscsi::scsi_read_capacity_out_size(32);
  CHECK(size_told(ask(0)) == ten);
  // The disk grows, and with it what there is to say; the size that was told is enough all the
  // same,
  lab.control(kTarget + "/luns/1/blocks", "8589934592");
  CHECK(size_told(ask(ten - 1)) == ten);
  CHECK(data_of(ask(ten).answer).size() == ten);
  // once; the device says next that it has grown,
  CHECK(data_of(ask(ten).answer).size() == iscsi::scsi_read_capacity_out_size(0));
  CHECK(size_told(ask(ten)) == sixteen);
  // and not for ever.
  lab.control(kTarget + "/luns/1/blocks", "4096");
  lab.pass(1000);
  CHECK(data_of(ask(ten).answer).size() == iscsi::scsi_read_capacity_out_size(0));
  CHECK(data_of(ask(ten).answer).size() == ten);
}

}  // namespace hbalab::lab_test
