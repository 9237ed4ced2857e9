// Simulated targets for tests of the HBA: scripted, without wires, on a clock that the test moves.
// The answers of one target can be delayed, withheld, refused or replaced; what the HBA sent is
// kept.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hba-sim/adapter/chap.hpp"
#include "hba-sim/adapter/login_keys.hpp"
#include "hba-sim/clock.hpp"
#include "hba-sim/fabric/fabric.hpp"

namespace hbalab::test {

struct FakeTarget {
  std::string name;
  std::vector<std::string> portals;  // canonical, "192.0.2.10:3260"
  std::uint16_t group = 1;
  std::vector<std::uint64_t> luns{0};

  // Connections.
  fabric::ConnectResult connect_result = fabric::ConnectResult::connected;
  bool mute_connect = false;  // never answers
  Duration connect_delay{0};
  std::vector<std::string> reachable_from;  // port addresses; empty: all

  // Login.
  std::uint8_t status_class = 0, status_detail = 0;
  std::string redirect_to;
  bool mute_login = false;
  Duration login_delay{0};
  bool drop_in_login = false;
  std::string chap_user, chap_secret, mutual_secret;
  bool wrong_mutual_answer = false;
  std::string challenge_override;  // sent as CHAP_C
  fabric::Keys operational_override;
  // Replaces the answer to a request when it returns one.
  std::function<std::optional<fabric::LoginResponse>(const fabric::LoginRequest&)> script;

  // Full feature.
  bool mute_scsi = false, mute_logout = false, mute_text = false;
  int unit_attentions = 0;
  std::uint8_t scsi_status = 0;
  fabric::Keys send_targets;
};

class FakeFabric final : public fabric::Fabric {
 public:
  explicit FakeFabric(Clock& clock) : clock_(clock) {}

  struct Connect {
    TimePoint when;
    std::string from, to;
  };
  struct Link {
    FakeTarget* target = nullptr;
    std::function<void(const fabric::LinkEvent&)> on_event;
    bool open = true, full_feature = false;
    int step = 0;
    std::string initiator;
    std::array<std::uint8_t, 6> isid{};
    Bytes challenge;
  };

  FakeTarget& add(std::string name, std::string portal) {
    auto& target = targets_.emplace_back(std::make_unique<FakeTarget>());
    target->name = std::move(name);
    target->portals = {std::move(portal)};
    return *target;
  }

  fabric::LinkId connect(const IpAddress& from, const Portal& to,
                         std::function<void(const fabric::LinkEvent&)> on_event,
                         std::move_only_function<void(fabric::ConnectResult)> done) override {
    const auto id = next_link_++;
    connects.push_back({clock_.now(), from.canonical(), to.canonical()});
    auto& link = links_[id];
    link.on_event = std::move(on_event);
    link.target = by_portal(to.canonical());
    auto result = fabric::ConnectResult::unreachable;
    if (to.address.is_name() && link.target == nullptr)
      result = fabric::ConnectResult::name_unresolved;
    if (link.target != nullptr) {
      const auto& from_list = link.target->reachable_from;
      if (from_list.empty() || std::ranges::find(from_list, from.canonical()) != from_list.end()) {
        result = link.target->connect_result;
        if (link.target->mute_connect) return id;
      }
    }
    answer(id, link.target ? link.target->connect_delay : Duration{0},
           [done = std::move(done), result]() mutable { done(result); });
    return id;
  }

  void login(fabric::LinkId id, fabric::LoginRequest request,
             std::move_only_function<void(fabric::LoginResponse)> done) override {
    requests.push_back(request);
    auto& link = links_.at(id);
    if (!link.open || link.target->mute_login) return;
    fabric::LoginResponse response;
    if (link.target->drop_in_login) {
      response.dropped = true;
    } else {
      response = respond(id, link, request);
    }
    answer(id, link.target->login_delay,
           [done = std::move(done), response]() mutable { done(std::move(response)); });
  }

  void text(fabric::LinkId id, fabric::Keys keys,
            std::move_only_function<void(bool, fabric::Keys)> done) override {
    texts.push_back(keys);
    auto& link = links_.at(id);
    if (link.target->mute_text) return;
    answer(id, Duration{0}, [done = std::move(done), target = link.target]() mutable {
      done(true, target->send_targets);
    });
  }

