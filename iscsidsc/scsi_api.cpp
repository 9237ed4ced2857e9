// SCSI commands to logical units of a session.
#include <cstring>

#include "iscsidsc/initiators.hpp"
#include "iscsiop/views.hpp"

namespace hbalab::dsc {
namespace {

using Operation = iscsi::MSiSCSI_OperationsMethod;

// Where the caller wants what came back.
struct Destination {
  PUCHAR scsi_status;
  PULONG response_size;
  PUCHAR response;
  PULONG sense_size;
  PUCHAR sense;
  [[nodiscard]] ISDSC_STATUS check() const {
    return require(scsi_status, response_size, sense_size);
  }
};

constexpr ULONG kSenseSize = sizeof(iscsi::ScsiInquiry_OUT::SenseBuffer);

// Sets the size that is needed, and copies when there is room.
bool give(std::span<const std::uint8_t> bytes, PULONG size, PUCHAR buffer) {
  const auto given = *size;
  *size = static_cast<ULONG>(bytes.size());
  if (bytes.empty()) return true;
  if (buffer == nullptr || given < bytes.size()) return false;
  std::memcpy(buffer, bytes.data(), bytes.size());
  return true;
}

// With a SCSI error the sense data is there, and the response is not. Without one it is the other
// way round; the size of the sense buffer is told in any case.
template <typename View>
ISDSC_STATUS send(const ISCSI_UNIQUE_SESSION_ID& session, Operation method, const Bytes& in,
                  const Destination& to) {
  Initiators initiators;
  const auto initiator = initiators.of_session(session);
  if (!initiator) return initiator.error();
  Block block;
  const auto status = initiators.operation(*initiator, method, in, &block);
  const bool failed = status == ISDSC_SCSI_REQUEST_FAILED;
  if (status != ISDSC_SUCCESS && !failed) return status;
  const auto out = view_of<View>(block);
  if (!out) return out.error();
  *to.scsi_status = out->head->ScsiStatus;
  if (failed) {
    *to.response_size = 0;
    return give(out->head->SenseBuffer, to.sense_size, to.sense)
               ? ISDSC_STATUS{ISDSC_SCSI_REQUEST_FAILED}
               : ISDSC_STATUS{ERROR_INSUFFICIENT_BUFFER};
  }
  *to.sense_size = kSenseSize;
  return give(out->response, to.response_size, to.response)
             ? ISDSC_STATUS{ERROR_SUCCESS}
             : ISDSC_STATUS{ERROR_INSUFFICIENT_BUFFER};
}

ISDSC_STATUS send_scsi_inquiry(const ISCSI_UNIQUE_SESSION_ID* session, ULONGLONG lun,
                               UCHAR evpd_cmddt, UCHAR page_code, PUCHAR scsi_status,
                               PULONG response_size, PUCHAR response, PULONG sense_size,
                               PUCHAR sense) {
  const Destination to{scsi_status, response_size, response, sense_size, sense};
  if (const auto bad = require(session)) return bad;
  if (const auto bad = to.check()) return bad;
  constexpr UCHAR kEvpdAndCmddt = 3;
  if ((evpd_cmddt & ~kEvpdAndCmddt) != 0) return ERROR_INVALID_PARAMETER;
  Request<iscsi::ScsiInquiry_IN> in(iscsi::ScsiInquiry_IN_SIZE);
  in->UniqueSessionId = session->AdapterSpecific;
  in->Lun = lun;
  in->InquiryFlags = evpd_cmddt;
  in->PageCode = page_code;
  return send<iscsi::ScsiInquiryOutView>(*session, Operation::ScsiInquiry, in.block, to);
}

ISDSC_STATUS send_scsi_read_capacity(const ISCSI_UNIQUE_SESSION_ID* session, ULONGLONG lun,
                                     PUCHAR scsi_status, PULONG response_size, PUCHAR response,
                                     PULONG sense_size, PUCHAR sense) {
  const Destination to{scsi_status, response_size, response, sense_size, sense};
  if (const auto bad = require(session)) return bad;
  if (const auto bad = to.check()) return bad;
  Request<iscsi::ScsiReadCapacity_IN> in;
  in->UniqueSessionId = session->AdapterSpecific;
  in->Lun = lun;
  return send<iscsi::ScsiReadCapacityOutView>(*session, Operation::ScsiReadCapacity, in.block, to);
}

ISDSC_STATUS send_scsi_report_luns(const ISCSI_UNIQUE_SESSION_ID* session, PUCHAR scsi_status,
                                   PULONG response_size, PUCHAR response, PULONG sense_size,
                                   PUCHAR sense) {
  const Destination to{scsi_status, response_size, response, sense_size, sense};
  if (const auto bad = require(session)) return bad;
  if (const auto bad = to.check()) return bad;
  Request<iscsi::ScsiReportLuns_IN> in;
  in->UniqueSessionId = session->AdapterSpecific;
  return send<iscsi::ScsiReportLunsOutView>(*session, Operation::ScsiReportLuns, in.block, to);
}

}  // namespace
}  // namespace hbalab::dsc

#include "iscsidsc/exports_scsi.inc"
