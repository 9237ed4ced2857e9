// Several connections of one session: removal, loss, and which of them commands take.
#include <catch2/catch.hpp>
#include <set>

#include "hba-sim/adapter/load_balance.hpp"
#include "iscsiop/enums.hpp"
#include "tests/hba-sim/hba_fixture.hpp"

using namespace hbalab;
using namespace hbalab::test;
using adapter::check_load_balance;
using adapter::choose_path;
using adapter::PathChoice;
using adapter::PathInfo;

namespace {

const Bytes kReady{0, 0, 0, 0, 0, 0};

struct Added {
  IsdscStatus status;
  ConnectionId connection;
};

struct Bench : Rig {
  FakeTarget& target = fabric->add(kTargetName, kPortal);
  SessionId session;

  explicit Bench(int extra = 1) {
    target.portals.push_back("192.0.2.11:3260");
    auto command = to(target);
    command.login.options.information_specified = iscsi::ISCSI_LOGIN_OPTIONS_MAXIMUM_CONNECTIONS;
    command.login.options.maximum_connections = 4;
    command.login.port.value = 0;
    const auto outcome = log_in(command);
    REQUIRE(outcome.status == iscsi::ISDSC_SUCCESS);
    session = outcome.session;
    for (int i = 0; i < extra; ++i) {
      const auto added = add();
      REQUIRE(added.done());
      REQUIRE(added.get().status == iscsi::ISDSC_SUCCESS);
    }
  }
  Pending<Added> add(std::uint32_t port = 1) {
    Pending<Added> pending;
    adapter::PersistentLogin login;
    login.portal = *Portal::from_text("192.0.2.11");
    login.port.value = port;
    run([&] {
      pending.id = hba->add_connection(
          session, login,
          [list = pending.answers](IsdscStatus s, ConnectionId c) { list->push_back({s, c}); });
      inside_ok = inside_ok && (pending.id == 0) == pending.done();
    });
    return pending;
  }
  Pending<IsdscStatus> remove(ConnectionId connection) {
    Pending<IsdscStatus> pending;
    run([&] {
      pending.id = hba->remove_connection(
          session, connection, [list = pending.answers](IsdscStatus s) { list->push_back(s); });
      inside_ok = inside_ok && (pending.id == 0) == pending.done();
    });
    return pending;
  }
  std::vector<PathInfo> paths() {
    return run([&] { return hba->paths(session); });
  }
  IsdscStatus balance(std::uint32_t policy, const std::vector<PathInfo>& wanted) {
    return run([&] { return hba->set_load_balance(session, policy, wanted); });
  }
  // The link of each of the next commands.
  std::vector<fabric::LinkId> links_of_commands(int count) {
    std::vector<fabric::LinkId> out;
    for (int i = 0; i < count; ++i) {
      (void)scsi(session, 0, kReady);
      out.push_back(fabric->last_link);
    }
    return out;
  }
};

}  // namespace

TEST_CASE("The requests of a joining login carry ISID, TSIH and CID, and offer little") {
  Bench bench;
  const auto& request = bench.fabric->requests.back();
  const auto info = bench.sessions()[0];
  CHECK(request.tsih == info.tsid);
  CHECK(request.cid == 1);
  CHECK(request.isid == info.isid);
  std::set<std::string> keys;
  for (const auto& [key, value] : request.keys) keys.insert(key);
  CHECK(keys == std::set<std::string>{"DataDigest", "HeaderDigest", "MaxRecvDataSegmentLength"});
  CHECK(bench.fabric->reinstated == 0);
  CHECK(bench.inside_ok);
}

