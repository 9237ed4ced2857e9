// MSiSCSI_HBASessionConfig: what later logins offer.
#include "hba-sim/miniport/classes.hpp"
#include "iscsiop/iscsimgt.hpp"

namespace hbalab::miniport {
namespace {

using Block = iscsi::MSiSCSI_HBASessionConfig;

std::size_t size(const DeviceExtension&, ULONG) { return iscsi::MSiSCSI_HBASessionConfig_SIZE; }

void write(const DeviceExtension& device, ULONG, std::span<std::uint8_t> out) {
  const adapter::SessionSettings& now = device.hba->settings().now().session;
  auto block = zeroed<Block>();
  block.InitialR2T = now.initial_r2t;
  block.ImmediateData = now.immediate_data;
  block.MaxRecvDataSegmentLength = now.max_recv_data_segment_length;
  block.MaxBurstLength = now.max_burst_length;
  block.FirstBurstLength = now.first_burst_length;
  block.MaxOutstandingR2T = now.max_outstanding_r2t;
  std::memcpy(out.data(), &block, out.size());
}

BOOLEAN set(Request& request, ULONG, std::span<const std::uint8_t> bytes) {
  const auto block = iscsi::read_block<Block>(bytes, "MSiSCSI_HBASessionConfig");
  if (!block) return refuse_block(request);
  adapter::SessionSettings wanted;
  wanted.initial_r2t = block->InitialR2T != 0;
  wanted.immediate_data = block->ImmediateData != 0;
  wanted.max_recv_data_segment_length = block->MaxRecvDataSegmentLength;
  wanted.max_burst_length = block->MaxBurstLength;
  wanted.first_burst_length = block->FirstBurstLength;
  wanted.max_outstanding_r2t = block->MaxOutstandingR2T;
  if (!wanted.valid()) return refuse_block(request);
  return set_settings(request, [wanted](adapter::AdapterSettings& settings) {
    settings.session = wanted;
    return iscsi::ISDSC_SUCCESS;
  });
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
                                       .write = write,
                                       .set = set,
                                       .items = kItems};

}  // namespace hbalab::miniport
