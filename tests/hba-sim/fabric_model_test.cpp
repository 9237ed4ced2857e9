// Random sequences of what initiators and the lab's owner do, checked against a model of the links.
#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

#include <map>

#include "fabric_support.hpp"

using namespace hbalab;
using namespace hbalab::fabric;
using namespace hbalab::fabric::test;
using namespace std::chrono_literals;

namespace {

struct LinkModel {
  bool closed = false;  // by us: nothing may be called any more
  bool over = false;    // refused, logged out or dropped
  int connects = 0, drops = 0;
  int asked = 0, answered = 0;  // logins, texts, commands, logouts
};

class Model {
 public:
  Model() {
    auto config = one_target();
    config.targets[0].connect_delay = 20ms;
    config.targets[0].login_delay = 30ms;
    lab::PortalConfig portal;
    portal.address = "192.0.2.11";
    config.targets[0].portals.push_back(portal);
    lab::TargetConfig fast;
    fast.name = kOther;
    portal.address = "192.0.2.12";
    fast.portals = {portal};
    config.targets.push_back(fast);
    bench_ = std::make_unique<Bench>(config);
  }

  void run(int action, std::uint32_t choice) {
    SimulatedFabric& fabric = *bench_->fabric;
    switch (action) {
      case 0:
        return connect(choice);
      case 1:
      case 2:
        return login(choice);
      case 3: {
        if (LinkModel* link = pick(choice)) {
          ++link->asked;
          fabric.logout(id_, [this, id = id_](bool ok) {
            answer(id);
            if (ok) links_[id].over = true;
          });
        }
        return;
      }
      case 4: {
        if (LinkModel* link = pick(choice)) {
          link->closed = true;
          fabric.close(id_);
        }
        return;
      }
      case 5: {
        if (LinkModel* link = pick(choice)) {
          ++link->asked;
          fabric.scsi(id_, 0, {0, 0, 0, 0, 0, 0}, 0,
                      [this, id = id_](ScsiResponse) { answer(id); });
        }
        return;
      }
      case 6: {
        lab::PortalConfig portal;
        portal.address = choice % 2 == 0 ? "192.0.2.10" : "192.0.2.11";
        portal.state = std::array{"up", "refuse", "unreachable"}[choice / 2 % 3];
        (void)fabric.put_portal(kDisk, portal);
        return;
      }
      case 7:
        (void)fabric.set_network_up("san", choice % 2 == 0);
        return;
      case 8: {
        lab::LunConfig lun;
        lun.lun = choice % 4;
        if (choice % 8 < 4) {
          (void)fabric.put_lun(kDisk, lun);
        } else {
          (void)fabric.remove_lun(kDisk, lun.lun);
        }
        return;
      }
      case 9:
        bench_->clock->advance(std::chrono::milliseconds(choice % 50));
        return;
      default:
        (void)fabric.drop_links(choice % 2 == 0 ? kDisk : kOther);
        return;
    }
  }

  void check() {
    std::size_t connections = 0;
    for (const auto& name : {kDisk, kOther}) {
      const auto counters = bench_->fabric->counters(name);
      connections += counters.connections;
      RC_ASSERT(counters.sessions <= counters.connections);
      RC_ASSERT(counters.logins_ok + counters.logins_refused <= counters.logins_tried);
      for (const auto& session : bench_->fabric->sessions(name)) RC_ASSERT(!session.cids.empty());
    }
    std::size_t open = 0;
    for (const auto& [id, link] : links_) {
      RC_ASSERT(link.connects <= 1);
      RC_ASSERT(link.drops <= 1);
      RC_ASSERT(link.answered <= link.asked);
      if (!link.closed && !link.over && link.drops == 0) ++open;
    }
    RC_ASSERT(bench_->fabric->link_count() == open);
    RC_ASSERT(connections <= open);
  }

  // When all delays have passed, everything that was asked on a link that we did not close is
  // answered.
  void settle() {
    bench_->clock->advance(10s);
    check();
    RC_ASSERT(bench_->clock->pending() == 0u);
    for (const auto& [id, link] : links_) {
      if (!link.closed) RC_ASSERT(link.answered == link.asked);
    }
  }

 private:
  static inline const std::string kOther = "iqn.2026-01.org.example:other";

  void answer(LinkId id) {
    LinkModel& link = links_.at(id);
    RC_ASSERT(!link.closed);
    ++link.answered;
  }

  LinkModel* pick(std::uint32_t choice) {
    if (links_.empty()) return nullptr;
    auto at = links_.begin();
    std::advance(at, choice % links_.size());
    id_ = at->first;
    return at->second.closed ? nullptr : &at->second;
  }

  void connect(std::uint32_t choice) {
    const std::string to = "192.0.2." + std::to_string(10 + choice % 4);
    // The callback may run before the id is known; ids count up.
    const LinkId expected = ++last_;
    links_[expected];
    const LinkId id = bench_->fabric->connect(
        IpAddress::from_text("192.0.2.1"), portal_of(to),
        [this, expected](const LinkEvent& event) {
          LinkModel& link = links_.at(expected);
          RC_ASSERT(event.link == expected);
          RC_ASSERT(!link.closed);
          if (event.kind == LinkEvent::Kind::dropped) ++link.drops;
        },
        [this, expected](ConnectResult result) {
          LinkModel& link = links_.at(expected);
          RC_ASSERT(!link.closed);
          ++link.connects;
          if (result != ConnectResult::connected) link.over = true;
        });
    RC_ASSERT(id == expected);
  }

  void login(std::uint32_t choice) {
    LinkModel* link = pick(choice);
    if (link == nullptr) return;
    ++link->asked;
    const std::uint32_t what = choice / 16;
    LoginRequest request = Bench::first(1, what % 7 == 0 ? 2 : 3, what % 3 == 0 ? kOther : kDisk);
    if (what % 11 == 0) request = Bench::first(1, 3, "");
    request.isid[5] = static_cast<std::uint8_t>(what % 4);
    request.cid = static_cast<std::uint16_t>(what % 2);
    if (what % 5 == 0) request.tsih = static_cast<std::uint16_t>(1 + what % 3);
    bench_->fabric->login(id_, std::move(request), [this, id = id_](LoginResponse response) {
      answer(id);
      if (!response.dropped && response.status_class != 0) links_[id].over = true;
    });
  }

  std::unique_ptr<Bench> bench_;
  std::map<LinkId, LinkModel> links_;
  LinkId last_ = 0;
  LinkId id_ = 0;
};

}  // namespace

TEST_CASE("model: every callback exactly once, none after close, every link counted") {
  CHECK(rc::check("random sequences", [] {
    const auto steps = *rc::gen::container<std::vector<std::pair<int, std::uint32_t>>>(
        rc::gen::pair(rc::gen::inRange(0, 11), rc::gen::arbitrary<std::uint32_t>()));
    Model model;
    for (const auto& [action, choice] : steps) {
      model.run(action, choice);
      model.check();
    }
    model.settle();
  }));
}
