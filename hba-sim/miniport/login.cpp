// LoginToTarget: reads the IN block, checks it in the documented order, then logs in or saves.
#include "hba-sim/miniport/convert.hpp"
#include "hba-sim/miniport/operations.hpp"
#include "iscsiop/enums.hpp"
#include "iscsiop/iscsiop.hpp"
#include "iscsiop/views.hpp"

namespace hbalab::miniport {
namespace {

constexpr std::size_t kShortestSecret = 12;  // bytes; RFC 7143 9.2.1 asks for 96 bits without IPsec
constexpr std::size_t kLongestSecret = 16;

Bytes copy(std::span<const std::uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }
