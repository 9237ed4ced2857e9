// Typed views of blocks with members of variable size. A view is checked once, in time linear in
// the block's size whatever its counts say, and holds pointers into the block, which has to outlive
// it: nothing is copied. `head` is the structure's part of fixed size; what follows it is to be
// reached through the other members of the view only, because the declared one-element arrays may
// lie somewhere else, or outside.
//
//   auto login = view<LoginToTargetView>(block);
//   if (!login) return login.error();
//   use(login->head->PortNumber, login->mapping.luns, login->username);
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>

#include "iscsiop/block_io.hpp"
#include "iscsiop/iscsicfg.hpp"
#include "iscsiop/iscsidef.hpp"
#include "iscsiop/iscsifnd.hpp"
#include "iscsiop/iscsimgt.hpp"
#include "iscsiop/iscsiop.hpp"
#include "iscsiop/sizes.hpp"

namespace hbalab::iscsi {

using ByteView = std::span<const std::uint8_t>;

// Elements of varying size, one behind the other; a forward range of views. The elements were
// checked when the list was made.
template <typename View>
class VariableList {
 public:
  class iterator {
   public:
    using value_type = View;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::forward_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using reference = const View&;
    using pointer = const View*;

    iterator() = default;
    reference operator*() const { return view_; }
    pointer operator->() const { return &view_; }
    iterator& operator++() {
      --left_;
      load();
      return *this;
    }
    iterator operator++(int) {
      iterator before = *this;
      ++*this;
      return before;
    }
    // Iterators of one list only.
    bool operator==(const iterator& other) const { return left_ == other.left_; }

   private:
    friend class VariableList;
    iterator(BlockReader reader, std::uint32_t left) : reader_(reader), left_(left) { load(); }
    void load() {
      if (left_ == 0) return;
      view_ = View{};
      parse(reader_, view_);
      if (!reader_.ok()) left_ = 0;  // the block changed under the view
    }

    BlockReader reader_{ByteView{}};  // behind view_
    View view_{};
    std::uint32_t left_ = 0;
  };

  VariableList() = default;
  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] iterator begin() const { return {start_, count_}; }
  [[nodiscard]] iterator end() const { return {}; }

  // Walks over `count` elements and checks them; `reader` ends behind the last.
  [[nodiscard]] static VariableList take(BlockReader& reader, std::uint32_t count) {
    const BlockReader start = reader;
    // Every element takes at least a byte, so that the block's end stops an absurd count.
    for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
      View element{};
      parse(reader, element);
    }
    return reader.ok() ? VariableList(start, count) : VariableList();
  }

 private:
  VariableList(const BlockReader& start, std::uint32_t count) : start_(start), count_(count) {}

  BlockReader start_{ByteView{}};
  std::uint32_t count_ = 0;
};

// ---- iscsidef.h

struct TargetPortalGroupView {
  const ISCSI_TargetPortalGroup* head = nullptr;
  std::span<const ISCSI_TargetPortal> portals;
};
struct TargetMappingView {
  const ISCSI_TargetMapping* head = nullptr;
  std::span<const ISCSI_LUNList> luns;
};

// ---- iscsiop.h

struct SendTargetsOutView {
  const SendTargets_OUT* head = nullptr;
  ByteView response;
};
struct LoginToTargetView {
  const LoginToTarget_IN* head = nullptr;
  TargetMappingView mapping;
  ByteView key, username, password;
};
struct AddConnectionToSessionView {
  const AddConnectionToSession_IN* head = nullptr;
  ByteView key, username, password;
};
struct ScsiInquiryOutView {
  const ScsiInquiry_OUT* head = nullptr;
  ByteView response;
};
struct ScsiReadCapacityOutView {
  const ScsiReadCapacity_OUT* head = nullptr;
  ByteView response;
};
struct ScsiReportLunsOutView {
  const ScsiReportLuns_OUT* head = nullptr;
  ByteView response;
};
struct SetChapSharedSecretView {
  const SetCHAPSharedSecret_IN* head = nullptr;
  ByteView secret;
};
struct SetRadiusSharedSecretView {
  const SetRADIUSSharedSecret_IN* head = nullptr;
  ByteView secret;
};
struct SetPresharedKeyForIdView {
  const SetPresharedKeyForId_IN* head = nullptr;
  ByteView id, key;
};
struct GetPresharedKeyForIdView {
  const GetPresharedKeyForId_IN* head = nullptr;
  ByteView id;
};
struct SetGroupPresharedKeyView {
  const SetGroupPresharedKey_IN* head = nullptr;
  ByteView key;
};
struct PersistentLoginView {
  const ISCSI_Persistent_Login* head = nullptr;
  TargetMappingView mapping;
  ByteView username;
};
struct PersistentLoginsView {
  const MSiSCSI_PersistentLogins* head = nullptr;
  VariableList<PersistentLoginView> logins;
};
struct TargetMappingsView {
  const MSiSCSI_TargetMappings* head = nullptr;
  VariableList<TargetMappingView> mappings;
};

// ---- iscsifnd.h

