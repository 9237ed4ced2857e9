// The newest completed call of a method, for last.json.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "wmi-model/client.hpp"
#include "wmi-model/codec.hpp"
#include "wmi-model/model.hpp"

namespace hbalab::fs {

[[nodiscard]] bool has_secret(std::span<const wmi::Property> properties);

// Thread-safe. Keeps the blocks and renders them when somebody reads, so that a call costs two
// copies; a method with secret parameters keeps its IN as the JSON that hides them, never the
// block.
class MethodState {
 public:
  MethodState();
  MethodState(MethodState&&) noexcept;
  MethodState& operator=(MethodState&&) noexcept;
  ~MethodState();

  void completed(const wmi::Method& method, std::span<const std::uint8_t> in,
                 std::span<const std::uint8_t> out);
  void failed(const wmi::Method& method, std::span<const std::uint8_t> in,
              const wmi::WmiError& error);
  // One JSON object and a newline; {} when nothing has completed yet.
  // `provider`, of the class `guid`, may have something to say to what OUT holds.
  [[nodiscard]] std::string render(const wmi::Method& method,
                                   const wmi::WmiProvider* provider = nullptr,
                                   const wmi::Guid& guid = {}) const;

 private:
  struct State;
  void store(const wmi::Method& method, std::span<const std::uint8_t> in,
             std::span<const std::uint8_t> out, const wmi::WmiError* error);
  std::unique_ptr<State> state_;
};

// A block as compact JSON without secrets; text that says what is wrong where it does not decode.
[[nodiscard]] std::string block_json(const wmi::Shape& shape, std::span<const std::uint8_t> block);

}  // namespace hbalab::fs
