// Bad input that no caller should give, and a world that is not as it should be.
#include "calls.hpp"
#include "edge.hpp"

using namespace hbalab;
using namespace hbalab::dsc_test;

namespace {

template <typename V>
typename V::Char* at_edge(Edge& edge, std::string_view text) {
  auto* out = edge.at<typename V::Char>();
  std::copy(text.begin(), text.end(), out);
  out[text.size()] = 0;
  return out;
}

// Every function of the API that needs the service.
template <typename V>
std::vector<std::pair<const char*, ISDSC_STATUS>> call_everything() {
  using C = Call<V>;
  Text<V> name(kDisk1), hba(kHba0), address("192.0.2.10");
  auto at = portal<V>("192.0.2.10");
  ISCSI_UNIQUE_SESSION_ID session{1, 2};
  ISCSI_UNIQUE_CONNECTION_ID connection{1, 3};
  UCHAR bytes[64] = "some-secret-text", status = 0;
  ULONG size = 0, count = 0, sense = 0;
  typename V::Char room[MAX_ISCSI_NAME_LEN + 1];
  constexpr ULONG kAll = ISCSI_ALL_INITIATOR_PORTS;
  IKE_AUTHENTICATION_INFORMATION information{};
  information.AuthMethod = IKE_AUTHENTICATION_PRESHARED_KEY_METHOD;
  information.PsKey.IdType = ID_FQDN;
  information.PsKey.Id = bytes;
  information.PsKey.IdLengthInBytes = 4;
  return {
      {"targets", C::report_iscsi_targets(FALSE, &size, nullptr)},
      {"target information",
       C::get_iscsi_target_information(name, nullptr, ProtocolType, &size, nullptr)},
      {"target portals", C::report_iscsi_target_portals(nullptr, name, nullptr, &count, nullptr)},
      {"add static", C::add_iscsi_static_target(name, nullptr, 0, TRUE, nullptr, nullptr, nullptr)},
      {"remove static", C::remove_iscsi_static_target(name)},
      {"add portal", C::add_iscsi_send_target_portal(nullptr, kAll, nullptr, 0, &at)},
      {"remove portal", C::remove_iscsi_send_target_portal(nullptr, kAll, &at)},
      {"node name", C::get_iscsi_initiator_node_name(room)},
      {"refresh portal", C::refresh_iscsi_send_target_portal(nullptr, kAll, &at)},
      {"portals", C::report_iscsi_send_target_portals(&count, nullptr)},
      {"portals ex", C::report_iscsi_send_target_portals_ex(&count, &size, nullptr)},
      {"login", C::login_iscsi_target(name, FALSE, nullptr, kAll, nullptr, 0, nullptr, nullptr, 0,
                                      nullptr, FALSE, &session, &connection)},
      {"persistent login", C::login_iscsi_target(name, FALSE, hba, kAll, nullptr, 0, nullptr,
                                                 nullptr, 0, nullptr, TRUE, nullptr, nullptr)},
      {"logout", C::logout_iscsi_target(&session)},
      {"add connection",
       C::add_iscsi_connection(&session, nullptr, kAll, &at, 0, nullptr, 0, nullptr, nullptr)},
      {"remove connection", C::remove_iscsi_connection(&session, &connection)},
      {"persistent logins", C::report_iscsi_persistent_logins(&count, nullptr, &size)},
      {"remove persistent", C::remove_iscsi_persistent_target(hba, kAll, name, nullptr)},
      {"remove persistent of all", C::remove_iscsi_persistent_target(nullptr, kAll, name, nullptr)},
      {"inquiry", C::send_scsi_inquiry(&session, 0, 0, 0, &status, &size, bytes, &sense, bytes)},
      {"capacity", C::send_scsi_read_capacity(&session, 0, &status, &size, bytes, &sense, bytes)},
      {"luns", C::send_scsi_report_luns(&session, &status, &size, bytes, &sense, bytes)},
      {"initiators", C::report_iscsi_initiator_list(&size, nullptr)},
      {"mappings", C::report_active_iscsi_target_mappings(&size, &count, nullptr)},
      {"tunnel", C::set_iscsi_tunnel_mode_outer_address(nullptr, kAll, address, address, TRUE)},
      {"set IKE", C::set_iscsi_ike_info(nullptr, kAll, &information, TRUE)},
      {"get IKE", C::get_iscsi_ike_info(nullptr, kAll, nullptr, &information)},
      {"group key", C::set_iscsi_group_preshared_key(12, bytes, TRUE)},
      {"CHAP secret", C::set_iscsi_initiator_chap_shared_secret(12, bytes)},
      {"RADIUS secret", C::set_iscsi_initiator_radius_shared_secret(12, bytes)},
      {"set node name", C::set_iscsi_initiator_node_name(name)},
      {"add iSNS", C::add_isns_server(address)},
      {"remove iSNS", C::remove_isns_server(address)},
      {"refresh iSNS", C::refresh_isns_server(address)},
      {"iSNS servers", C::report_isns_server_list(&size, nullptr)},
      {"add RADIUS", C::add_radius_server(address)},
      {"remove RADIUS", C::remove_radius_server(address)},
      {"RADIUS servers", C::report_radius_server_list(&size, nullptr)},
      {"sessions", C::get_iscsi_session_list(&size, &count, nullptr)},
      {"sessions ex", C::get_iscsi_session_list_ex(&size, &count, nullptr)},
      {"devices", C::get_devices_for_iscsi_session(&session, &count, nullptr)},
      {"setup devices", C::setup_persistent_iscsi_devices()},
      {"setup volumes", C::setup_persistent_iscsi_volumes()},
      {"add device", C::add_persistent_iscsi_device(name)},
      {"remove device", C::remove_persistent_iscsi_device(name)},
      {"clear devices", C::clear_persistent_iscsi_devices()},
      {"bound devices", C::report_persistent_iscsi_devices(&size, nullptr)},
  };
}

}  // namespace

