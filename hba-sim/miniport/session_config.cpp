// MSiSCSI_HBASessionConfig: what later logins offer.
#include "hba-sim/miniport/classes.hpp"
#include "iscsiop/iscsimgt.hpp"

namespace hbalab::miniport {
namespace {

using Block = iscsi::MSiSCSI_HBASessionConfig;

std::size_t size(const DeviceExtension&, ULONG) { return iscsi::MSiSCSI_HBASessionConfig_SIZE; }

void show(const adapter::Hba&, const adapter::AdapterSettings& settings, ULONG,
          std::span<std::uint8_t> out) {
  const adapter::SessionSettings& now = settings.session;
  auto block = zeroed<Block>();
  block.InitialR2T = now.initial_r2t;
  block.ImmediateData = now.immediate_data;
  block.MaxRecvDataSegmentLength = now.max_recv_data_segment_length;
  block.MaxBurstLength = now.max_burst_length;
  block.FirstBurstLength = now.first_burst_length;
  block.MaxOutstandingR2T = now.max_outstanding_r2t;
  std::memcpy(out.data(), &block, out.size());
}

UCHAR apply(const adapter::Hba&, adapter::AdapterSettings& settings, ULONG,
            std::span<const std::uint8_t> bytes) {
  const auto block = iscsi::read_block<Block>(bytes, "MSiSCSI_HBASessionConfig");
  if (!block) return SRB_STATUS_BAD_SRB_BLOCK_LENGTH;
  adapter::SessionSettings wanted;
  wanted.initial_r2t = block->InitialR2T != 0;
  wanted.immediate_data = block->ImmediateData != 0;
  wanted.max_recv_data_segment_length = block->MaxRecvDataSegmentLength;
  wanted.max_burst_length = block->MaxBurstLength;
  wanted.first_burst_length = block->FirstBurstLength;
  wanted.max_outstanding_r2t = block->MaxOutstandingR2T;
  if (!wanted.valid()) return SRB_STATUS_INVALID_REQUEST;
  settings.session = wanted;
  return SRB_STATUS_SUCCESS;
}

constexpr ItemPlace kItems[] = {
    HBALAB_ITEM(Block, InitialR2T),
    HBALAB_ITEM(Block, ImmediateData),
    HBALAB_ITEM(Block, MaxRecvDataSegmentLength),
    HBALAB_ITEM(Block, MaxBurstLength),
    HBALAB_ITEM(Block, FirstBurstLength),
    HBALAB_ITEM(Block, MaxOutstandingR2T),
};

}  // namespace

const WmiClass classes::session_config{.guid = &iscsi::MSiSCSI_HBASessionConfigGuid,
                                       .size = size,
                                       .show = show,
                                       .apply = apply,
                                       .items = kItems};

}  // namespace hbalab::miniport
