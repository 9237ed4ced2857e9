// The values below a driver's Parameters key: those that the adapter was given, and above them what
// the driver has written, which lasts as long as the adapter.
#include <algorithm>
#include <cstring>
#include <utility>

#include "hba-sim/port/adapter_services.hpp"
#include "hba-sim/port/core.hpp"
#include "hba-sim/port/driver_fault.hpp"

namespace hbalab::port {
namespace {

constexpr ULONG kMostBuffer = 65536;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view name_of(const UCHAR* name) {
  return name == nullptr ? std::string_view()
                         : std::string_view(reinterpret_cast<const char*>(name));
}

}  // namespace

std::optional<AdapterServices::Value> AdapterServices::registry_value(std::string_view name) const {
  const std::string key = lower(name);
  {
    const std::scoped_lock lock(mutex_);
    const auto written = written_values_.find(key);
    if (written != written_values_.end()) return written->second;
  }
  for (const auto& [its, value] : core_.options().registry_values) {
    if (lower(its) != key) continue;
    if (const auto* text = std::get_if<std::string>(&value)) return Value{MINIPORT_REG_SZ, *text};
    const std::uint32_t number = std::get<std::uint32_t>(value);
    Value out{MINIPORT_REG_DWORD, std::string(sizeof number, '\0')};
    std::memcpy(out.bytes.data(), &number, sizeof number);
    return out;
  }
  return std::nullopt;
}

std::string AdapterServices::registry_text(std::string_view name) const {
  auto value = registry_value(name);
  return value && value->type == MINIPORT_REG_SZ ? std::move(value->bytes) : std::string();
}

PUCHAR AdapterServices::allocate_registry_buffer(PULONG length) {
  if (length == nullptr) return nullptr;
  const std::scoped_lock lock(mutex_);
  if (registry_buffer_) {  // one at a time
    *length = 0;
    return nullptr;
  }
  *length = std::clamp<ULONG>(*length, 1, kMostBuffer);
  registry_buffer_ = std::make_unique<UCHAR[]>(*length);
  registry_buffer_size_ = *length;
  registry_buffer_code_ = ServiceCaller::address();
  return registry_buffer_.get();
}

void AdapterServices::free_registry_buffer(PUCHAR buffer) {
  {
    const std::scoped_lock lock(mutex_);
    if (buffer != nullptr && buffer == registry_buffer_.get()) {
      registry_buffer_.reset();
      return;
    }
  }
  freed_unknown("StorPortFreeRegistryBuffer", buffer);
}

BOOLEAN AdapterServices::registry_read(const UCHAR* name, ULONG type, PUCHAR buffer,
                                       PULONG length) {
  if (length == nullptr) return FALSE;
  const ULONG room = std::exchange(*length, 0);
  const auto value = registry_value(name_of(name));
  if (!value || buffer == nullptr) return FALSE;
  // A value is found by its type; any is found as bytes.
  if (value->type != type && type != MINIPORT_REG_BINARY) return FALSE;
  const std::size_t size = value->bytes.size() + (type == MINIPORT_REG_SZ ? 1 : 0);
  *length = static_cast<ULONG>(size);
  if (size > room) return FALSE;
  {
    const std::scoped_lock lock(mutex_);
    const UCHAR* const begin = registry_buffer_.get();
    if (begin == nullptr || buffer < begin || buffer + size > begin + registry_buffer_size_) {
      *length = 0;
      return FALSE;
    }
  }
  // With the NUL of a text, which `size` counts.
  std::memcpy(buffer, value->bytes.c_str(), size);  // NOLINT(bugprone-not-null-terminated-result)
  return TRUE;
}

BOOLEAN AdapterServices::registry_write(const UCHAR* name, ULONG type, const UCHAR* buffer,
                                        ULONG length) {
  const std::string key = lower(name_of(name));
  const bool known =
      type == MINIPORT_REG_SZ || type == MINIPORT_REG_BINARY || type == MINIPORT_REG_DWORD;
  if (key.empty() || !known || (buffer == nullptr && length != 0)) return FALSE;
  if (type == MINIPORT_REG_DWORD && length != sizeof(ULONG)) return FALSE;
  Value value{type, std::string(reinterpret_cast<const char*>(buffer), length)};
  if (type == MINIPORT_REG_SZ) value.bytes.resize(std::strlen(value.bytes.c_str()));
  const std::scoped_lock lock(mutex_);
  written_values_[key] = std::move(value);
  return TRUE;
}

}  // namespace hbalab::port
