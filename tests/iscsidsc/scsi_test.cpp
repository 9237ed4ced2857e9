// SCSI commands to logical units of a session.
#include "calls.hpp"

using namespace hbalab;
using namespace hbalab::dsc_test;

namespace {

struct Reply {
  UCHAR status = 0xEE;
  ULONG size = 512, sense_size = 18;
  UCHAR data[512] = {}, sense[18] = {};
};

ISDSC_STATUS inquiry(ISCSI_UNIQUE_SESSION_ID session, ULONGLONG lun, Reply& reply, UCHAR evpd = 0,
                     UCHAR page = 0) {
  return SendScsiInquiry(&session, lun, evpd, page, &reply.status, &reply.size, reply.data,
                         &reply.sense_size, reply.sense);
}

ISCSI_UNIQUE_SESSION_ID session_with_disk() {
  find_targets<Wide>("192.0.2.10");
  ISCSI_UNIQUE_SESSION_ID session{};
  REQUIRE(log_in<Wide>(kDisk1, false, &session) == ERROR_SUCCESS);
  return session;
}

}  // namespace

TEST_CASE("INQUIRY, READ CAPACITY and REPORT LUNS") {
  const auto world = World::open();
  auto session = session_with_disk();
  Reply reply;
  REQUIRE(inquiry(session, 0, reply) == ERROR_SUCCESS);
  CHECK(reply.status == 0);
  CHECK(reply.size >= 36);
  CHECK(std::string(reinterpret_cast<char*>(reply.data) + 8, 6) == "HBALAB");
  reply = {};
  CHECK(inquiry(session, 0, reply, 1, 0x80) == ERROR_SUCCESS);
  CHECK(reply.data[1] == 0x80);

  reply = {};
  REQUIRE(SendScsiReadCapacity(&session, 1, &reply.status, &reply.size, reply.data,
                               &reply.sense_size, reply.sense) == ERROR_SUCCESS);
  CHECK(reply.size == 8);
  CHECK((reply.data[2] << 8 | reply.data[3]) == 4096 - 1);

  reply = {};
  REQUIRE(SendScsiReportLuns(&session, &reply.status, &reply.size, reply.data, &reply.sense_size,
                             reply.sense) == ERROR_SUCCESS);
  CHECK(reply.size == 8 + 2 * 8);
  CHECK(reply.data[3] == 16);
}

TEST_CASE("a buffer that is too small learns what is needed, and asking again gets it") {
  const auto world = World::open();
  auto session = session_with_disk();
  Reply reply;
  for (const ULONG small : {0u, 1u, 7u}) {
    reply = {};
    reply.size = small;
    CHECK(SendScsiReadCapacity(&session, 0, &reply.status, &reply.size,
                               small == 0 ? nullptr : reply.data, &reply.sense_size,
                               reply.sense) == ERROR_INSUFFICIENT_BUFFER);
    CHECK(reply.size == 8);
    CHECK(reply.sense_size == 18);
    CHECK(reply.data[0] == 0);
  }
  CHECK(SendScsiReadCapacity(&session, 0, &reply.status, &reply.size, reply.data, &reply.sense_size,
                             reply.sense) == ERROR_SUCCESS);
}

TEST_CASE("a SCSI error comes with its sense data") {
  const auto world = World::open();
  auto session = session_with_disk();
  Reply reply;
  CHECK(SendScsiReadCapacity(&session, 77, &reply.status, &reply.size, reply.data,
                             &reply.sense_size, reply.sense) == ISDSC_SCSI_REQUEST_FAILED);
  CHECK(reply.status == 2);
  CHECK(reply.size == 0);
  CHECK((reply.sense[2] & 0x0F) == 5);  // ILLEGAL REQUEST
  reply = {};
  reply.sense_size = 4;
  CHECK(SendScsiReadCapacity(&session, 77, &reply.status, &reply.size, reply.data,
                             &reply.sense_size, reply.sense) == ERROR_INSUFFICIENT_BUFFER);
  CHECK(reply.sense_size == 18);
}

TEST_CASE("wrong arguments of SCSI commands") {
  const auto world = World::open();
  auto session = session_with_disk();
  Reply reply;
  CHECK(inquiry(session, 0, reply, 4) == ERROR_INVALID_PARAMETER);
  ISCSI_UNIQUE_SESSION_ID nobody{session.AdapterUnique, session.AdapterSpecific + 77};
  CHECK(inquiry(nobody, 0, reply) == ISDSC_INVALID_SESSION_ID);
  nobody = {session.AdapterUnique + 1, session.AdapterSpecific};
  CHECK(inquiry(nobody, 0, reply) == ISDSC_INVALID_SESSION_ID);
  CHECK(SendScsiInquiry(nullptr, 0, 0, 0, &reply.status, &reply.size, reply.data, &reply.sense_size,
                        reply.sense) == ERROR_INVALID_PARAMETER);
  CHECK(SendScsiInquiry(&session, 0, 0, 0, nullptr, &reply.size, reply.data, &reply.sense_size,
                        reply.sense) == ERROR_INVALID_PARAMETER);
  CHECK(SendScsiReadCapacity(&session, 0, &reply.status, nullptr, reply.data, &reply.sense_size,
                             reply.sense) == ERROR_INVALID_PARAMETER);
  CHECK(SendScsiReportLuns(&session, &reply.status, &reply.size, reply.data, nullptr,
                           reply.sense) == ERROR_INVALID_PARAMETER);
}
