// What a builder writes, the view of the same block reads; and every byte that is missing is
// noticed.
#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>
#include <functional>
#include <iterator>
#include <vector>

#include "iscsiop/builders.hpp"
#include "iscsiop/views.hpp"

using namespace hbalab::iscsi;

namespace {

using Bytes = std::vector<std::uint8_t>;

rc::Gen<Bytes> bytes_gen() { return rc::gen::resize(40, rc::gen::arbitrary<Bytes>()); }
std::uint32_t small_count() { return *rc::gen::inRange<std::uint32_t>(0, 5); }

Bytes to_bytes(ByteView view) { return {view.begin(), view.end()}; }

// A block whose last byte is needed: every shorter one has to be refused.
template <typename View>
void refuse_shorter(const Bytes& block) {
  const std::size_t size = *rc::gen::inRange<std::size_t>(0, block.size());
  const Bytes cut(block.begin(), block.begin() + static_cast<std::ptrdiff_t>(size));
  const ViewResult<View> result = view<View>(cut);
  RC_ASSERT(!result.has_value());
  RC_ASSERT(result.error().offset + result.error().available >= size ||
            result.error().available == 0);
  RC_ASSERT(result.error().needed > result.error().available);
}

// The builder needs exactly what the size function says.
void refuse_less_room(std::size_t size, const std::function<bool(BlockWriter&)>& build) {
  Bytes small(size - 1);
  BlockWriter writer(small);
  RC_ASSERT(!build(writer));
  RC_ASSERT(!writer.finish().has_value());
}

struct Mapping {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> luns;
  std::uint32_t bus = 0;
};
Mapping any_mapping() {
  Mapping out;
  out.luns.resize(small_count());
  for (auto& lun : out.luns) {
    lun = {*rc::gen::arbitrary<std::uint64_t>(), *rc::gen::arbitrary<std::uint32_t>()};
  }
  out.bus = *rc::gen::arbitrary<std::uint32_t>();
  return out;
}
void fill(const TargetMappingOut& out, const Mapping& mapping) {
  out.head->OSBus = mapping.bus;
  for (std::size_t i = 0; i < mapping.luns.size(); ++i) {
    out.luns[i].TargetLUN = mapping.luns[i].first;
    out.luns[i].OSLUN = mapping.luns[i].second;
  }
}
void same(const TargetMappingView& view, const Mapping& mapping) {
  RC_ASSERT(view.head->OSBus == mapping.bus);
  RC_ASSERT(view.luns.size() == mapping.luns.size());
  for (std::size_t i = 0; i < mapping.luns.size(); ++i) {
    RC_ASSERT(view.luns[i].TargetLUN == mapping.luns[i].first);
    RC_ASSERT(view.luns[i].OSLUN == mapping.luns[i].second);
  }
}

}  // namespace

TEST_CASE("LoginToTarget_IN") {
  rc::prop("round trip", [] {
    const Mapping mapping = any_mapping();
    const Bytes key = *bytes_gen(), user = *bytes_gen(), password = *bytes_gen();
    const LoginTail tail{static_cast<std::uint32_t>(mapping.luns.size()), key, user, password};
    const std::size_t size =
        login_to_target_in_size(mapping.luns.size(), key.size(), user.size(), password.size());
    Bytes block(size, 0xCC);
    BlockWriter writer(block);
    const auto out = append_login_to_target_in(writer, tail);
    RC_ASSERT(out.has_value());
    RC_ASSERT(writer.finish().value_or(0) == size);
    out->head->PortNumber = 0xFFFFFFFFu;
    RC_ASSERT(write_fixed_string(out->head->TargetName, u"iqn.x", "TargetName").has_value());
    fill(out->mapping, mapping);

    const auto in = view<LoginToTargetView>(block);
    RC_ASSERT(in.has_value());
    RC_ASSERT(in->head->PortNumber == 0xFFFFFFFFu);
    RC_ASSERT((*read_fixed_string(in->head->TargetName, "TargetName") == u"iqn.x"));
    same(in->mapping, mapping);
    const ISCSI_TargetMapping* mappings = &in->head->Mappings;
    RC_ASSERT((in->mapping.head == mappings));
    RC_ASSERT(to_bytes(in->key) == key);
    RC_ASSERT(to_bytes(in->username) == user);
    RC_ASSERT(to_bytes(in->password) == password);
    refuse_shorter<LoginToTargetView>(block);
    refuse_less_room(
        size, [&](BlockWriter& w) { return append_login_to_target_in(w, tail).has_value(); });
  });
}