TEST_CASE("A removal under way says so, and ends without the target's answer") {
  Bench bench;
  const auto id = bench.paths().at(1).id;
  bench.target.mute_logout = true;
  const auto first = bench.remove(id);
  CHECK_FALSE(first.done());
  CHECK(bench.sessions()[0].connections.at(1).state == 2);
  CHECK(bench.remove(id).get() == iscsi::ISDSC_REMOVE_CONNECTION_IN_PROGRESS);
  // No command goes over it any more.
  const auto links = bench.links_of_commands(4);
  CHECK(std::set(links.begin(), links.end()).size() == 1);
  SECTION("time") {
    bench.advance(15s);
    REQUIRE(first.done());
    CHECK(first.get() == iscsi::ISDSC_SUCCESS);
  }
  SECTION("cancelled: nobody is told, and it goes on") {
    bench.run([&] { bench.hba->cancel(first.id); });
    CHECK(first.get() == iscsi::ISDSC_TRANSPORT_ERROR);
    CHECK(bench.remove(id).get() == iscsi::ISDSC_REMOVE_CONNECTION_IN_PROGRESS);
    bench.advance(15s);
  }
  SECTION("the session is logged out meanwhile") {
    const auto logout = bench.logout(bench.session);
    CHECK(bench.remove(id).get() == iscsi::ISDSC_REMOVE_CONNECTION_IN_PROGRESS);
    bench.advance(15s);
    CHECK(first.get() == iscsi::ISDSC_SUCCESS);
    CHECK(logout.get() == iscsi::ISDSC_SUCCESS);
    CHECK(bench.sessions().empty());
    CHECK(bench.fabric->open_links() == 0);
    return;
  }
  CHECK(bench.sessions()[0].connections.size() == 1);
  CHECK(bench.fabric->open_links() == 1);
  CHECK(bench.remove(id).get() == iscsi::ISDSC_INVALID_CONNECTION_ID);
}

TEST_CASE("A session that is being logged out takes and gives no connections") {
  Bench bench;
  bench.target.mute_logout = true;
  (void)bench.logout(bench.session);
  CHECK(bench.add().get().status == iscsi::ISDSC_NO_CONNECTION_AVAILABLE);
  CHECK(bench.remove(bench.paths().at(1).id).get() == iscsi::ISDSC_SESSION_BUSY);
  bench.advance(15s);
  CHECK(bench.fabric->open_links() == 0);
}

TEST_CASE("Commands on a connection that is lost fail at once, the others go on") {
  Bench bench;
  auto wanted = bench.paths();
  wanted[0].primary = false;
  wanted[1].primary = true;
  REQUIRE(bench.balance(iscsi::MSiSCSI_LB_FAILOVER, wanted) == iscsi::ISDSC_SUCCESS);
  bench.target.mute_scsi = true;
  const auto second = bench.scsi(bench.session, 0, kReady);
  CHECK_FALSE(second.done());
  bench.set_link(1, false);
  REQUIRE(second.done());
  CHECK(second.get().status == iscsi::ISDSC_TRANSPORT_ERROR);
  CHECK(bench.paths().at(1).status == PathInfo::Status::disconnected);
  bench.target.mute_scsi = false;
  // Fail over, and back when the primary path is there again.
  const auto other = bench.links_of_commands(2);
  bench.set_link(1, true);
  CHECK(bench.paths().at(1).status == PathInfo::Status::connected);
  CHECK(bench.links_of_commands(1)[0] != other[0]);
  CHECK(bench.sessions()[0].connected);
}

