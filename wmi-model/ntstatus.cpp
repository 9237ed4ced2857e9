#include "wmi-model/ntstatus.hpp"

#include <algorithm>
#include <iterator>

namespace hbalab::wmi {
namespace {

struct Name {
  std::uint32_t value;
  std::string_view name;
};

// By value. Also what no request ends with and drivers return elsewhere.
constexpr Name kNames[] = {
    {0x00000000, "STATUS_SUCCESS"},
    {0x80000011, "STATUS_DEVICE_BUSY"},
    {0xC0000001, "STATUS_UNSUCCESSFUL"},
    {0xC0000002, "STATUS_NOT_IMPLEMENTED"},
    {0xC0000008, "STATUS_INVALID_HANDLE"},
    {0xC000000D, "STATUS_INVALID_PARAMETER"},
    {0xC000000E, "STATUS_NO_SUCH_DEVICE"},
    {0xC0000010, "STATUS_INVALID_DEVICE_REQUEST"},
    {0xC0000017, "STATUS_NO_MEMORY"},
    {0xC0000022, "STATUS_ACCESS_DENIED"},
    {0xC0000023, "STATUS_BUFFER_TOO_SMALL"},
    {0xC0000034, "STATUS_OBJECT_NAME_NOT_FOUND"},
    {0xC0000059, "STATUS_REVISION_MISMATCH"},
    {0xC000009A, "STATUS_INSUFFICIENT_RESOURCES"},
    {0xC00000B5, "STATUS_IO_TIMEOUT"},
    {0xC00000BB, "STATUS_NOT_SUPPORTED"},
    {0xC00000C0, "STATUS_DEVICE_DOES_NOT_EXIST"},
    {0xC0000120, "STATUS_CANCELLED"},
    {0xC0000182, "STATUS_DEVICE_CONFIGURATION_ERROR"},
    {0xC0000185, "STATUS_IO_DEVICE_ERROR"},
    {0xC0000295, "STATUS_WMI_GUID_NOT_FOUND"},
    {0xC0000296, "STATUS_WMI_INSTANCE_NOT_FOUND"},
    {0xC0000297, "STATUS_WMI_ITEMID_NOT_FOUND"},
    {0xC00002C6, "STATUS_WMI_READ_ONLY"},
    {0xC00002C7, "STATUS_WMI_SET_FAILURE"},
};
static_assert(std::ranges::is_sorted(kNames, {}, &Name::value));

}  // namespace

std::string_view nt_status_name(NtStatus status) {
  const auto value = static_cast<std::uint32_t>(status);
  const auto* const found = std::ranges::lower_bound(kNames, value, {}, &Name::value);
  return found != std::end(kNames) && found->value == value ? found->name : std::string_view{};
}

}  // namespace hbalab::wmi