struct DiscoveredPortalGroupView {
  const ISCSI_DiscoveredTargetPortalGroup* head = nullptr;
  std::span<const ISCSI_DiscoveredTargetPortal> portals;
};
struct DiscoveredTargetView {
  const ISCSI_DiscoveredTarget* head = nullptr;
  VariableList<DiscoveredPortalGroupView> groups;
};
struct ReportDiscoveredTargetsView {
  const ReportDiscoveredTargets_OUT* head = nullptr;
  VariableList<DiscoveredTargetView> targets;
};
struct DiscoveredPortal2View {
  const ISCSI_DiscoveredTargetPortal2* head = nullptr;
  ByteView key;
  std::span<const Le16> symbolic_name;  // for read_fixed_string
};
struct DiscoveredPortalGroup2View {
  const ISCSI_DiscoveredTargetPortalGroup2* head = nullptr;
  VariableList<DiscoveredPortal2View> portals;
};
struct DiscoveredTarget2View {
  const ISCSI_DiscoveredTarget2* head = nullptr;
  VariableList<DiscoveredPortalGroup2View> groups;
};
struct ReportDiscoveredTargets2View {
  const ReportDiscoveredTargets2_OUT* head = nullptr;
  VariableList<DiscoveredTarget2View> targets;
};

// ---- iscsimgt.h

struct SessionStaticInfoView {
  const ISCSI_SessionStaticInfo* head = nullptr;
  std::span<const ISCSI_ConnectionStaticInfo> connections;
};
struct InitiatorSessionInfoView {
  const MSiSCSI_InitiatorSessionInfo* head = nullptr;
  VariableList<SessionStaticInfoView> sessions;
};
struct PortalInfoClassView {
  const MSiSCSI_PortalInfoClass* head = nullptr;
  std::span<const ISCSI_PortalInfo> portals;
};
struct SupportedLbPoliciesView {
  const ISCSI_Supported_LB_Policies* head = nullptr;
  std::span<const ISCSI_Path> paths;
};
struct SetLoadBalancePolicyView {
  SupportedLbPoliciesView policies;
};
struct QueryLbPolicyView {
  const MSiSCSI_QueryLBPolicy* head = nullptr;
  VariableList<SupportedLbPoliciesView> policies;
};
struct EventlogView {
  const MSiSCSI_Eventlog* head = nullptr;
  ByteView data;
};
struct RedirectSessionInfoView {
  const ISCSI_RedirectSessionInfo* head = nullptr;
  std::span<const ISCSI_RedirectPortalInfo> portals;
};
struct RedirectPortalInfoClassView {
  const MSiSCSI_RedirectPortalInfoClass* head = nullptr;
  VariableList<RedirectSessionInfoView> sessions;
};

// ---- iscsicfg.h

struct BootConfigurationView {
  const MSiSCSI_BootConfiguration* head = nullptr;
  ByteView username, password;
};
struct SecurityCapabilitiesView {
  const MSiSCSI_SecurityCapabilities* head = nullptr;
  std::span<const Le32> encryptions;
};
struct RadiusConfigView {
  const MSiSCSI_RADIUSConfig* head = nullptr;
  ByteView secret;
};

// Reads one view at the reader's place; on failure the reader has the error, and the view may be
// filled in part. Use view() for a whole block.
void parse(BlockReader& reader, TargetPortalGroupView& out);
void parse(BlockReader& reader, TargetMappingView& out);
void parse(BlockReader& reader, SendTargetsOutView& out);
void parse(BlockReader& reader, LoginToTargetView& out);
void parse(BlockReader& reader, AddConnectionToSessionView& out);
void parse(BlockReader& reader, ScsiInquiryOutView& out);
void parse(BlockReader& reader, ScsiReadCapacityOutView& out);
void parse(BlockReader& reader, ScsiReportLunsOutView& out);
void parse(BlockReader& reader, SetChapSharedSecretView& out);
void parse(BlockReader& reader, SetRadiusSharedSecretView& out);
void parse(BlockReader& reader, SetPresharedKeyForIdView& out);
void parse(BlockReader& reader, GetPresharedKeyForIdView& out);
void parse(BlockReader& reader, SetGroupPresharedKeyView& out);
void parse(BlockReader& reader, PersistentLoginView& out);
void parse(BlockReader& reader, PersistentLoginsView& out);
void parse(BlockReader& reader, TargetMappingsView& out);
void parse(BlockReader& reader, DiscoveredPortalGroupView& out);
void parse(BlockReader& reader, DiscoveredTargetView& out);
void parse(BlockReader& reader, ReportDiscoveredTargetsView& out);
void parse(BlockReader& reader, DiscoveredPortal2View& out);
void parse(BlockReader& reader, DiscoveredPortalGroup2View& out);
void parse(BlockReader& reader, DiscoveredTarget2View& out);
void parse(BlockReader& reader, ReportDiscoveredTargets2View& out);
void parse(BlockReader& reader, SessionStaticInfoView& out);
void parse(BlockReader& reader, InitiatorSessionInfoView& out);
void parse(BlockReader& reader, PortalInfoClassView& out);
void parse(BlockReader& reader, SupportedLbPoliciesView& out);
void parse(BlockReader& reader, SetLoadBalancePolicyView& out);
void parse(BlockReader& reader, QueryLbPolicyView& out);
void parse(BlockReader& reader, EventlogView& out);
void parse(BlockReader& reader, RedirectSessionInfoView& out);
void parse(BlockReader& reader, RedirectPortalInfoClassView& out);
void parse(BlockReader& reader, BootConfigurationView& out);
void parse(BlockReader& reader, SecurityCapabilitiesView& out);
void parse(BlockReader& reader, RadiusConfigView& out);

// The view of a whole block. Bytes behind its last member are allowed. Errors name the member and
// the offset; `block` has to lie on a multiple of 8.
template <typename View>
[[nodiscard]] ViewResult<View> view(ByteView block) {
  BlockReader reader(block);
  View out{};
  parse(reader, out);
  if (!reader.ok()) return std::unexpected(*reader.error());
  return out;
}

}  // namespace hbalab::iscsi
