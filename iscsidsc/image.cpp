#include "iscsidsc/image.hpp"

namespace hbalab::dsc {

ISDSC_STATUS Image::deliver(PULONG size, void* buffer) {
  if (data_.size() > std::numeric_limits<ULONG>::max()) return ERROR_NOT_ENOUGH_MEMORY;
  const auto given = *size;
  *size = static_cast<ULONG>(data_.size());
  if (data_.empty()) return ERROR_SUCCESS;
  if (buffer == nullptr || given < data_.size()) return ERROR_INSUFFICIENT_BUFFER;
  for (const auto& [where, to] : pointers_) {
    const std::uint8_t* const target = static_cast<std::uint8_t*>(buffer) + to;
    std::memcpy(data_.data() + where, &target, sizeof target);
  }
  std::memcpy(buffer, data_.data(), data_.size());
  return ERROR_SUCCESS;
}

}  // namespace hbalab::dsc
