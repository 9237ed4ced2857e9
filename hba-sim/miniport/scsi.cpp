// SRB_FUNCTION_EXECUTE_SCSI: commands of the port driver and the system to the logical units.
#include <algorithm>
#include <cstring>

#include "hba-sim/miniport/device.hpp"

namespace hbalab::miniport {
namespace {

constexpr std::uint8_t kReportLuns = 0xA0;
constexpr std::uint8_t kSelectReportLength = 8;  // header of REPORT LUNS data: length, reserved

void finish(DeviceExtension& device, SCSI_REQUEST_BLOCK& srb, std::uint8_t status) {
  srb.SrbStatus = status;
  StorPortNotification(RequestComplete, &device, &srb);
}

// The system numbers logical units by the mapping (OSLUN), not as the target does: the adapter
// answers.
void report_luns(DeviceExtension& device, SCSI_REQUEST_BLOCK& srb) {
  Bytes list(kSelectReportLength);
  for (const std::uint8_t lun : device.hba->units({srb.PathId, srb.TargetId})) {
    list.resize(list.size() + 8);
    list[list.size() - 7] = lun;  // peripheral device addressing, bus 0 (SAM-5 4.7.7.2)
  }
  if (list.size() == kSelectReportLength) return finish(device, srb, SRB_STATUS_NO_DEVICE);
  const std::size_t length = list.size() - kSelectReportLength;
  for (std::size_t i = 0; i < 4; ++i) list[i] = static_cast<std::uint8_t>(length >> (24 - 8 * i));
  const std::size_t copied = std::min<std::size_t>(list.size(), srb.DataTransferLength);
  std::memcpy(srb.DataBuffer, list.data(), copied);
  srb.DataTransferLength = static_cast<ULONG>(copied);
  srb.ScsiStatus = 0;
  finish(device, srb, SRB_STATUS_SUCCESS);
}

void complete_scsi(DeviceExtension& device, SCSI_REQUEST_BLOCK& srb, iscsi::IsdscStatus status,
                   const fabric::ScsiResponse& response) {
  if (status != iscsi::ISDSC_SUCCESS || response.dropped)
    return finish(device, srb, SRB_STATUS_NO_DEVICE);
  const std::size_t copied = std::min<std::size_t>(response.data.size(), srb.DataTransferLength);
  if (copied != 0) std::memcpy(srb.DataBuffer, response.data.data(), copied);
  srb.DataTransferLength = static_cast<ULONG>(copied);
  srb.ScsiStatus = response.status;
  if (response.status == 0) return finish(device, srb, SRB_STATUS_SUCCESS);
  std::uint8_t srb_status = SRB_STATUS_ERROR;
  if (!response.sense.empty() && srb.SenseInfoBuffer != nullptr) {
    std::memcpy(srb.SenseInfoBuffer, response.sense.data(),
                std::min<std::size_t>(response.sense.size(), srb.SenseInfoBufferLength));
    srb_status |= SRB_STATUS_AUTOSENSE_VALID;
  }
  finish(device, srb, srb_status);
}

}  // namespace

void execute_scsi(DeviceExtension& device, SCSI_REQUEST_BLOCK& srb) {
  if (srb.CdbLength == 0 || srb.CdbLength > sizeof srb.Cdb)
    return finish(device, srb, SRB_STATUS_INVALID_REQUEST);
  if (srb.Cdb[0] == kReportLuns) return report_luns(device, srb);
  const auto info = device.hba->device({srb.PathId, srb.TargetId, srb.Lun});
  if (!info) return finish(device, srb, SRB_STATUS_NO_DEVICE);
  device.hba->scsi(
      info->session, info->target_lun, Bytes(srb.Cdb, srb.Cdb + srb.CdbLength),
      srb.DataTransferLength,
      [&device, &srb](iscsi::IsdscStatus status, const fabric::ScsiResponse& response) {
        complete_scsi(device, srb, status, response);
      });
}

}  // namespace hbalab::miniport
