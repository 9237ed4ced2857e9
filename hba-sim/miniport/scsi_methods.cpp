// MSiSCSI_Operations: methods that send one SCSI command and hand back what came of it.
#include <algorithm>
#include <utility>

#include "hba-sim/miniport/target_call.hpp"
#include "iscsiop/iscsiop.hpp"
#include "iscsiop/sizes.hpp"

namespace hbalab::miniport {
namespace {

using Id = iscsi::MSiSCSI_OperationsMethod;

// The three OUT structures are one; what is said of it holds for all.
using Out = iscsi::ScsiReportLuns_OUT;
constexpr std::size_t kFixed = iscsi::scsi_report_luns_out_size(0);
static_assert(sizeof(Out) == sizeof(iscsi::ScsiInquiry_OUT) &&
              sizeof(Out) == sizeof(iscsi::ScsiReadCapacity_OUT) &&
              kFixed == iscsi::scsi_inquiry_out_size(0) &&
              kFixed == iscsi::scsi_read_capacity_out_size(0));

constexpr std::uint32_t kInquiryBytes = 255;  // all that a device before SPC-3 can be asked for
constexpr std::uint32_t kVitalBytes = 4096;   // EVPD pages
constexpr std::uint32_t kCapacity10Bytes = 8, kCapacity16Bytes = 32;
constexpr std::uint32_t kLunsBytes = 8 + 8 * 1024;  // as many LUNs as a target here has, and more

Bytes out_block(iscsi::IsdscStatus status, const fabric::ScsiResponse& response) {
  auto head = zeroed<Out>();
  head.Status = status;
  head.ResponseBufferSize = static_cast<std::uint32_t>(response.data.size());
  head.ScsiStatus = response.status;
  std::copy_n(response.sense.begin(), std::min(response.sense.size(), std::size(head.SenseBuffer)),
              std::begin(head.SenseBuffer));
  Bytes block(kFixed + response.data.size());
  std::memcpy(block.data(), &head, kFixed);
  std::ranges::copy(response.data, block.begin() + kFixed);
  return block;
}

auto answer_of(TargetCall call) {
  return [call = std::move(call)](iscsi::IsdscStatus status, const fabric::ScsiResponse& response) {
    call.answer(out_block(status, response));
  };
}

// The last block does not fit into READ CAPACITY(10) (SBC-3 5.12.2).
bool beyond_ten_bytes(const fabric::ScsiResponse& response) {
  return response.data.size() == kCapacity10Bytes &&
         std::ranges::all_of(std::span(response.data).first(4),
                             [](std::uint8_t byte) { return byte == 0xFF; });
}

// ILLEGAL REQUEST.
bool refused_as_unknown(iscsi::IsdscStatus status, const fabric::ScsiResponse& response) {
  return status == iscsi::ISDSC_SCSI_REQUEST_FAILED && response.sense.size() > 2 &&
         (response.sense[2] & 0x0F) == 0x05;
}

}  // namespace

BOOLEAN scsi_inquiry(const MethodCall& call) {
  const auto in = iscsi::read_block<iscsi::ScsiInquiry_IN>(call.in(), "ScsiInquiry_IN",
                                                           iscsi::ScsiInquiry_IN_SIZE);
  if (!in) return refuse(call);
  TargetCall target(call, Id::ScsiInquiry);
  if (target.answered_before()) return FALSE;
  // The flags are the command's own bits: what the device does not know, it refuses itself.
  const std::uint32_t room = (in->InquiryFlags & 1) != 0 ? kVitalBytes : kInquiryBytes;
  const Bytes cdb = {0x12,
                     in->InquiryFlags,
                     in->PageCode,
                     static_cast<std::uint8_t>(room >> 8),
                     static_cast<std::uint8_t>(room),
                     0};
  return pend(call.request, call.hba().scsi(SessionId{in->UniqueSessionId}, in->Lun, cdb, room,
                                            answer_of(std::move(target))));
}

BOOLEAN scsi_read_capacity(const MethodCall& call) {
  const auto in = iscsi::read_block<iscsi::ScsiReadCapacity_IN>(call.in(), "ScsiReadCapacity_IN",
                                                                iscsi::ScsiReadCapacity_IN_SIZE);
  if (!in) return refuse(call);
  TargetCall target(call, Id::ScsiReadCapacity);
  if (target.answered_before()) return FALSE;
  const SessionId session{in->UniqueSessionId};
  const std::uint64_t lun = in->Lun;
  adapter::Hba& hba = call.hba();
  auto finish = [&hba, session, lun, answer = answer_of(std::move(target)),
                 &request = call.request](iscsi::IsdscStatus status,
                                          const fabric::ScsiResponse& response) {
    if (status != iscsi::ISDSC_SUCCESS || !beyond_ten_bytes(response)) {
      return answer(status, response);
    }
    const Bytes long_cdb = {0x9E, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, kCapacity16Bytes, 0, 0};
    // What cancelling has to end from now on.
    request.operation = hba.scsi(
        session, lun, long_cdb, kCapacity16Bytes,
        [answer, ten = response](iscsi::IsdscStatus more, const fabric::ScsiResponse& sixteen) {
          // A device, or an adapter, that has no longer command has said what it can.
          const bool known =
              more != iscsi::ISDSC_INVALID_PARAMETER && !refused_as_unknown(more, sixteen);
          answer(known ? more : iscsi::ISDSC_SUCCESS, known ? sixteen : ten);
        });
  };
  const Bytes cdb = {0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  return pend(call.request, hba.scsi(session, lun, cdb, kCapacity10Bytes, std::move(finish)));
}

BOOLEAN scsi_report_luns(const MethodCall& call) {
  const auto in = iscsi::read_block<iscsi::ScsiReportLuns_IN>(call.in(), "ScsiReportLuns_IN");
  if (!in) return refuse(call);
  TargetCall target(call, Id::ScsiReportLuns);
  if (target.answered_before()) return FALSE;
  const Bytes cdb = {0xA0, 0, 0, 0, 0, 0, 0, 0, kLunsBytes >> 8, kLunsBytes & 0xFF, 0, 0};
  return pend(call.request, call.hba().scsi(SessionId{in->UniqueSessionId}, 0, cdb, kLunsBytes,
                                            answer_of(std::move(target))));
}

}  // namespace hbalab::miniport