TEST_CASE("members behind a variable LUN list lie right behind it") {
  const Bytes key{1}, user{2}, password{3};
  for (std::size_t luns : {0, 1, 3}) {
    Bytes block(login_to_target_in_size(luns, 1, 1, 1));
    BlockWriter writer(block);
    REQUIRE(
        append_login_to_target_in(writer, {static_cast<std::uint32_t>(luns), key, user, password})
            .has_value());
    const std::size_t behind = 2032 + 480 + luns * 16;
    REQUIRE(block.size() == behind + 3);
    CHECK(block[behind] == 1);
    CHECK(block[behind + 1] == 2);
    CHECK(block[behind + 2] == 3);
  }
}

TEST_CASE("AddConnectionToSession_IN") {
  rc::prop("round trip", [] {
    const Bytes key = *bytes_gen(), user = *bytes_gen(), password = *bytes_gen();
    Bytes block(add_connection_in_size(key.size(), user.size(), password.size()), 0xCC);
    BlockWriter writer(block);
    const auto out = append_add_connection_in(writer, {0, key, user, password});
    RC_ASSERT(out.has_value());
    RC_ASSERT(writer.finish().value_or(0) == block.size());
    (*out)->UniqueSessionId = 0x1122334455667788u;
    const auto in = view<AddConnectionToSessionView>(block);
    RC_ASSERT(in.has_value());
    RC_ASSERT(in->head->UniqueSessionId == 0x1122334455667788u);
    RC_ASSERT(to_bytes(in->key) == key);
    RC_ASSERT(to_bytes(in->username) == user);
    RC_ASSERT(to_bytes(in->password) == password);
    refuse_shorter<AddConnectionToSessionView>(block);
  });
}

TEST_CASE("MSiSCSI_PersistentLogins") {
  rc::prop("round trip", [] {
    struct Login {
      Mapping mapping;
      Bytes user;
    };
    std::vector<Login> logins(small_count());
    ListSize size = persistent_logins_size();
    for (Login& login : logins) {
      login = {any_mapping(), *bytes_gen()};
      size.add(persistent_login_size(login.mapping.luns.size(), login.user.size()));
    }
    Bytes block(size.size(), 0xCC);
    BlockWriter writer(block);
    const auto head = begin_persistent_logins(writer, static_cast<std::uint32_t>(logins.size()));
    RC_ASSERT(head.has_value());
    std::uint32_t port = 100;
    for (const Login& login : logins) {
      const auto out = append_persistent_login(
          writer, static_cast<std::uint32_t>(login.mapping.luns.size()), login.user);
      RC_ASSERT(out.has_value());
      out->head->InitiatorPortNumber = port++;
      fill(out->mapping, login.mapping);
    }
    RC_ASSERT(writer.finish().value_or(0) == block.size());

    const auto in = view<PersistentLoginsView>(block);
    RC_ASSERT(in.has_value());
    RC_ASSERT(in->logins.size() == logins.size());
    RC_ASSERT(static_cast<std::size_t>(std::distance(in->logins.begin(), in->logins.end())) ==
              logins.size());
    std::size_t index = 0;
    for (const PersistentLoginView& login : in->logins) {
      RC_ASSERT(login.head->InitiatorPortNumber == 100 + index);
      RC_ASSERT((reinterpret_cast<std::uintptr_t>(login.head) -
                 reinterpret_cast<std::uintptr_t>(block.data())) %
                    8 ==
                0);
      same(login.mapping, logins[index].mapping);
      RC_ASSERT(to_bytes(login.username) == logins[index].user);
      ++index;
    }
    refuse_shorter<PersistentLoginsView>(block);
  });
}

