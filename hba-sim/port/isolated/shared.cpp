#include "hba-sim/port/isolated/shared.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

namespace hbalab::port::isolated {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kHead = (sizeof(SharedHeader) + kPage - 1) / kPage * kPage;
constexpr std::size_t kMostAreas = std::size_t{8} << 30, kLeastAreas = std::size_t{64} << 20;

std::string failed(const char* what) {
  return std::string("the memory for an isolated driver: ") + what + ": " + std::strerror(errno);
}

}  // namespace

TraceWire to_wire(const TraceRecord& record) {
  return {record.system_time,
          record.duration_ns,
          record.id,
          record.instance,
          record.in_bytes,
          record.out_bytes,
          record.srb_function,
          record.minor,
          record.srb_status,
          record.path,
          record.target,
          record.lun,
          static_cast<std::uint8_t>(record.pended ? 1 : 0),
          static_cast<std::uint8_t>(record.violation),
          record.guid.bytes};
}

TraceRecord from_wire(const TraceWire& wire) {
  TraceRecord record;
  record.system_time = wire.system_time;
  record.duration_ns = wire.duration_ns;
  record.id = wire.id;
  record.instance = wire.instance;
  record.in_bytes = wire.in_bytes;
  record.out_bytes = wire.out_bytes;
  record.srb_function = wire.srb_function;
  record.minor = wire.minor;
  record.srb_status = wire.srb_status;
  record.path = wire.path;
  record.target = wire.target;
  record.lun = wire.lun;
  record.pended = wire.pended != 0;
  if (wire.violation <= static_cast<std::uint8_t>(Violation::request_after_stop)) {
    record.violation = static_cast<Violation>(wire.violation);
  }
  record.guid.bytes = wire.guid;
  return record;
}

std::expected<SharedMemory, std::string> SharedMemory::map(int descriptor, std::size_t size) {
  void* const begin =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, descriptor, 0);
  if (begin == MAP_FAILED) return std::unexpected(failed("mmap"));
  return SharedMemory(descriptor, begin, size);
}

std::expected<SharedMemory, std::string> SharedMemory::create() {
  const int descriptor = ::memfd_create("hbalab-driver", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor < 0) return std::unexpected(failed("memfd_create"));
  std::string why;
  // Limits of the address space, or of what may be promised, leave room for less.
  for (std::size_t areas = kMostAreas; areas >= kLeastAreas; areas /= 2) {
    if (::ftruncate(descriptor, static_cast<off_t>(kHead + areas)) != 0) {
      why = failed("ftruncate");
      continue;
    }
    auto memory = map(descriptor, kHead + areas);
    if (!memory) {
      why = std::move(memory.error());
      continue;
    }
    if (::fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
      return std::unexpected(failed("F_ADD_SEALS"));
    }
    auto* const header = ::new (memory->begin_) SharedHeader;
    header->version = kVersion;
    header->areas = areas;
    return memory;
  }
  ::close(descriptor);
  return std::unexpected(std::move(why));
}

std::expected<SharedMemory, std::string> SharedMemory::open(int descriptor) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return std::unexpected(failed("fstat"));
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size < kHead) return std::unexpected("the memory for an isolated driver: is too short");
  auto memory = map(descriptor, size);
  if (memory && (memory->header().version != kVersion || memory->header().areas != size - kHead)) {
    return std::unexpected("the memory for an isolated driver: is of another version of hbalab");
  }
  return memory;
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      begin_(std::exchange(other.begin_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

SharedMemory::~SharedMemory() {
  if (begin_ != nullptr) ::munmap(begin_, size_);
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::span<std::uint8_t> SharedMemory::areas() const {
  return {static_cast<std::uint8_t*>(begin_) + kHead, size_ - kHead};
}

void SharedMemory::forget(std::uint64_t offset, std::uint64_t size) const {
  ::fallocate(descriptor_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
              static_cast<off_t>(kHead + offset), static_cast<off_t>(size));
}

}  // namespace hbalab::port::isolated