TEMPLATE_TEST_CASE("arguments that end at the edge of memory", "", Wide, Narrow) {
  using Char = typename TestType::Char;
  const auto world = World::open();
  Edge portal_memory(sizeof(typename TestType::Portal));
  *portal_memory.at<typename TestType::Portal>() = portal<TestType>("192.0.2.10");
  Edge hba_memory((kHba0.size() + 1) * sizeof(Char)),
      name_memory((kDisk1.size() + 1) * sizeof(Char));
  auto* const hba = at_edge<TestType>(hba_memory, kHba0);
  auto* const name = at_edge<TestType>(name_memory, kDisk1);
  auto* const at = portal_memory.at<typename TestType::Portal>();
  REQUIRE(Call<TestType>::add_iscsi_send_target_portal(hba, 0, nullptr, 0, at) == ERROR_SUCCESS);
  Edge options_memory(sizeof(ISCSI_LOGIN_OPTIONS)), session_memory(sizeof(ISCSI_UNIQUE_SESSION_ID)),
      connection_memory(sizeof(ISCSI_UNIQUE_CONNECTION_ID));
  REQUIRE(Call<TestType>::login_iscsi_target(
              name, FALSE, hba, 0, at, 0, nullptr, options_memory.at<ISCSI_LOGIN_OPTIONS>(), 0,
              nullptr, FALSE, session_memory.at<ISCSI_UNIQUE_SESSION_ID>(),
              connection_memory.at<ISCSI_UNIQUE_CONNECTION_ID>()) == ERROR_SUCCESS);

  // An answer that just fits.
  ULONG size = 0, count = 0;
  REQUIRE(Call<TestType>::get_iscsi_session_list(&size, &count, nullptr) ==
          ERROR_INSUFFICIENT_BUFFER);
  Edge answer(size);
  CHECK(Call<TestType>::get_iscsi_session_list(
            &size, &count, answer.at<typename TestType::Session>()) == ERROR_SUCCESS);
  size = 0;
  REQUIRE(Call<TestType>::report_iscsi_initiator_list(&size, nullptr) == ERROR_INSUFFICIENT_BUFFER);
  Edge list(size * sizeof(Char));
  CHECK(Call<TestType>::report_iscsi_initiator_list(&size, list.at<Char>()) == ERROR_SUCCESS);
  // A node name is written no further than it goes.
  Edge node((kDisk2.size() + 1) * sizeof(Char));
  REQUIRE(Call<TestType>::set_iscsi_initiator_node_name(Text<TestType>(kDisk2)) !=
          ERROR_INVALID_PARAMETER);
  CHECK(Call<TestType>::get_iscsi_initiator_node_name(node.at<Char>()) == ERROR_SUCCESS);
  CHECK(ascii(node.at<Char>()) == kDisk2);
}

TEMPLATE_TEST_CASE("a member without a NUL is not read beyond its end", "", Wide, Narrow) {
  using Portal = typename TestType::Portal;
  const auto world = World::open();
  for (const bool symbolic : {false, true}) {
    Edge memory(sizeof(Portal));
    auto* const at = memory.at<Portal>();
    *at = portal<TestType>("192.0.2.10");
    auto& member = symbolic ? at->SymbolicName : at->Address;
    std::fill(std::begin(member), std::end(member), 'a');
    CHECK(Call<TestType>::add_iscsi_send_target_portal(nullptr, ISCSI_ALL_INITIATOR_PORTS, nullptr,
                                                       0, at) == ERROR_INVALID_PARAMETER);
    CHECK(Call<TestType>::remove_iscsi_persistent_target(nullptr, ISCSI_ALL_INITIATOR_PORTS,
                                                         Text<TestType>(kDisk1),
                                                         at) == ERROR_INVALID_PARAMETER);
  }
}

TEMPLATE_TEST_CASE("without a lab the service is not running, which is no empty list", "", Wide,
                   Narrow) {
  const auto world = World::open();
  world->hide();
  for (const auto& [function, status] : call_everything<TestType>()) {
    INFO(function);
    CHECK(status == ISDSC_SERVICE_NOT_RUNNING);
  }
}

TEMPLATE_TEST_CASE("a state directory that cannot be written", "", Wide, Narrow) {
  const auto world = World::open();
  world->spoil_state(StateFault::unwritable);
  auto at = portal<TestType>("192.0.2.10");
  ULONG size = 0, count = 0;
  CHECK(Call<TestType>::add_iscsi_send_target_portal(nullptr, ISCSI_ALL_INITIATOR_PORTS, nullptr, 0,
                                                     &at) == ERROR_ACCESS_DENIED);
  CHECK(Call<TestType>::report_iscsi_send_target_portals(&count, nullptr) == ERROR_ACCESS_DENIED);
  CHECK(log_in<TestType>(kDisk1) == ERROR_ACCESS_DENIED);
  // What needs no list works.
  CHECK(Call<TestType>::get_iscsi_session_list(&size, &count, nullptr) == ERROR_SUCCESS);
  Text<TestType> hba(kHba0);
  CHECK(Call<TestType>::remove_iscsi_persistent_target(hba, ISCSI_ALL_INITIATOR_PORTS,
                                                       Text<TestType>(kDisk1),
                                                       nullptr) == ISDSC_TARGET_NOT_FOUND);
}

TEST_CASE("a state file that is none") {
  const auto world = World::open();
  world->spoil_state(StateFault::damaged);
  ULONG count = 0;
  CHECK(ReportIScsiSendTargetPortalsW(&count, nullptr) == ERROR_FILE_CORRUPT);
}
