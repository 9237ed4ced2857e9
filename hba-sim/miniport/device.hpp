// Device extension and SRB extension of the built-in miniport, and what its parts call of each
// other.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "hba-sim/adapter/hba.hpp"
#include "hba-sim/include/scsiwmi.h"
#include "hba-sim/include/storport.h"
#include "hba-sim/miniport/kept_answers.hpp"

namespace hbalab::miniport {

struct Request;
struct WmiClass;

// One life of the driver, from HwInitialize to ScsiStopAdapter. The NVRAM finishes what it has
// begun whatever becomes of the adapter, and nothing can recall its callbacks: they hold the life
// and do nothing once it is over. Guarded by the adapter lock.
struct Life {
  bool over = false;
  Request* waiting = nullptr;  // requests that only an NVRAM callback will end
  KeptAnswers kept;
  // What the WMI library serves: the adapter's classes with their instances.
  std::vector<const WmiClass*> classes;
  std::vector<SCSIWMIGUIDREGINFO> guids;
  SCSI_WMILIB_CONTEXT library{};
  std::set<ULONG> events;  // classes whose events are enabled, by their place in `guids`
  // Targets whose units changed and of which the port driver has still to be told; the one that it
  // is looking at.
  std::set<adapter::OsTarget> changed;
  STOR_ADDR_BTL8 reported{};
  bool reporting = false;
};

// Zeroed by the port driver before HwFindAdapter.
struct DeviceExtension {
  adapter::Hba* hba;
  std::shared_ptr<Life>* life;  // owned; made by HwInitialize, ended by ScsiStopAdapter
};

// One WMI request. Lives in the SRB extension: zeroed memory that the port driver gives with each
// SRB.
struct Request {
  SCSIWMI_REQUEST_CONTEXT context;
  DeviceExtension* device;
  SCSI_WMI_REQUEST_BLOCK* srb;
  adapter::OperationId operation;  // what cancelling has to end; 0: nothing
  bool pending;    // the dispatch routine has returned; completion notifies the port
  bool completed;  // complete() ran
  bool aborted;    // SRB_FUNCTION_ABORT_COMMAND came for it
  bool waiting;    // in Life::waiting, linked by the two below
  Request* previous;
  Request* next;
};

// Ends a request: `size` is the bytes used, or needed with SRB_STATUS_DATA_OVERRUN.
void complete(Request& request, std::uint8_t srb_status, std::uint32_t size);

// The request pends until an NVRAM callback completes it, or the life ends.
void wait_for_nvram(Request& request);

// MSiSCSI_LUNMappingInformation of the logical unit that the SRB addresses.
BOOLEAN query_lun_mapping(Request& request, std::uint32_t available, std::uint8_t* buffer,
                          ULONG* instance_length);

// Events (events.cpp): MSiSCSI_AdapterEvent, and what the hardware reports of failures.
void fire_targets_changed(DeviceExtension& device);
void fire_notice(DeviceExtension& device, const adapter::Notice& notice);

// SRB_FUNCTION_EXECUTE_SCSI.
void execute_scsi(DeviceExtension& device, SCSI_REQUEST_BLOCK& srb);

}  // namespace hbalab::miniport