TEST_CASE("A target that refuses a lost connection is asked again") {
  Bench bench;
  const auto id = bench.paths().at(1).id;
  bench.target.status_class = 3;
  bench.set_link(1, false);
  bench.set_link(1, true);
  CHECK(bench.paths().at(1).status == PathInfo::Status::reconnecting);
  bench.advance(4'999ms);
  bench.target.status_class = 0;
  bench.advance(1ms);
  CHECK(bench.paths().at(1).status == PathInfo::Status::connected);
  CHECK(bench.paths().at(1).id == id);
}

TEST_CASE("A refused first login leaves nothing, also when the adapter stops in it") {
  Bench bench(0);
  bench.target.status_class = 2;
  bench.target.status_detail = 8;
  CHECK(bench.add().get().status == iscsi::ISDSC_CANT_INCLUDE_IN_SESSION);
  bench.target.status_class = 0;
  bench.target.mute_login = true;
  const auto late = bench.add();
  CHECK_FALSE(late.done());
  CHECK(bench.paths().size() == 1);
  bench.advance(15s);
  CHECK(late.get().status == iscsi::ISDSC_LOGIN_FAILED);
  const auto stopped = bench.add();
  bench.power_off();
  CHECK(stopped.get().status == iscsi::ISDSC_TRANSPORT_ERROR);
  CHECK(bench.fabric->open_links() == 0);
}

TEST_CASE("Another portal group than the session's is refused before the target is") {
  Bench bench(0);
  bench.target.group = 2;
  CHECK(bench.add().get().status == iscsi::ISDSC_CANT_INCLUDE_IN_SESSION);
  CHECK(bench.sessions()[0].connections.size() == 1);
}

TEST_CASE("Commands take the paths that the policy says") {
  Bench bench(2);
  auto paths = bench.paths();
  REQUIRE(paths.size() == 3);
  const auto used = [&](std::uint32_t policy, int count = 6) {
    REQUIRE(bench.balance(policy, paths) == iscsi::ISDSC_SUCCESS);
    const auto links = bench.links_of_commands(count);
    return std::set(links.begin(), links.end());
  };
  CHECK(bench.sessions()[0].load_balance_policy == iscsi::MSiSCSI_LB_ROUND_ROBIN);
  CHECK(used(iscsi::MSiSCSI_LB_ROUND_ROBIN).size() == 3);
  paths[0].primary = false;
  paths[2].primary = true;
  const auto third = used(iscsi::MSiSCSI_LB_FAILOVER);
  CHECK(third.size() == 1);
  paths[1].primary = true;
  CHECK(used(iscsi::MSiSCSI_LB_ROUND_ROBIN_WITH_SUBSET).size() == 2);
  paths[2].weight = 9;
  paths[1].weight = 8;
  CHECK(used(iscsi::MSiSCSI_LB_WEIGHTED_PATHS) == third);
  CHECK(used(iscsi::MSiSCSI_LB_DYN_LEAST_QUEUE_DEPTH).size() == 1);
  bench.target.mute_scsi = true;
  CHECK(used(iscsi::MSiSCSI_LB_DYN_LEAST_QUEUE_DEPTH, 3).size() == 3);
}

TEST_CASE("Load balance policies and paths are judged in a fixed order") {
  const std::vector<PathInfo> now = {{.id = ConnectionId{1}}, {.id = ConnectionId{2}}};
  using iscsi::MSiSCSI_LB_FAILOVER;
  auto wanted = now;
  CHECK(check_load_balance(0, {}, now) == iscsi::ISDSC_INVALID_LOAD_BALANCE_POLICY);
  CHECK(check_load_balance(7, {}, now) == iscsi::ISDSC_INVALID_LOAD_BALANCE_POLICY);
  CHECK(check_load_balance(6, {}, now) == iscsi::ISDSC_LB_POLICY_NOT_SUPPORTED);
  CHECK(check_load_balance(2, {}, now) == iscsi::ISDSC_PATH_COUNT_MISMATCH);
  wanted[1].id.value = 3;
  CHECK(check_load_balance(2, wanted, now) == iscsi::ISDSC_INVALID_PATH_ID);
  wanted[1].id.value = 1;
  CHECK(check_load_balance(2, wanted, now) == iscsi::ISDSC_DUPLICATE_PATH_SPECIFIED);
  wanted[1].id.value = 2;
  CHECK(check_load_balance(MSiSCSI_LB_FAILOVER, wanted, now) ==
        iscsi::ISDSC_NO_PRIMARY_PATH_SPECIFIED);
  CHECK(check_load_balance(3, wanted, now) == iscsi::ISDSC_NO_PRIMARY_PATH_SPECIFIED);
  wanted[0].primary = wanted[1].primary = true;
  CHECK(check_load_balance(MSiSCSI_LB_FAILOVER, wanted, now) ==
        iscsi::ISDSC_MULTIPLE_PRIMARY_PATHS_SPECIFIED);
  for (const std::uint32_t policy : {2u, 3u, 4u, 5u})
    CHECK(check_load_balance(policy, wanted, now) == iscsi::ISDSC_SUCCESS);
}

TEST_CASE("No policy chooses a path that cannot be used") {
  for (std::uint32_t policy = 1; policy <= 6; ++policy) {
    for (unsigned usable = 1; usable < 8; ++usable) {
      for (unsigned primary = 0; primary < 8; ++primary) {
        std::vector<PathChoice> paths(3);
        for (unsigned i = 0; i < 3; ++i) {
          paths[i].usable = (usable >> i & 1) != 0;
          paths[i].primary = (primary >> i & 1) != 0;
          paths[i].weight = (primary * 7 + i * 5) % 4;
          paths[i].queued = (usable * 3 + i) % 3;
        }
        for (std::uint64_t turn = 0; turn < 4; ++turn) {
          const auto chosen = choose_path(policy, paths, turn);
          REQUIRE(chosen < 3);
          REQUIRE(paths[chosen].usable);
        }
      }
    }
  }
}