TEST_CASE("MSiSCSI_TargetMappings") {
  rc::prop("round trip", [] {
    std::vector<Mapping> mappings(small_count());
    ListSize size = target_mappings_size();
    for (Mapping& mapping : mappings) {
      mapping = any_mapping();
      size.add(target_mapping_size(mapping.luns.size()));
    }
    Bytes block(size.size(), 0xCC);
    BlockWriter writer(block);
    RC_ASSERT(
        begin_target_mappings(writer, static_cast<std::uint32_t>(mappings.size())).has_value());
    for (const Mapping& mapping : mappings) {
      const auto out =
          append_target_mapping(writer, static_cast<std::uint32_t>(mapping.luns.size()));
      RC_ASSERT(out.has_value());
      fill(*out, mapping);
    }
    RC_ASSERT(writer.finish().value_or(0) == block.size());
    const auto in = view<TargetMappingsView>(block);
    RC_ASSERT(in.has_value());
    RC_ASSERT(in->mappings.size() == mappings.size());
    std::size_t index = 0;
    for (const TargetMappingView& mapping : in->mappings) same(mapping, mappings[index++]);
    RC_ASSERT(index == mappings.size());
    refuse_shorter<TargetMappingsView>(block);
  });
}

TEST_CASE("MSiSCSI_InitiatorSessionInfo") {
  rc::prop("round trip", [] {
    std::vector<std::uint16_t> sessions(small_count());
    ListSize size = initiator_session_info_size();
    for (std::uint16_t& connections : sessions) {
      connections = static_cast<std::uint16_t>(small_count());
      size.add(session_static_info_size(connections));
    }
    Bytes block(size.size(), 0xCC);
    BlockWriter writer(block);
    RC_ASSERT(begin_initiator_session_info(writer, static_cast<std::uint32_t>(sessions.size()))
                  .has_value());
    for (std::uint16_t connections : sessions) {
      const auto out = append_session_static_info(writer, connections);
      RC_ASSERT(out.has_value());
      out->head->TSID = connections;
      for (std::size_t i = 0; i < connections; ++i) {
        out->connections[i].UniqueConnectionId = 1000u + i;
      }
    }
    RC_ASSERT(writer.finish().value_or(0) == block.size());
    const auto in = view<InitiatorSessionInfoView>(block);
    RC_ASSERT(in.has_value());
    std::size_t index = 0;
    for (const SessionStaticInfoView& session : in->sessions) {
      RC_ASSERT(session.head->TSID == sessions[index]);
      RC_ASSERT(session.connections.size() == sessions[index]);
      for (std::size_t i = 0; i < session.connections.size(); ++i) {
        RC_ASSERT(session.connections[i].UniqueConnectionId == 1000u + i);
      }
      ++index;
    }
    RC_ASSERT(index == sessions.size());
    if (!sessions.empty() && sessions.back() != 0) refuse_shorter<InitiatorSessionInfoView>(block);
  });
}

