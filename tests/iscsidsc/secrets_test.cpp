// Secrets that a program gives away stay nowhere in its memory but where it has them itself. Only
// through a mounted tree: a lab in this process keeps them.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <random>

#include "calls.hpp"

using namespace hbalab::dsc_test;

namespace {

// Sixteen random bytes. What they look like is kept masked beside them, to be looked for.
class Secret {
 public:
  Secret() {
    std::random_device random;
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
      bytes_[i] = static_cast<UCHAR>(random() | 1);  // most memory is zeros
      masked_[i] = static_cast<UCHAR>(bytes_[i] ^ kMask);
    }
  }
  UCHAR* data() { return bytes_.data(); }
  static constexpr ULONG size() { return kSize; }
  // Where they may begin, of the `size` bytes at `from`; nullptr: nowhere.
  [[nodiscard]] const UCHAR* next(const UCHAR* from, std::size_t size) const {
    return static_cast<const UCHAR*>(std::memchr(from, masked_[0] ^ kMask, size));
  }
  // Whether they begin at `at`.
  [[nodiscard]] bool is_at(const UCHAR* at) const {
    for (std::size_t i = 0; i < kSize; ++i) {
      if (static_cast<UCHAR>(at[i] ^ kMask) != masked_[i]) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t kSize = 16;
  static constexpr UCHAR kMask = 0x5A;
  std::array<UCHAR, kSize> bytes_{}, masked_{};
};

// How often the secret is in memory that this process may write.
std::size_t copies(const Secret& secret) {
  constexpr std::size_t kChunk = 1 << 16, kOverlap = Secret::size() - 1;
  constexpr std::size_t kMost = std::size_t{1} << 30;  // larger ones are a sanitizer's
  static std::array<UCHAR, kChunk + kOverlap> chunk;   // what it holds is not looked at
  const auto own = reinterpret_cast<std::uintptr_t>(chunk.data());
  const int memory = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  REQUIRE(memory >= 0);
  std::ifstream maps("/proc/self/maps");
  std::size_t found = 0;
  for (std::string line; std::getline(maps, line);) {
    unsigned long begin = 0, end = 0;
    char access[5] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, access) != 3) continue;
    if (access[0] != 'r' || access[1] != 'w' || end - begin > kMost) continue;
    for (std::uintptr_t at = begin; at < end; at += kChunk) {
      const std::size_t size = std::min<std::size_t>(chunk.size(), end - at);
      const ssize_t got = ::pread(memory, chunk.data(), size, static_cast<off_t>(at));
      if (got < static_cast<ssize_t>(Secret::size())) continue;
      const UCHAR* const last = chunk.data() + got - Secret::size();
      const UCHAR* next = chunk.data();
      while (next <= last && (next = secret.next(next, last - next + 1)) != nullptr) {
        const std::uintptr_t where = at + static_cast<std::uintptr_t>(next - chunk.data());
        const bool here = where + Secret::size() > own && where < own + sizeof chunk;
        if (!here && secret.is_at(next)) ++found;
        ++next;
      }
    }
  }
  ::close(memory);
  chunk.fill(0);
  return found;
}

ISCSI_LOGIN_OPTIONS credentials(Secret& secret) {
  ISCSI_LOGIN_OPTIONS options{};
  options.InformationSpecified =
      ISCSI_LOGIN_OPTIONS_AUTH_TYPE | ISCSI_LOGIN_OPTIONS_USERNAME | ISCSI_LOGIN_OPTIONS_PASSWORD;
  options.AuthType = ISCSI_CHAP_AUTH_TYPE;
  options.Username = secret.data();
  options.UsernameLength = Secret::size();
  options.Password = secret.data();
  options.PasswordLength = Secret::size();
  return options;
}

}  // namespace

TEST_CASE("secrets stay nowhere in a program's memory") {
  const auto world = World::open();
  find_targets<Narrow>("192.0.2.10");
  Secret secret;
  REQUIRE(copies(secret) == 1);
  SECTION("of adapters") {
    CHECK(SetIScsiInitiatorCHAPSharedSecret(Secret::size(), secret.data()) == ERROR_SUCCESS);
    CHECK(SetIScsiInitiatorRADIUSSharedSecret(Secret::size(), secret.data()) == ERROR_SUCCESS);
    CHECK(SetIScsiGroupPresharedKey(Secret::size(), secret.data(), TRUE) == ERROR_SUCCESS);
  }
  SECTION("of identities") {
    IKE_AUTHENTICATION_INFORMATION information{};
    information.AuthMethod = IKE_AUTHENTICATION_PRESHARED_KEY_METHOD;
    information.PsKey = {ISCSI_SECURITY_FLAG_VALID,
                         ID_FQDN,
                         Secret::size(),
                         secret.data(),
                         Secret::size(),
                         secret.data()};
    Text<Narrow> adapter(kHba0);
    CHECK(SetIScsiIKEInfoA(adapter, ISCSI_ALL_INITIATOR_PORTS, &information, TRUE) ==
          ERROR_SUCCESS);
  }
  SECTION("of logins") {
    auto options = credentials(secret);
    auto where = portal<Narrow>("192.0.2.10");
    Text<Narrow> disk(kDisk1);
    CHECK(LoginIScsiTargetA(disk, FALSE, nullptr, ISCSI_ANY_INITIATOR_PORT, &where, 0, nullptr,
                            &options, 0, nullptr, TRUE, nullptr, nullptr) == ERROR_SUCCESS);
  }
  SECTION("of the service's lists") {
    auto options = credentials(secret);
    auto where = portal<Narrow>("192.0.2.11");
    Text<Narrow> name("iqn.2026-01.org.example:written-down");
    CHECK(AddIScsiStaticTargetA(name, nullptr, 0, TRUE, nullptr, &options, nullptr) ==
          ERROR_SUCCESS);
    (void)AddIScsiSendTargetPortalA(nullptr, ISCSI_ALL_INITIATOR_PORTS, &options, 0, &where);
    ULONG size = 0, count = 0;
    CHECK(ReportIScsiSendTargetPortalsExA(&count, &size, nullptr) == ERROR_INSUFFICIENT_BUFFER);
  }
  CHECK(copies(secret) == 1);
}
