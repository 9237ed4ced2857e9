// What the services and the structures of their callers look like, where the headers that drivers
// include have it for drivers only: numbers of extended functions, locks, the extended SRB.
#pragma once

#include <cstddef>
#include <cstdint>

#include "hba-sim/include/storport.h"

namespace hbalab::port::abi {

// Statuses of extended functions (STOR_STATUS_*).
enum StorStatus : ULONG {
  kSuccess = 0,
  kUnsuccessful = 0xC1000001,
  kNotImplemented = 0xC1000002,
  kInsufficientResources = 0xC1000003,
  kBufferTooSmall = 0xC1000004,
  kInvalidParameter = 0xC1000006,
  kInvalidDeviceRequest = 0xC1000007,
  kBusy = 0xC100000C,
};

// STOR_SPINLOCK
enum SpinLock : int { kDpcLock = 1, kStartIoLock, kInterruptLock, kThreadedDpcLock, kDpcLevelLock };

// STOR_LOCK_HANDLE: its insides are the port driver's.
struct LockHandle {
  int lock;
  PVOID next;
  PVOID held;
  UCHAR old_irql;
};

using DpcRoutine = void (*)(PVOID dpc, PVOID extension, PVOID argument1, PVOID argument2);
using TimerRoutine = void (*)(PVOID extension, PVOID context);
using WorkRoutine = void (*)(PVOID extension, PVOID context, PVOID worker);

// MINIPORT_REG_*
inline constexpr ULONG kRegText = 1, kRegBinary = 3, kRegNumber = 4;

inline constexpr UCHAR kExtendedSrbFunction = 0x28;  // SRB_FUNCTION_STORAGE_REQUEST_BLOCK
inline constexpr ULONG kExtendedSrbSignature = 0x53524258;
inline constexpr UCHAR kExtendedSrbType = 1;  // SRB_TYPE_STORAGE_REQUEST_BLOCK
inline constexpr ULONG kDataScsiCdb16 = 0x40, kDataWmi = 0x60;

// STORAGE_REQUEST_BLOCK with one SRBEX data.
struct alignas(8) ExtendedSrb {
  USHORT length;
  UCHAR function;
  UCHAR srb_status;
  UCHAR reserved1[4];
  ULONG signature;
  ULONG version;
  ULONG srb_length;
  ULONG srb_function;
  ULONG srb_flags;
  ULONG reserved2;
  ULONG request_tag;
  USHORT request_priority;
  USHORT request_attribute;
  ULONG time_out_value;
  ULONG system_status;
  ULONG zero_guard1;
  ULONG address_offset;
  ULONG num_srb_ex_data;
  ULONG data_transfer_length;
  PVOID data_buffer;
  PVOID zero_guard2;
  PVOID original_request;
  PVOID class_context;
  PVOID port_context;
  PVOID miniport_context;
  PVOID next_srb;
  ULONG srb_ex_data_offset[1];
};
static_assert(sizeof(ExtendedSrb) == 128);
static_assert(offsetof(ExtendedSrb, data_buffer) == 64);
static_assert(offsetof(ExtendedSrb, miniport_context) == 104);

struct alignas(8) ScsiCdb16Data {  // SRBEX_DATA_SCSI_CDB16
  ULONG type;
  ULONG length;
  UCHAR scsi_status;
  UCHAR sense_info_buffer_length;
  UCHAR cdb_length;
  UCHAR reserved;
  ULONG reserved1;
  PVOID sense_info_buffer;
  UCHAR cdb[16];
};
static_assert(sizeof(ScsiCdb16Data) == 40);

struct alignas(8) WmiData {  // SRBEX_DATA_WMI
  ULONG type;
  ULONG length;
  UCHAR wmi_sub_function;
  UCHAR wmi_flags;
  UCHAR reserved[2];
  ULONG reserved1;
  PVOID data_path;
};
static_assert(sizeof(WmiData) == 24);

}  // namespace hbalab::port::abi