  void scsi(fabric::LinkId id, std::uint64_t lun, Bytes cdb, std::uint32_t,
            std::move_only_function<void(fabric::ScsiResponse)> done) override {
    ++commands;
    last_lun = lun;
    last_link = id;
    auto& link = links_.at(id);
    auto& target = *link.target;
    if (target.mute_scsi) return;
    fabric::ScsiResponse response;
    if (target.unit_attentions > 0) {
      --target.unit_attentions;
      response.status = 2;
      response.sense = Bytes(18, 0);
      response.sense[0] = 0x70;
      response.sense[2] = 6;
    } else if (target.scsi_status != 0) {
      response.status = target.scsi_status;
    } else if (cdb.at(0) == 0xA0) {
      response.data = report_luns(target.luns);
    }
    answer(id, Duration{0},
           [done = std::move(done), response]() mutable { done(std::move(response)); });
  }

  void logout(fabric::LinkId id, std::move_only_function<void(bool)> done) override {
    ++logouts;
    auto& link = links_.at(id);
    if (link.target->mute_logout) return;
    answer(id, Duration{0}, [this, id, done = std::move(done)]() mutable {
      links_.at(id).open = false;
      done(true);
    });
  }

  void close(fabric::LinkId id) override {
    const auto entry = links_.find(id);
    if (entry != links_.end()) entry->second.open = false;
  }

  bool reaches(const IpAddress& from, const Portal& to) const override {
    if (!knows_routes) return true;
    for (const auto& target : targets_) {
      if (std::ranges::find(target->portals, to.canonical()) == target->portals.end()) continue;
      const auto& list = target->reachable_from;
      return list.empty() || std::ranges::find(list, from.canonical()) != list.end();
    }
    return false;
  }
  void plug(const IpAddress& address, const std::string& network) override {
    plugged[address.canonical()] = network;
  }
  void unplug(const IpAddress& address) override { plugged.erase(address.canonical()); }

  // ---- what the test does to the links
  void event(const FakeTarget& target, fabric::LinkEvent::Kind kind) {
    std::vector<fabric::LinkId> hit;
    for (const auto& [id, link] : links_) {
      if (link.open && link.full_feature && link.target == &target) hit.push_back(id);
    }
    for (const auto id : hit) {
      if (kind == fabric::LinkEvent::Kind::dropped) links_.at(id).open = false;
      links_.at(id).on_event({kind, id});
    }
  }
  void drop(const FakeTarget& target) { event(target, fabric::LinkEvent::Kind::dropped); }

