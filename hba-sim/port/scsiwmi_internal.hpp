// Parts of the SCSI port WMI library that its files share.
#pragma once

#include <cstdint>
#include <cstring>

#include "hba-sim/include/scsiwmi.h"

namespace hbalab::port {

inline constexpr ULONG kDynamicInstances = 0xFFFFFFFFu;

// The WNODE in a request's buffer. Nothing but the size of the buffer is believed.
class WnodeRef {
 public:
  explicit WnodeRef(PSCSIWMI_REQUEST_CONTEXT context)
      : buffer_(context->Buffer), size_(context->BufferSize) {}

  [[nodiscard]] bool holds(std::uint64_t size) const { return size <= size_; }
  // Whether [offset, offset + size) lies in the buffer and not before `from`.
  [[nodiscard]] bool contains(std::uint64_t offset, std::uint64_t size, std::uint64_t from) const {
    return offset >= from && offset <= size_ && size <= size_ - offset;
  }
  [[nodiscard]] ULONG get(std::size_t offset) const {
    ULONG value;
    std::memcpy(&value, buffer_ + offset, sizeof value);
    return value;
  }
  void put(std::size_t offset, ULONG value) const {
    std::memcpy(buffer_ + offset, &value, sizeof value);
  }
  [[nodiscard]] ULONG flags() const { return get(offsetof(WNODE_HEADER, Flags)); }
  // Buffers of requests are aligned to 8 bytes at least.
  template <typename T>
  [[nodiscard]] T* pointer(std::size_t offset) const {
    return static_cast<T*>(static_cast<void*>(buffer_ + offset));
  }

 private:
  PUCHAR buffer_;
  std::uint64_t size_;
};

// What the WNODE needs whose callback asked for more: also more than there was, where that was so
// little that the callback got nothing. Instances may have no data.
inline std::uint64_t beyond_offer(PSCSIWMI_REQUEST_CONTEXT context, std::uint64_t data_offset,
                                  std::uint64_t end) {
  const std::uint64_t least = std::uint64_t{context->BufferSize} + 1;
  return data_offset >= context->BufferSize && end < least ? least : end;
}

// What a callback gets for all instances of a statically named block; null and 0 without room.
struct StaticAll {
  PULONG lengths = nullptr;
  ULONG available = 0;
  PUCHAR data = nullptr;
};
// Both need a buffer of at least sizeof(WNODE_TOO_SMALL).
[[nodiscard]] StaticAll begin_static_all(PSCSIWMI_REQUEST_CONTEXT context, ULONG instance_count);
void begin_dynamic_all(PSCSIWMI_REQUEST_CONTEXT context);
// After the callback: finishes the context and returns 0, or returns the size that the WNODE needs.
[[nodiscard]] std::uint64_t end_all(PSCSIWMI_REQUEST_CONTEXT context, UCHAR status, ULONG used);

// Answers WMI_REGINFO.
void write_reginfo(const SCSI_WMILIB_CONTEXT& library, PVOID device,
                   PSCSIWMI_REQUEST_CONTEXT context);

}  // namespace hbalab::port
