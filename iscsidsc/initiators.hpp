// The adapters as the initiator service sees them: found by instance name, asked through WMI, their
// answers judged. One object serves one call of the API.
#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "iscsidsc/arguments.hpp"
#include "iscsidsc/errors.hpp"
#include "iscsidsc/transport.hpp"
#include "iscsiop/iscsimgt.hpp"
#include "iscsiop/iscsiop.hpp"
#include "iscsiop/views.hpp"

namespace hbalab::dsc {

class Initiators {
 public:
  Initiators() : transport_(dsc::transport()) {}

  // Instance names, sorted: those of MSiSCSI_HBAInformation. New ones are told what the service
  // tells all (settings.hpp).
  [[nodiscard]] Outcome<std::vector<std::string>> all();
  // All for "", else the one, whose letters may differ in case. ISDSC_INITIATOR_NOT_FOUND.
  [[nodiscard]] Outcome<std::vector<std::string>> named(const std::u16string& name);

  // UniqueAdapterId, the upper half of the ids that the API gives.
  [[nodiscard]] Outcome<ULONGLONG> adapter_id(const std::string& initiator);
  [[nodiscard]] Outcome<ULONG> functionality(const std::string& initiator);
  // The adapter whose session it is. ISDSC_INVALID_SESSION_ID.
  [[nodiscard]] Outcome<std::string> of_session(const ISCSI_UNIQUE_SESSION_ID& session);

  [[nodiscard]] const std::shared_ptr<Transport>& transport() const { return transport_; }

  [[nodiscard]] Result<std::vector<Instance>> instances(const iscsi::Guid16& guid) {
    return transport_->instances(wmi::Guid{guid});
  }
  [[nodiscard]] Outcome<Block> query(const iscsi::Guid16& guid, const std::string& instance);
  // nullopt: the adapter has no such class, or has gone meanwhile. What a list leaves out.
  [[nodiscard]] Outcome<std::optional<Block>> query_if_there(const iscsi::Guid16& guid,
                                                             const std::string& instance);
  // The status in OUT, or that of the failed request; `out` gets the block.
  template <typename Method>
  [[nodiscard]] ISDSC_STATUS call(const iscsi::Guid16& guid, const std::string& instance,
                                  Method method, const Bytes& in, Block* out = nullptr) {
    static_assert(std::is_enum_v<Method>);
    return call_id(guid, instance, static_cast<std::uint32_t>(method), in, out);
  }
  [[nodiscard]] ISDSC_STATUS operation(const std::string& initiator,
                                       iscsi::MSiSCSI_OperationsMethod method, const Bytes& in,
                                       Block* out = nullptr) {
    return call(iscsi::MSiSCSI_OperationsGuid, initiator, method, in, out);
  }

 private:
  [[nodiscard]] ISDSC_STATUS call_id(const iscsi::Guid16& guid, const std::string& instance,
                                     std::uint32_t method, const Bytes& in, Block* out);
  [[nodiscard]] Outcome<Block> information(const std::string& initiator);

  std::shared_ptr<Transport> transport_;
};

// A driver's block as a view; ISDSC_NON_SPECIFIC_ERROR where it is malformed. The block has to
// outlive the view.
template <typename View>
[[nodiscard]] Outcome<View> view_of(const Block& block) {
  auto view = iscsi::view<View>(block);
  if (!view) return std::unexpected(ISDSC_NON_SPECIFIC_ERROR);
  return *std::move(view);
}

// An IN block of fixed size, to be filled in.
template <typename In>
struct Request {
  explicit Request(std::size_t size = sizeof(In)) : block(size) {}
  [[nodiscard]] In* operator->() { return reinterpret_cast<In*>(block.data()); }
  Bytes block;
};

// ISDSC_SUCCESS, or ERROR_INVALID_PARAMETER with a NULL among the pointers.
template <typename... Pointers>
[[nodiscard]] ISDSC_STATUS require(const Pointers*... pointers) {
  return ((pointers != nullptr) && ...) ? ISDSC_SUCCESS : ISDSC_STATUS{ERROR_INVALID_PARAMETER};
}

// Text of a WMI member, and its characters where they are; what is malformed is "".
[[nodiscard]] std::u16string member_text(std::span<const iscsi::Le16> field);
[[nodiscard]] std::span<const iscsi::Le16> member_units(std::span<const iscsi::Le16> field);
// Instance names and addresses between the two worlds.
[[nodiscard]] std::u16string wide(std::string_view utf8);
[[nodiscard]] std::string narrow(std::u16string_view text);

}  // namespace hbalab::dsc
