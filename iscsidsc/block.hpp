// What a driver answered. Begins on a multiple of 16, as the typed views want it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace hbalab::dsc {

class Block {
 public:
  Block() = default;
  // Not cleared: whoever makes room fills it.
  explicit Block(std::size_t size)
      : data_(std::make_unique_for_overwrite<std::uint8_t[]>(size)), size_(size), room_(size) {}
  explicit Block(std::span<const std::uint8_t> bytes) : Block(bytes.size()) {
    std::ranges::copy(bytes, data_.get());
  }
  Block(Block&& other) noexcept { swap(other); }
  Block& operator=(Block&& other) noexcept {
    swap(other);
    return *this;
  }

  [[nodiscard]] std::uint8_t* data() { return data_.get(); }
  [[nodiscard]] const std::uint8_t* data() const { return data_.get(); }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::uint8_t* begin() { return data(); }
  [[nodiscard]] std::uint8_t* end() { return data() + size_; }
  [[nodiscard]] const std::uint8_t* begin() const { return data(); }
  [[nodiscard]] const std::uint8_t* end() const { return data() + size_; }

  // What is there stays; what comes to it is not cleared.
  void resize(std::size_t size) {
    if (size > room_) {
      Block larger(size);
      std::ranges::copy(*this, larger.data());
      swap(larger);
    }
    size_ = size;
  }

 private:
  void swap(Block& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(room_, other.room_);
  }

  std::unique_ptr<std::uint8_t[]> data_;
  std::size_t size_ = 0;
  std::size_t room_ = 0;
};

}  // namespace hbalab::dsc