  [[nodiscard]] std::size_t open_links() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(links_, [](const auto& l) { return l.second.open; }));
  }
  [[nodiscard]] std::size_t sessions_of(const FakeTarget& target) const {
    return static_cast<std::size_t>(std::ranges::count_if(links_, [&](const auto& l) {
      return l.second.open && l.second.full_feature && l.second.target == &target;
    }));
  }
  [[nodiscard]] std::size_t connects_to(const std::string& portal) const {
    return static_cast<std::size_t>(std::ranges::count(connects, portal, &Connect::to));
  }

  bool knows_routes = false;
  std::map<std::string, std::string> plugged;
  std::vector<Connect> connects;
  std::vector<fabric::LoginRequest> requests;
  std::vector<fabric::Keys> texts;
  int commands = 0, logouts = 0;
  std::uint64_t last_lun = 0;
  fabric::LinkId last_link = 0;  // of the last command
  int reinstated = 0;            // sessions that a login of the same nexus ended

 private:
  FakeTarget* by_portal(const std::string& portal) {
    for (const auto& target : targets_) {
      if (std::ranges::find(target->portals, portal) != target->portals.end()) return target.get();
    }
    return nullptr;
  }

  // Runs inside the call, or later; not any more once the link is closed.
  template <typename Action>
  void answer(fabric::LinkId id, Duration delay, Action action) {
    if (delay == Duration{0}) return action();
    clock_.schedule(clock_.now() + delay, [this, id, action = std::move(action)]() mutable {
      if (links_.at(id).open) action();
    });
  }

  static Bytes report_luns(const std::vector<std::uint64_t>& luns) {
    Bytes out(8, 0);
    const auto size = luns.size() * 8;
    for (std::size_t i = 0; i < 4; ++i) out[i] = static_cast<std::uint8_t>(size >> (24 - 8 * i));
    for (const auto lun : luns) {
      Bytes entry(8, 0);
      if (lun < 256) {
        entry[1] = static_cast<std::uint8_t>(lun);
      } else {
        entry[0] = static_cast<std::uint8_t>(0x40 | (lun >> 8));
        entry[1] = static_cast<std::uint8_t>(lun);
      }
      out.insert(out.end(), entry.begin(), entry.end());
    }
    return out;
  }

  fabric::LoginResponse respond(fabric::LinkId id, Link& link,
                                const fabric::LoginRequest& request) {
    auto& target = *link.target;
    if (target.script) {
      if (auto response = target.script(request)) return *response;
    }
    fabric::LoginResponse response;
    response.current_stage = request.current_stage;
    if (target.status_class != 0) {
      response.status_class = target.status_class;
      response.status_detail = target.status_detail;
      if (!target.redirect_to.empty())
        response.keys.emplace_back("TargetAddress", target.redirect_to + ",1");
      return response;
    }
    if (request.current_stage == 0) return security(link, request, response);
    return operational(id, link, request, response);
  }

  fabric::LoginResponse security(Link& link, const fabric::LoginRequest& request,
                                 fabric::LoginResponse response) {
    auto& target = *link.target;
    const auto find = [&](std::string_view key) { return adapter::find_key(request.keys, key); };
    const auto refuse = [&] {
      response.status_class = 2;
      response.status_detail = 1;
      return response;
    };
    const auto pass = [&] {
      response.transit = request.transit;
      response.next_stage = request.transit ? 1 : 0;
      return response;
    };
    switch (link.step++) {
      case 0: {
        link.initiator = std::string(find("InitiatorName").value_or(""));
        link.isid = request.isid;
        response.keys.emplace_back("TargetPortalGroupTag", std::to_string(target.group));
        const auto methods = std::string(find("AuthMethod").value_or(""));
        if (target.chap_secret.empty()) {
          if (!methods.ends_with("None")) return refuse();
          response.keys.emplace_back("AuthMethod", "None");
          if (!request.transit) link.step = 9;
          return pass();
        }
        if (!methods.starts_with("CHAP")) return refuse();
        response.keys.emplace_back("AuthMethod", "CHAP");
        return response;
      }
      case 1:
        link.challenge = Bytes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
        response.keys = {
            {"CHAP_A", "5"},
            {"CHAP_I", "42"},
            {"CHAP_C", target.challenge_override.empty() ? adapter::encode_hex(link.challenge)
                                                         : target.challenge_override}};
        return response;
      case 2: {
        const Bytes secret(target.chap_secret.begin(), target.chap_secret.end());
        const auto right = adapter::chap_md5(42, secret, link.challenge);
        if (find("CHAP_N") != target.chap_user || find("CHAP_R") != adapter::encode_hex(*right)) {
          return refuse();
        }
        if (const auto challenge = find("CHAP_C")) {
          mutual_challenges.emplace_back(*challenge);
          const Bytes mutual(target.mutual_secret.begin(), target.mutual_secret.end());
          auto id = static_cast<std::uint8_t>(std::stoi(std::string(*find("CHAP_I"))));
          if (target.wrong_mutual_answer) ++id;
          const auto proof = adapter::chap_md5(id, mutual, *adapter::decode_binary(*challenge));
          response.keys = {{"CHAP_N", target.name}, {"CHAP_R", adapter::encode_hex(*proof)}};
        }
        return pass();
      }
      default:
        return pass();
    }
  }

  fabric::LoginResponse operational(fabric::LinkId id, Link& link,
                                    const fabric::LoginRequest& request,
                                    fabric::LoginResponse response) {
    for (const auto& [key, value] : request.keys) {
      if (key == "HeaderDigest" || key == "DataDigest") {
        response.keys.emplace_back(key, value.substr(0, value.find(',')));
      } else if (key != "MaxRecvDataSegmentLength") {
        response.keys.emplace_back(key, value);
      }
    }
    if (!link.target->operational_override.empty())
      response.keys = link.target->operational_override;
    response.transit = request.transit;
    response.next_stage = 3;
    link.full_feature = true;
    if (request.tsih != 0) {  // joins a session
      response.tsih = request.tsih;
      return response;
    }
    response.tsih = next_tsih_++;
    if (next_tsih_ == 0) next_tsih_ = 1;
    for (auto& [other, old] : links_) {
      const bool same = other != id && old.open && old.full_feature && old.target == link.target &&
                        old.initiator == link.initiator && old.isid == link.isid;
      if (same) ++reinstated;
    }
    return response;
  }

 public:
  std::vector<std::string> mutual_challenges;

 private:
  Clock& clock_;
  std::vector<std::unique_ptr<FakeTarget>> targets_;
  std::map<fabric::LinkId, Link> links_;
  fabric::LinkId next_link_ = 1;
  std::uint16_t next_tsih_ = 1;
};

}  // namespace hbalab::test
