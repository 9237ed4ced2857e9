// Random bytes as a driver's answer (the unpackers) and as a request (the WMI library that
// miniports call). The first byte picks which; nothing may read or write outside of its buffer, or
// loop.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include "hba-sim/include/scsiwmi.h"
#include "wmi-model/wnode.hpp"

namespace {

using namespace hbalab::wmi;

constexpr GUID kGuids[] = {
    {0x11111111, 1, 1, {1}}, {0x22222222, 2, 2, {2}}, {0x33333333, 3, 3, {3}}};

void require(bool condition) {
  if (!condition) std::abort();
}

// What the callbacks answer, taken from the input too.
struct Answer {
  std::uint8_t status;
  std::uint8_t used_choice;
  std::uint32_t used;
};

std::uint32_t choose(const Answer& answer, std::uint32_t available) {
  return answer.used_choice % 2 == 0 ? available : answer.used;
}

BOOLEAN post(const Answer& answer, PSCSIWMI_REQUEST_CONTEXT context, ULONG available,
             PUCHAR buffer) {
  // The callback may use all that it was given.
  if (buffer != nullptr) std::memset(buffer, 0xA5, available);
  ScsiPortWmiPostProcess(context, answer.status, choose(answer, available));
  return FALSE;
}

BOOLEAN query(PVOID device, PSCSIWMI_REQUEST_CONTEXT context, ULONG guid, ULONG, ULONG count,
              PULONG lengths, ULONG available, PUCHAR buffer) {
  const auto& answer = *static_cast<const Answer*>(device);
  if (guid == 1 && ScsiPortWmiIsQueryAllData(context)) {
    ULONG room = 0;
    ULONG needed = 0;
    const ULONG instances = answer.used % 64;
    if (ScsiPortWmiSetInstanceCount(context, instances, &room, &needed) != FALSE) {
      for (ULONG i = 0; i < instances + 2; ++i) {  // two that do not exist
        const ULONG bytes = (answer.used >> (i % 24)) & 0x7F;
        if (PWCHAR name = ScsiPortWmiSetInstanceName(context, i, bytes, &room, &needed)) {
          std::memset(name, 'n', bytes);
        }
        if (PVOID data = ScsiPortWmiSetData(context, i, bytes * 3, &room, &needed)) {
          std::memset(data, 'd', bytes * 3);
        }
      }
    }
    ScsiPortWmiPostProcess(context, answer.status, needed);
    return FALSE;
  }
  if (PWCHAR name = ScsiPortWmiGetInstanceName(context)) {
    volatile WCHAR last = name[name[0] / sizeof(WCHAR)];
    (void)last;
  }
  for (ULONG i = 0; lengths != nullptr && i < count; ++i) lengths[i] = answer.used >> (i % 24);
  return post(answer, context, available, buffer);
}

BOOLEAN set(PVOID device, PSCSIWMI_REQUEST_CONTEXT context, ULONG, ULONG, ULONG size, PUCHAR data) {
  return post(*static_cast<const Answer*>(device), context, size, data);
}

BOOLEAN set_item(PVOID device, PSCSIWMI_REQUEST_CONTEXT context, ULONG, ULONG, ULONG, ULONG size,
                 PUCHAR data) {
  return post(*static_cast<const Answer*>(device), context, size, data);
}

BOOLEAN execute(PVOID device, PSCSIWMI_REQUEST_CONTEXT context, ULONG, ULONG, ULONG, ULONG in,
                ULONG out, PUCHAR buffer) {
  require(in <= out);
  return post(*static_cast<const Answer*>(device), context, out, buffer);
}

void dispatch(std::uint8_t minor, std::span<const std::uint8_t> input) {
  if (input.size() < 7) return;
  Answer answer{input[0], input[1], 0};
  std::memcpy(&answer.used, input.data() + 2, sizeof answer.used);
  const std::uint8_t guid = input[6] % 4;
  input = input.subspan(7);
  // A buffer of its own, aligned as the port driver's are and no byte longer.
  WnodeBuffer buffer(input.size());
  if (!input.empty()) std::memcpy(buffer.data(), input.data(), input.size());
  SCSIWMIGUIDREGINFO list[] = {
      {&kGuids[0], 3, 0}, {&kGuids[1], 0xFFFFFFFF, WMIREG_FLAG_CALL_BY_NAME}, {&kGuids[2], 1, 0}};
  SCSI_WMILIB_CONTEXT library{3, list, nullptr, query, set, set_item, execute, nullptr};
  SCSIWMI_REQUEST_CONTEXT context{};
  GUID path = kGuids[guid % 3];
  if (guid == 3) path.Data1 = 0;
  const BOOLEAN pending =
      ScsiPortWmiDispatchFunction(&library, minor, &answer, &context, &path,
                                  static_cast<ULONG>(buffer.capacity()), buffer.data());
  require(pending == FALSE);
  require(context.ReturnStatus != SRB_STATUS_PENDING);
  if (context.ReturnStatus != SRB_STATUS_SUCCESS) return;
  require(context.ReturnSize <= buffer.capacity());
  const auto answered = buffer.bytes().first(context.ReturnSize);
  const bool all = minor == WMI_GET_ALL_DATA;
  const bool single = minor == WMI_GET_SINGLE_INSTANCE || minor == WMI_EXECUTE_METHOD;
  if (too_small(answered)) return;
  // What the library says succeeded is well formed, unless the callback wrote over the header.
  if (all && guid != 1) require(unpack_all_data(answered).has_value());
  if (all) (void)unpack_all_data(answered);
  if (single) (void)unpack_single(answered);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::uint8_t choice = data[0] % 16;
  // Its own allocation, so that the sanitizer sees both ends.
  const std::vector<std::uint8_t> input(data + 1, data + size);
  switch (choice) {
    case 11:
      (void)unpack_all_data(input);
      break;
    case 12:
      (void)unpack_single(input);
      break;
    case 13:
      (void)unpack_event(input);
      break;
    case 14:
      (void)unpack_reginfo(input);
      break;
    case 15:
      (void)too_small(input);
      break;
    default:
      dispatch(choice, input);
      break;
  }
  return 0;
}
