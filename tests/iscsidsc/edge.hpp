// Memory that ends where a page begins that nobody may touch.
#pragma once

#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdint>

#ifdef _WIN32
#include <windows.h>
#else
#include <sys/mman.h>
#endif

namespace hbalab::dsc_test {

class Edge {
 public:
  explicit Edge(std::size_t size) : size_(size) {
    length_ = (size + kPage - 1) / kPage * kPage + kPage;
    base_ = allocate(length_);
    end_ = base_ + length_ - kPage;
  }
  ~Edge() { release(base_, length_); }
  Edge(const Edge&) = delete;
  Edge& operator=(const Edge&) = delete;
  template <typename T>
  [[nodiscard]] T* at() {
    return reinterpret_cast<T*>(end_ - size_);
  }

 private:
  static constexpr std::size_t kPage = 4096;

  // The last page is out of bounds.
#ifdef _WIN32
  static std::uint8_t* allocate(std::size_t length) {
    void* const base = ::VirtualAlloc(nullptr, length, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    REQUIRE(base != nullptr);
    auto* const first = static_cast<std::uint8_t*>(base);
    DWORD before = 0;
    REQUIRE(::VirtualProtect(first + length - kPage, kPage, PAGE_NOACCESS, &before) != 0);
    return first;
  }
  static void release(std::uint8_t* base, std::size_t) { ::VirtualFree(base, 0, MEM_RELEASE); }
#else
  static std::uint8_t* allocate(std::size_t length) {
    void* const base =
        ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(base != MAP_FAILED);
    auto* const first = static_cast<std::uint8_t*>(base);
    REQUIRE(::mprotect(first + length - kPage, kPage, PROT_NONE) == 0);
    return first;
  }
  static void release(std::uint8_t* base, std::size_t length) { ::munmap(base, length); }
#endif

  std::size_t size_, length_ = 0;
  std::uint8_t* base_ = nullptr;
  std::uint8_t* end_ = nullptr;
};

}  // namespace hbalab::dsc_test
