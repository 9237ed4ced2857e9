#include "iscsidsc/initiators.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "iscsidsc/settings.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::dsc {
namespace {

bool same_letters(std::string_view a, std::string_view b) {
  std::string left, right;
  append_folded(left, wide(a));
  append_folded(right, wide(b));
  return left == right;
}

}  // namespace

Outcome<std::vector<std::string>> Initiators::all() {
  auto found = instances(iscsi::MSiSCSI_HBAInformationGuid);
  if (!found) return std::unexpected(status_of(found.error()));
  std::vector<std::string> names;
  for (Instance& instance : *found) names.push_back(std::move(instance.name));
  meet(*this, names);
  return names;
}

Outcome<std::vector<std::string>> Initiators::named(const std::u16string& name) {
  auto names = all();
  if (!names || name.empty()) return names;
  const std::string wanted = narrow(name);
  for (std::string& candidate : *names) {
    if (same_letters(candidate, wanted)) return std::vector{std::move(candidate)};
  }
  return std::unexpected(ISDSC_INITIATOR_NOT_FOUND);
}

Outcome<Block> Initiators::information(const std::string& initiator) {
  auto block = query(iscsi::MSiSCSI_HBAInformationGuid, initiator);
  if (!block) return block;
  if (block->size() < offsetof(iscsi::MSiSCSI_HBAInformation, GenerationalGuid)) {
    return std::unexpected(ISDSC_NON_SPECIFIC_ERROR);
  }
  return block;
}

Outcome<ULONGLONG> Initiators::adapter_id(const std::string& initiator) {
  const auto block = information(initiator);
  if (!block) return std::unexpected(block.error());
  return reinterpret_cast<const iscsi::MSiSCSI_HBAInformation*>(block->data())->UniqueAdapterId;
}

Outcome<ULONG> Initiators::functionality(const std::string& initiator) {
  const auto block = information(initiator);
  if (!block) return std::unexpected(block.error());
  return reinterpret_cast<const iscsi::MSiSCSI_HBAInformation*>(block->data())
      ->FunctionalitySupported;
}

Outcome<std::string> Initiators::of_session(const ISCSI_UNIQUE_SESSION_ID& session) {
  auto names = all();
  if (!names) return std::unexpected(names.error());
  ISDSC_STATUS failed = ISDSC_SUCCESS;
  for (std::string& name : *names) {
    const auto id = adapter_id(name);
    if (id && *id == session.AdapterUnique) return std::move(name);
    if (!id) failed = id.error();
  }
  // One that does not answer may be the one.
  return std::unexpected(failed != ISDSC_SUCCESS ? failed : ISDSC_INVALID_SESSION_ID);
}

Outcome<Block> Initiators::query(const iscsi::Guid16& guid, const std::string& instance) {
  auto block = transport_->query(wmi::Guid{guid}, instance);
  if (!block) return std::unexpected(status_of(block.error()));
  return *std::move(block);
}

Outcome<std::optional<Block>> Initiators::query_if_there(const iscsi::Guid16& guid,
                                                         const std::string& instance) {
  using Kind = TransportError::Kind;
  auto block = transport_->query(wmi::Guid{guid}, instance);
  if (block) return *std::move(block);
  const Kind kind = block.error().kind;
  if (kind == Kind::gone || kind == Kind::unsupported) return std::nullopt;
  return std::unexpected(status_of(block.error()));
}

ISDSC_STATUS Initiators::call_id(const iscsi::Guid16& guid, const std::string& instance,
                                 std::uint32_t method, const Bytes& in, Block* out) {
  auto answer = transport_->call(wmi::Guid{guid}, instance, method, in);
  if (!answer) return status_of(answer.error());
  ISDSC_STATUS status = 0;
  if (answer->size() < sizeof status) return ISDSC_NON_SPECIFIC_ERROR;
  std::memcpy(&status, answer->data(), sizeof status);
  if (out != nullptr) *out = *std::move(answer);
  return status;
}

std::u16string member_text(std::span<const iscsi::Le16> field) {
  return iscsi::read_fixed_string(field, "").value_or(std::u16string());
}

std::span<const iscsi::Le16> member_units(std::span<const iscsi::Le16> field) {
  return iscsi::fixed_string_units(field, "").value_or(std::span<const iscsi::Le16>());
}

std::u16string wide(std::string_view utf8) {
  const bool ascii = std::ranges::all_of(utf8, [](char c) { return (c & 0x80) == 0; });
  if (ascii) return {utf8.begin(), utf8.end()};
  return wmi::to_utf16(utf8).value_or(std::u16string());
}

std::string narrow(std::u16string_view text) { return wmi::to_utf8(text); }

}  // namespace hbalab::dsc
