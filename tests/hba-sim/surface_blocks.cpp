#include "tests/hba-sim/surface_blocks.hpp"

#include <stdexcept>

#include "iscsiop/builders.hpp"
#include "iscsiop/iscsicfg.hpp"
#include "iscsiop/iscsifnd.hpp"
#include "tests/hba-sim/lab_support.hpp"

namespace hbalab::surface {
namespace {

using lab_test::Method;

constexpr std::uint64_t kNobody = 0x123456789ull;

IpAddress address_of(const PortalChoice& choice) {
  switch (choice.spelling) {
    case Spelling::binary:
      return IpAddress::from_text(choice.address);
    case Spelling::text:
      return lab_test::address_of("text:" + std::string(choice.address));
    default:
      return {};
  }
}

void put_portal(int index, iscsi::ISCSI_TargetPortal& out) {
  const PortalChoice& choice = portal_at(index);
  miniport::to_wmi(address_of(choice), out.Address);
  if (choice.spelling == Spelling::bad_type) out.Address.Type = 9;
  out.Socket = choice.socket;
}

std::span<const std::uint8_t> bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

void put_options(const Command& c, iscsi::ISCSI_LoginOptions& out) {
  const Options& options = options_at(c.options);
  const Auth& auth = auth_at(c.auth);
  out.InformationSpecified =
      options.specified | (auth.type != 0 ? iscsi::ISCSI_LOGIN_OPTIONS_AUTH_TYPE : 0u);
  out.HeaderDigest = options.header_digest;
  out.DataDigest = options.data_digest;
  out.MaximumConnections = options.max_connections;
  out.AuthType = auth.type;
}

Bytes login_block(const Command& c) {
  const bool persistent = c.kind == Kind::save_login;
  const Auth& auth = auth_at(c.auth);
  const Mapping& mapping = mapping_at(c.mapping);
  Bytes block(
      iscsi::login_to_target_in_size(mapping.luns.size(), 0, auth.user.size(), auth.secret.size()));
  iscsi::BlockWriter writer(block);
  auto out = iscsi::append_login_to_target_in(
      writer, {.luns = static_cast<std::uint32_t>(mapping.luns.size()),
               .username = bytes(auth.user),
               .password = bytes(auth.secret)});
  if (!out) throw std::logic_error(out.error().to_string());
  auto& in = *out->head;
  in.PortNumber = port_number(c.port);
  put_options(c, in.LoginOptions);
  in.SessionType = static_cast<std::uint32_t>(c.type);
  in.PersistentLogin = persistent ? 1 : 0;
  in.SecurityFlags = security_flags(c);
  in.UniqueIdForISID = static_cast<std::uint16_t>(isid_of(c, persistent));
  miniport::put_text(in.TargetName, name_at(c.target).text);
  put_portal(c.portal, in.TargetPortal);
  auto& head = *out->mapping.head;
  head.OSBus = mapping.bus;
  head.OSTarget = mapping.target;
  miniport::put_text(head.TargetName, mapping.name);
  for (std::size_t i = 0; i < mapping.luns.size(); ++i) {
    out->mapping.luns[i].TargetLUN = mapping.luns[i].target_lun;
    out->mapping.luns[i].OSLUN = mapping.luns[i].os_lun;
  }
  return block;
}

Bytes removal_block(const Command& c) {
  Bytes block(iscsi::RemovePersistentLogin_IN_SIZE);
  auto& in = *reinterpret_cast<iscsi::RemovePersistentLogin_IN*>(block.data());
  in.PortNumber = port_number(c.port);
  miniport::put_text(in.TargetName, name_at(c.target).text);
  put_portal(c.portal, in.TargetPortal);
  return block;
}

// A block that a builder of iscsiop makes.
template <typename Append>
Bytes built(std::size_t size, Append append) {
  Bytes block(size);
  iscsi::BlockWriter writer(block);
  const auto done = append(writer);
  if (!done) throw std::logic_error(done.error().to_string());
  return block;
}

// A block without members of variable size.
template <typename In, typename Fill>
Bytes plain(std::size_t size, Fill fill) {
  Bytes block(sizeof(In));
  fill(*reinterpret_cast<In*>(block.data()));
  block.resize(size);
  return block;
}

Bytes connection_block(const Command& c, const Ids& ids) {
  const Auth& auth = auth_at(c.auth);
  return built(iscsi::add_connection_in_size(0, auth.user.size(), auth.secret.size()),
               [&](iscsi::BlockWriter& writer) {
                 auto in = iscsi::append_add_connection_in(
                     writer, {.username = bytes(auth.user), .password = bytes(auth.secret)});
                 if (!in) return in;
                 (*in)->UniqueAdapterId = ids.adapter;
                 (*in)->UniqueSessionId = ids.session;
                 (*in)->SecurityFlags = security_flags(c);
                 (*in)->PortNumber = port_number(c.port);
                 put_options(c, (*in)->LoginOptions);
                 put_portal(c.portal, (*in)->TargetPortal);
                 return in;
               });
}

void put_server(const Server& server, iscsi::ISCSI_IP_Address& out) {
  if (server.kind == Server::empty) return miniport::to_wmi(IpAddress{}, out);
  miniport::to_wmi(server.kind == Server::bad_host ? lab_test::address_of("text:" + server.text)
                                                   : IpAddress::from_text(server.text),
                   out);
  if (server.kind == Server::bad_type) out.Type = 9;
}

Bytes balance_block(const Command& c, const Ids& ids, const Session* session) {
  const auto choices = path_choices(c, session == nullptr ? 0 : 1 + session->branches.size());
  return built(iscsi::supported_lb_policies_size(choices.size()), [&](iscsi::BlockWriter& writer) {
    auto out =
        iscsi::append_supported_lb_policies(writer, static_cast<std::uint32_t>(choices.size()));
    if (!out) return out;
    out->head->UniqueSessionId = ids.session;
    out->head->LoadBalancePolicy = static_cast<std::uint32_t>(c.mapping);
    for (std::size_t i = 0; i < choices.size(); ++i) {
      const int index = choices[i].index;
      out->paths[i].UniqueConnectionId =
          index < 0 ? kNobody : ids.connections[static_cast<std::size_t>(index)];
      out->paths[i].PathWeight = choices[i].weight;
      out->paths[i].PrimaryPath = choices[i].primary ? 1 : 0;
    }
    return out;
  });
}

Bytes key_block(const Command& c) {
  const Identity identity = identity_at(c.number);
  if (c.kind == Kind::get_key) {
    return built(iscsi::get_preshared_key_for_id_in_size(identity.id.size()),
                 [&](iscsi::BlockWriter& writer) {
                   auto in = iscsi::append_get_preshared_key_for_id_in(writer, bytes(identity.id));
                   if (in) (*in)->PortNumber = port_number(c.port);
                   if (in) (*in)->IdType = identity.type;
                   return in;
                 });
  }
  const std::string key = shared_key_at(c.number / 4 + c.type);
  return built(iscsi::set_preshared_key_for_id_in_size(identity.id.size(), key.size()),
               [&](iscsi::BlockWriter& writer) {
                 auto in = iscsi::append_set_preshared_key_for_id_in(writer, bytes(identity.id),
                                                                     bytes(key));
                 if (!in) return in;
                 (*in)->PortNumber = port_number(c.port);
                 (*in)->IdType = identity.type;
                 (*in)->SecurityFlags = static_cast<std::uint64_t>(c.portal);
                 return in;
               });
}

Bytes ping_block(const Command& c) {
  return plain<iscsi::PingIPAddress_IN>(
      iscsi::PingIPAddress_IN_SIZE, [&](iscsi::PingIPAddress_IN& in) {
        in.RequestCount = static_cast<std::uint32_t>(c.number % 8);
        in.RequestSize = 32;
        in.Timeout = static_cast<std::uint32_t>(kPingTimeout);
        iscsi::ISCSI_TargetPortal portal{};
        put_portal(c.portal, portal);
        in.Address = portal.Address;
      });
}

Bytes scsi_block(const Command& c, const Ids& ids) {
  const auto lun = static_cast<std::uint64_t>(c.mapping);
  switch (c.kind) {
    case Kind::inquiry:
      return plain<iscsi::ScsiInquiry_IN>(iscsi::ScsiInquiry_IN_SIZE,
                                          [&](iscsi::ScsiInquiry_IN& in) {
                                            in.UniqueSessionId = ids.session;
                                            in.Lun = lun;
                                            in.PageCode = c.auth == 1 ? 0x55 : 0;
                                          });
    case Kind::read_capacity:
      return plain<iscsi::ScsiReadCapacity_IN>(iscsi::ScsiReadCapacity_IN_SIZE,
                                               [&](iscsi::ScsiReadCapacity_IN& in) {
                                                 in.UniqueSessionId = ids.session;
                                                 in.Lun = lun;
                                               });
    default:
      return lab_test::session_in(ids.session);
  }
}

// Names and servers of MSiSCSI_Operations.
template <typename In>
Bytes named(iscsi::Le16 (In::*member)[223 + 1], std::string_view text) {
  return plain<In>(sizeof(In), [&](In& in) { miniport::put_text(in.*member, text); });
}

Bytes settings_block(const Command& c) {
  const Server server = server_at(c.number);
  switch (c.kind) {
    case Kind::chap_secret: {
      const auto secret = chap_secret_at(c.number);
      return built(iscsi::set_chap_shared_secret_in_size(secret.size()), [&](auto& writer) {
        return iscsi::append_set_chap_shared_secret_in(writer, bytes(secret));
      });
    }
    case Kind::radius_secret: {
      const auto secret = radius_secret_at(c.number);
      return built(iscsi::set_radius_shared_secret_in_size(secret.size()), [&](auto& writer) {
        return iscsi::append_set_radius_shared_secret_in(writer, bytes(secret));
      });
    }
    case Kind::group_key: {
      const auto key = shared_key_at(c.number);
      return built(iscsi::set_group_preshared_key_in_size(key.size()), [&](auto& writer) {
        return iscsi::append_set_group_preshared_key_in(writer, bytes(key));
      });
    }
    case Kind::set_node:
      return named(&iscsi::SetInitiatorNodeName_IN::CreatedInitiatorName,
                   node_at(c.number).written);
    case Kind::delete_node:
      return named(&iscsi::DeleteInitiatorNodeName_IN::DeletedInitiatorName,
                   node_at(c.number).written);
    case Kind::add_isns:
      return named(&iscsi::AddiSNSServer_IN::iSNSServerName, isns_text(server));
    case Kind::remove_isns:
      return named(&iscsi::RemoveiSNSServer_IN::iSNSServerName, isns_text(server));
    case Kind::add_radius:
    case Kind::remove_radius:
      return plain<iscsi::AddRADIUSServer_IN>(
          iscsi::AddRADIUSServer_IN_SIZE,
          [&](iscsi::AddRADIUSServer_IN& in) { put_server(server, in.RADIUSIPAddress); });
    case Kind::tunnel:
      return plain<iscsi::SetTunnelModeOuterAddress_IN>(
          iscsi::SetTunnelModeOuterAddress_IN_SIZE, [&](iscsi::SetTunnelModeOuterAddress_IN& in) {
            in.PortNumber = port_number(c.port);
            put_server(server, in.DestinationAddress);
            put_server(tunnel_end(c), in.TunnelModeOuterAddress);
          });
    case Kind::set_guid:
      return Bytes(16, static_cast<std::uint8_t>(c.number));
    case Kind::set_key:
    case Kind::get_key:
      return key_block(c);
    default:
      return {};
  }
}

}  // namespace

Bytes session_config_block(const Command& c) {
  const SessionConfig wanted = session_config_at(c.number);
  return plain<iscsi::MSiSCSI_HBASessionConfig>(iscsi::MSiSCSI_HBASessionConfig_SIZE,
                                                [&](iscsi::MSiSCSI_HBASessionConfig& block) {
                                                  block.InitialR2T = wanted.initial_r2t;
                                                  block.ImmediateData = wanted.immediate_data;
                                                  block.MaxRecvDataSegmentLength = wanted.max_recv;
                                                  block.MaxBurstLength = wanted.max_burst;
                                                  block.FirstBurstLength = wanted.first_burst;
                                                  block.MaxOutstandingR2T = wanted.max_r2t;
                                                });
}

Bytes discovery_config_block(const Command& c) {
  const DiscoveryConfig wanted = discovery_config_at(c);
  return plain<iscsi::MSiSCSI_DiscoveryConfig>(
      iscsi::MSiSCSI_DiscoveryConfig_SIZE, [&](iscsi::MSiSCSI_DiscoveryConfig& block) {
        block.PerformiSNSDiscovery = wanted.isns;
        block.PerformSLPDiscovery = wanted.slp;
        block.AutomaticiSNSDiscovery = wanted.automatic;
        miniport::put_text(block.InitiatorName, wanted.name.written);
        put_server(wanted.server, block.iSNSServer);
      });
}

Bytes boot_config_block(const Command& c) {
  const BootConfig wanted = boot_config_at(c.number % kBootConfigs);
  const std::string user(wanted.user), secret(wanted.secret);
  Bytes block(sizeof(iscsi::MSiSCSI_BootConfiguration) + user.size() + secret.size());
  iscsi::BlockWriter writer(block);
  const auto out = iscsi::append_boot_configuration(writer, lab_test::bytes_of(user),
                                                    lab_test::bytes_of(secret));
  if (!out) throw std::logic_error(out.error().to_string());
  (*out)->LUN = wanted.lun;
  (*out)->DiscoverBootDevice = wanted.discover;
  miniport::put_text((*out)->InitiatorNode, wanted.node.written);
  miniport::put_text((*out)->TargetName, std::string(name_at(wanted.target).text));
  put_portal(wanted.portal, (*out)->TargetPortal);
  return block;
}

Bytes in_block(const Command& c, const Ids& ids, const Session* session) {
  switch (c.kind) {
    case Kind::login:
    case Kind::save_login:
      return login_block(c);
    case Kind::remove_login:
      return removal_block(c);
    case Kind::logout:
      return lab_test::session_in(ids.session);
    case Kind::add_connection:
      return connection_block(c, ids);
    case Kind::remove_connection:
      return plain<iscsi::RemoveConnectionFromSession_IN>(
          iscsi::RemoveConnectionFromSession_IN_SIZE,
          [&](iscsi::RemoveConnectionFromSession_IN& in) {
            const int index = connection_index(c, session);
            in.UniqueSessionId = ids.session;
            in.UniqueConnectionId =
                index < 0 ? kNobody : ids.connections[static_cast<std::size_t>(index)];
          });
    case Kind::send_targets:
      return lab_test::send_targets_in(ids.session, send_targets_text(c));
    case Kind::inquiry:
    case Kind::read_capacity:
    case Kind::report_luns:
      return scsi_block(c, ids);
    case Kind::load_balance:
      return balance_block(c, ids, session);
    case Kind::ping:
      return ping_block(c);
    default:
      return settings_block(c);
  }
}

namespace {

struct MethodRow {
  const iscsi::Guid16* guid;
  std::uint32_t id;
};
template <typename Id>
constexpr MethodRow row(const iscsi::Guid16& guid, Id id) {
  return {&guid, static_cast<std::uint32_t>(id)};
}
constexpr MethodRow row(Method id) { return row(iscsi::MSiSCSI_OperationsGuid, id); }

// In the order of the kinds.
const MethodRow& method_row(Kind kind) {
  using Keys = iscsi::MSiSCSI_SecurityConfigOperationsMethod;
  using Found = iscsi::MSiSCSI_DiscoveryOperationsMethod;
  const auto& keys = iscsi::MSiSCSI_SecurityConfigOperationsGuid;
  const auto& found = iscsi::MSiSCSI_DiscoveryOperationsGuid;
  static const MethodRow rows[] = {
      row(Method::LoginToTarget),
      row(Method::LoginToTarget),
      row(Method::RemovePersistentLogin),
      row(Method::LogoutFromTarget),
      row(Method::AddConnectionToSession),
      row(Method::RemoveConnectionFromSession),
      row(Method::SendTargets),
      row(Method::ScsiInquiry),
      row(Method::ScsiReadCapacity),
      row(Method::ScsiReportLuns),
      row(Method::SetCHAPSharedSecret),
      row(Method::SetRADIUSSharedSecret),
      row(Method::SetInitiatorNodeName),
      row(Method::DeleteInitiatorNodeName),
      row(Method::AddiSNSServer),
      row(Method::RemoveiSNSServer),
      row(Method::AddRADIUSServer),
      row(Method::RemoveRADIUSServer),
      row(keys, Keys::SetPresharedKeyForId),
      row(keys, Keys::GetPresharedKeyForId),
      row(keys, Keys::SetGroupPresharedKey),
      row(keys, Keys::SetTunnelModeOuterAddress),
      row(keys, Keys::ClearCache),
      row(keys, Keys::SetGenerationalGuid),
      row(found, Found::ReportDiscoveredTargets),
      row(found, Found::ReportDiscoveredTargets2),
      row(iscsi::MSiSCSI_LB_OperationsGuid,
          iscsi::MSiSCSI_LB_OperationsMethod::SetLoadBalancePolicy),
      row(iscsi::MSiSCSI_ManagementOperationsGuid,
          iscsi::MSiSCSI_ManagementOperationsMethod::PingIPAddress),
  };
  static_assert(std::size(rows) == static_cast<std::size_t>(kLastMethod) + 1);
  return rows[static_cast<std::size_t>(kind)];
}

}  // namespace

const iscsi::Guid16& class_of(Kind kind) { return *method_row(kind).guid; }

std::uint32_t method_id(Kind kind) { return method_row(kind).id; }

bool waits_for_fabric(Kind kind) {
  switch (kind) {
    case Kind::login:
    case Kind::logout:
    case Kind::add_connection:
    case Kind::remove_connection:
    case Kind::send_targets:
    case Kind::inquiry:
    case Kind::read_capacity:
    case Kind::report_luns:
    case Kind::ping:
      return true;
    default:
      return false;
  }
}

}  // namespace hbalab::surface
