#include "vds/object_ids.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <cstring>
#include <map>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "vds/hresults.hpp"

namespace hbalab::vds {
namespace {

constexpr std::array<std::uint8_t, 16> kNamespace{0x1b, 0x9e, 0x5e, 0x0a, 0x3c, 0x5f, 0x4f, 0x0e,
                                                  0x9a, 0x56, 0x7f, 0x1d, 0x8c, 0x2b, 0x64, 0xd3};

std::array<std::uint8_t, EVP_MAX_MD_SIZE> sha1(std::span<const std::uint8_t> bytes) {
  // An operation may still compare ids while the program's end cleans up.
  [[maybe_unused]] static const int kept = OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha1(), nullptr) != 1) {
    throw std::runtime_error("libcrypto refuses SHA-1");
  }
  return digest;
}

// Never destroyed: a program's own threads may still be in a call when it ends.
struct Remembered {
  std::mutex mutex;
  std::map<GUID, IscsiName, GuidLess> targets;
  std::map<GUID, Portal, GuidLess> portals;
};
Remembered& remembered() {
  static auto* const instance = new Remembered;
  return *instance;
}

template <typename Value>
std::optional<Value> find(const std::map<GUID, Value, GuidLess>& map, const GUID& id) {
  const auto entry = map.find(id);
  if (entry == map.end()) return std::nullopt;
  return entry->second;
}

}  // namespace

GUID object_id(std::string_view name) {
  std::vector<std::uint8_t> bytes(kNamespace.begin(), kNamespace.end());
  bytes.insert(bytes.end(), name.begin(), name.end());
  auto digest = sha1(bytes);
  digest[6] = static_cast<std::uint8_t>((digest[6] & 0x0Fu) | 0x50u);
  digest[8] = static_cast<std::uint8_t>((digest[8] & 0x3Fu) | 0x80u);
  // The first three members are numbers; a UUID has them big-endian.
  const auto number = [&](std::size_t from, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = from; i < from + size; ++i) value = value << 8 | digest[i];
    return value;
  };
  GUID id;
  id.Data1 = number(0, 4);
  id.Data2 = static_cast<USHORT>(number(4, 2));
  id.Data3 = static_cast<USHORT>(number(6, 2));
  std::memcpy(id.Data4, digest.data() + 8, sizeof id.Data4);
  return id;
}

VDS_OBJECT_ID adapter_id(std::string_view instance) {
  return object_id("adapter:" + std::string(instance));
}

VDS_OBJECT_ID initiator_portal_id(std::string_view instance, std::uint32_t index) {
  return object_id("port:" + std::to_string(index) + ":" + std::string(instance));
}

VDS_OBJECT_ID target_id(const IscsiName& name) { return object_id("target:" + name.canonical()); }

VDS_OBJECT_ID target_portal_id(const Portal& portal) {
  return object_id("portal:" + portal.canonical());
}

bool GuidLess::operator()(const GUID& a, const GUID& b) const {
  return std::memcmp(&a, &b, sizeof(GUID)) < 0;
}

void remember_target(const VDS_OBJECT_ID& id, const IscsiName& name) {
  Remembered& known = remembered();
  const std::scoped_lock lock(known.mutex);
  known.targets.insert_or_assign(id, name);
}

void remember_portal(const VDS_OBJECT_ID& id, const Portal& portal) {
  Remembered& known = remembered();
  const std::scoped_lock lock(known.mutex);
  known.portals.insert_or_assign(id, portal);
}

std::optional<IscsiName> remembered_target(const VDS_OBJECT_ID& id) {
  Remembered& known = remembered();
  const std::scoped_lock lock(known.mutex);
  return find(known.targets, id);
}

std::optional<Portal> remembered_portal(const VDS_OBJECT_ID& id) {
  Remembered& known = remembered();
  const std::scoped_lock lock(known.mutex);
  return find(known.portals, id);
}

}  // namespace hbalab::vds