TEST_CASE("ReportDiscoveredTargets_OUT") {
  rc::prop("round trip", [] {
    std::vector<std::vector<std::uint32_t>> targets(small_count());
    ListSize size = report_discovered_targets_out_size();
    for (auto& groups : targets) {
      groups.resize(small_count());
      ListSize target = discovered_target_size();
      for (std::uint32_t& portals : groups) {
        portals = small_count();
        target.add(discovered_portal_group_size(portals));
      }
      size.add(target.size());
    }
    Bytes block(size.size(), 0xCC);
    BlockWriter writer(block);
    RC_ASSERT(
        begin_report_discovered_targets_out(writer, static_cast<std::uint32_t>(targets.size()))
            .has_value());
    for (const auto& groups : targets) {
      RC_ASSERT(
          begin_discovered_target(writer, static_cast<std::uint32_t>(groups.size())).has_value());
      for (std::uint32_t portals : groups) {
        const auto out = append_discovered_portal_group(writer, portals);
        RC_ASSERT(out.has_value());
        for (std::size_t i = 0; i < portals; ++i) {
          (*out)[i].Socket = static_cast<std::uint16_t>(3260 + i);
        }
      }
    }
    RC_ASSERT(writer.finish().value_or(0) == block.size());
    const auto in = view<ReportDiscoveredTargetsView>(block);
    RC_ASSERT(in.has_value());
    std::size_t t = 0;
    for (const DiscoveredTargetView& target : in->targets) {
      std::size_t g = 0;
      for (const DiscoveredPortalGroupView& group : target.groups) {
        RC_ASSERT(group.portals.size() == targets[t][g]);
        for (std::size_t i = 0; i < group.portals.size(); ++i) {
          RC_ASSERT(group.portals[i].Socket == 3260 + i);
        }
        ++g;
      }
      RC_ASSERT(g == targets[t].size());
      ++t;
    }
    RC_ASSERT(t == targets.size());
    refuse_shorter<ReportDiscoveredTargetsView>(block);
  });
}

TEST_CASE("ReportDiscoveredTargets2_OUT") {
  rc::prop("round trip", [] {
    std::vector<std::vector<std::vector<Bytes>>> targets(small_count());
    ListSize size = report_discovered_targets2_out_size();
    for (auto& groups : targets) {
      groups.resize(small_count());
      ListSize target = discovered_target2_size();
      for (auto& keys : groups) {
        keys.resize(small_count());
        ListSize group = discovered_portal_group2_size();
        for (Bytes& key : keys) {
          key = *bytes_gen();
          group.add(discovered_portal2_size(key.size()));
        }
        target.add(group.size());
      }
      size.add(target.size());
    }
    Bytes block(size.size(), 0xCC);
    BlockWriter writer(block);
    RC_ASSERT(
        begin_report_discovered_targets2_out(writer, static_cast<std::uint32_t>(targets.size()))
            .has_value());
    for (const auto& groups : targets) {
      RC_ASSERT(
          begin_discovered_target2(writer, static_cast<std::uint32_t>(groups.size())).has_value());
      for (const auto& keys : groups) {
        const auto group =
            begin_discovered_portal_group2(writer, static_cast<std::uint32_t>(keys.size()));
        RC_ASSERT(group.has_value());
        (*group)->Tag = std::uint16_t{7};
        for (const Bytes& key : keys) {
          const auto out = append_discovered_portal2(writer, key);
          RC_ASSERT(out.has_value());
          RC_ASSERT(write_fixed_string(out->symbolic_name, u"portal", "SymbolicName").has_value());
        }
      }
    }
    RC_ASSERT(writer.finish().value_or(0) == block.size());
    const auto in = view<ReportDiscoveredTargets2View>(block);
    RC_ASSERT(in.has_value());
    std::size_t portals = 0, expected = 0, t = 0;
    for (const DiscoveredTarget2View& target : in->targets) {
      std::size_t g = 0;
      for (const DiscoveredPortalGroup2View& group : target.groups) {
        RC_ASSERT(group.head->Tag == 7);
        std::size_t p = 0;
        for (const DiscoveredPortal2View& portal : group.portals) {
          RC_ASSERT(to_bytes(portal.key) == targets[t][g][p++]);
          RC_ASSERT((*read_fixed_string(portal.symbolic_name, "SymbolicName") == u"portal"));
          ++portals;
        }
        ++g;
      }
      ++t;
    }
    for (const auto& groups : targets) {
      for (const auto& keys : groups) expected += keys.size();
    }
    RC_ASSERT(portals == expected);
  });
}

