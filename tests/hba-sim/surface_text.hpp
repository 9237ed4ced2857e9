// Reading of what the adapter shows: strings, addresses, blocks and views of them.
#pragma once

#include <cstring>
#include <span>
#include <string>

#include "iscsiop/views.hpp"
#include "tests/hba-sim/surface_driver.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::surface {

inline std::string text_of(std::span<const iscsi::Le16> field) {
  const auto text = iscsi::read_fixed_string(field, "");
  if (!text) throw Divergence("a string with a bad count");
  return wmi::to_utf8(*text);
}

inline std::string text_of(const iscsi::ISCSI_IP_Address& address) {
  const auto read = miniport::from_wmi(address);
  if (!read) throw Divergence("an address with a bad count");
  return read->canonical();
}

template <typename View>
View view_of(std::span<const std::uint8_t> block) {
  auto view = iscsi::view<View>(block);
  if (!view) throw Divergence(view.error().to_string());
  return *view;
}

template <typename Block>
Block block_of(std::span<const std::uint8_t> bytes) {
  Block block;
  std::memset(static_cast<void*>(&block), 0, sizeof block);
  std::memcpy(static_cast<void*>(&block), bytes.data(), std::min(bytes.size(), sizeof block));
  return block;
}

}  // namespace hbalab::surface