TEST_CASE("blocks with an array of fixed elements") {
  rc::prop("round trip", [] {
    const std::uint32_t count = small_count();
    {
      Bytes block(portal_info_class_size(count), 0xCC);
      BlockWriter writer(block);
      const auto out = append_portal_info_class(writer, count);
      RC_ASSERT(out.has_value());
      for (std::uint32_t i = 0; i < count; ++i) out->portals[i].Index = i;
      const auto in = view<PortalInfoClassView>(block);
      RC_ASSERT(in.has_value());
      RC_ASSERT(in->portals.size() == count);
      for (std::uint32_t i = 0; i < count; ++i) RC_ASSERT(in->portals[i].Index == i);
      refuse_shorter<PortalInfoClassView>(block);
    }
    {
      Bytes block(target_portal_group_size(count), 0xCC);
      BlockWriter writer(block);
      const auto out = append_target_portal_group(writer, count);
      RC_ASSERT(out.has_value());
      RC_ASSERT(view<TargetPortalGroupView>(block)->portals.size() == count);
      refuse_shorter<TargetPortalGroupView>(block);
    }
    {
      Bytes block(security_capabilities_size(count), 0xCC);
      BlockWriter writer(block);
      const auto out = append_security_capabilities(writer, count);
      RC_ASSERT(out.has_value());
      for (std::uint32_t i = 0; i < count; ++i) out->encryptions[i] = i * 3;
      const auto in = view<SecurityCapabilitiesView>(block);
      RC_ASSERT(in.has_value());
      RC_ASSERT(in->encryptions.size() == count);
      for (std::uint32_t i = 0; i < count; ++i) RC_ASSERT(in->encryptions[i] == i * 3);
      refuse_shorter<SecurityCapabilitiesView>(block);
    }
  });
}

TEST_CASE("load balancing and redirection") {
  rc::prop("round trip", [] {
    std::vector<std::uint32_t> sessions(small_count());
    ListSize lb = query_lb_policy_size(), redirect = redirect_portal_info_class_size();
    for (std::uint32_t& count : sessions) {
      count = small_count();
      lb.add(supported_lb_policies_size(count));
      redirect.add(redirect_session_info_size(count));
    }
    Bytes lb_block(lb.size(), 0xCC), redirect_block(redirect.size(), 0xCC);
    BlockWriter lb_writer(lb_block), redirect_writer(redirect_block);
    const auto n = static_cast<std::uint32_t>(sessions.size());
    RC_ASSERT(begin_query_lb_policy(lb_writer, n).has_value());
    RC_ASSERT(begin_redirect_portal_info_class(redirect_writer, n).has_value());
    for (std::uint32_t count : sessions) {
      const auto policy = append_supported_lb_policies(lb_writer, count);
      RC_ASSERT(policy.has_value());
      for (std::uint32_t i = 0; i < count; ++i) policy->paths[i].PathWeight = i;
      const auto session = append_redirect_session_info(redirect_writer, count);
      RC_ASSERT(session.has_value());
      for (std::uint32_t i = 0; i < count; ++i) session->portals[i].OriginalPort = i;
    }
    RC_ASSERT(lb_writer.finish().value_or(0) == lb_block.size());
    RC_ASSERT(redirect_writer.finish().value_or(0) == redirect_block.size());
    const auto policies = view<QueryLbPolicyView>(lb_block);
    const auto redirects = view<RedirectPortalInfoClassView>(redirect_block);
    RC_ASSERT(policies.has_value() && redirects.has_value());
    RC_ASSERT(policies->policies.size() == n && redirects->sessions.size() == n);
    std::size_t index = 0;
    for (const SupportedLbPoliciesView& policy : policies->policies) {
      RC_ASSERT(policy.paths.size() == sessions[index++]);
      for (std::size_t i = 0; i < policy.paths.size(); ++i) {
        RC_ASSERT(policy.paths[i].PathWeight == i);
      }
    }
    index = 0;
    for (const RedirectSessionInfoView& session : redirects->sessions) {
      RC_ASSERT(session.portals.size() == sessions[index++]);
      for (std::size_t i = 0; i < session.portals.size(); ++i) {
        RC_ASSERT(session.portals[i].OriginalPort == i);
      }
    }
    refuse_shorter<QueryLbPolicyView>(lb_block);
    // Without an element the padding in front of the first is not needed.
    if (n != 0) refuse_shorter<RedirectPortalInfoClassView>(redirect_block);
  });
}

namespace {

// A block with one string of bytes.
template <typename View, typename Build>
void one_string(std::size_t (*size)(std::size_t), Build build, ByteView View::* member) {
  rc::prop("round trip", [=] {
    const Bytes data = *bytes_gen();
    Bytes block(size(data.size()), 0xCC);
    BlockWriter writer(block);
    RC_ASSERT(build(writer, ByteView(data)).has_value());
    RC_ASSERT(writer.finish().value_or(0) == block.size());
    const auto in = view<View>(block);
    RC_ASSERT(in.has_value());
    RC_ASSERT(to_bytes((*in).*member) == data);
    refuse_shorter<View>(block);
    refuse_less_room(block.size(),
                     [&](BlockWriter& w) { return build(w, ByteView(data)).has_value(); });
  });
}

}  // namespace

TEST_CASE("blocks with one string of bytes") {
  one_string(send_targets_out_size, append_send_targets_out, &SendTargetsOutView::response);
  one_string(scsi_inquiry_out_size, append_scsi_inquiry_out, &ScsiInquiryOutView::response);
  one_string(scsi_read_capacity_out_size, append_scsi_read_capacity_out,
             &ScsiReadCapacityOutView::response);
  one_string(scsi_report_luns_out_size, append_scsi_report_luns_out,
             &ScsiReportLunsOutView::response);
  one_string(set_chap_shared_secret_in_size, append_set_chap_shared_secret_in,
             &SetChapSharedSecretView::secret);
  one_string(set_radius_shared_secret_in_size, append_set_radius_shared_secret_in,
             &SetRadiusSharedSecretView::secret);
  one_string(set_group_preshared_key_in_size, append_set_group_preshared_key_in,
             &SetGroupPresharedKeyView::key);
  one_string(get_preshared_key_for_id_in_size, append_get_preshared_key_for_id_in,
             &GetPresharedKeyForIdView::id);
  one_string(eventlog_size, append_eventlog, &EventlogView::data);
  one_string(radius_config_size, append_radius_config, &RadiusConfigView::secret);
}

TEST_CASE("blocks with two strings of bytes") {
  rc::prop("round trip", [] {
    const Bytes first = *bytes_gen(), second = *bytes_gen();
    Bytes boot(boot_configuration_size(first.size(), second.size()), 0xCC);
    BlockWriter boot_writer(boot);
    RC_ASSERT(append_boot_configuration(boot_writer, first, second).has_value());
    const auto boot_view = view<BootConfigurationView>(boot);
    RC_ASSERT(boot_view.has_value());
    RC_ASSERT(to_bytes(boot_view->username) == first);
    RC_ASSERT(to_bytes(boot_view->password) == second);
    refuse_shorter<BootConfigurationView>(boot);
    Bytes keys(set_preshared_key_for_id_in_size(first.size(), second.size()), 0xCC);
    BlockWriter key_writer(keys);
    RC_ASSERT(append_set_preshared_key_for_id_in(key_writer, first, second).has_value());
    const auto key_view = view<SetPresharedKeyForIdView>(keys);
    RC_ASSERT(key_view.has_value());
    RC_ASSERT(to_bytes(key_view->id) == first);
    RC_ASSERT(to_bytes(key_view->key) == second);
    refuse_shorter<SetPresharedKeyForIdView>(keys);
  });
}
