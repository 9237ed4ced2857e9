// What an adapter is cabled to. One interface, at the level of iSCSI logins, text and SCSI
// commands; the simulated targets implement it, real iSCSI over TCP can.
//
// Threads: any thread may call; callbacks run on the clock's thread or inside the call, with no
// lock of the fabric held. Every callback runs exactly once, unless its connection was closed by
// the caller before: then it does not run any more. (One that another thread has begun to run when
// close() is called may still be running when it returns.) A request on a link that is gone is
// answered at once with "dropped". A link whose end is reported with LinkEvent::Kind::dropped, a
// connect that did not succeed, a login that was refused (status class other than 0) and a logout
// end the link: its id is of no use afterwards, and only the first of these is followed by an
// event.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hba-sim/types.hpp"

namespace hbalab::fabric {

using LinkId = std::uint64_t;  // a TCP connection of this fabric; 0: none

// unreachable: there is no route at all. A portal that merely does not answer leaves the attempt
// open until it is closed: the deadline is the initiator's.
enum class ConnectResult { connected, refused, unreachable, name_unresolved, link_down };

// Login Request as the initiator sends it (RFC 7143 11.12), one for each round of the security and
// operational stages. Keys in order; values as text.
using Keys = std::vector<std::pair<std::string, std::string>>;
struct LoginRequest {
  bool transit = false;            // T bit
  std::uint8_t current_stage = 0;  // CSG: 0 security, 1 operational, 3 full feature
  std::uint8_t next_stage = 0;     // NSG
  std::array<std::uint8_t, 6> isid{};
  std::uint16_t tsih = 0;
  std::uint16_t cid = 0;
  Keys keys;
};
// Login Response (RFC 7143 11.13). dropped: the connection went away instead of an answer.
struct LoginResponse {
  bool dropped = false;
  bool transit = false;
  std::uint8_t current_stage = 0;
  std::uint8_t next_stage = 0;
  std::uint16_t tsih = 0;
  std::uint8_t status_class = 0;
  std::uint8_t status_detail = 0;
  Keys keys;
};

struct ScsiResponse {
  bool dropped = false;
  std::uint8_t status = 0;  // SCSI status byte
  Bytes data;
  Bytes sense;  // fixed format, empty for GOOD
};

// What comes of an ICMP echo request. No round trip: nobody answers.
struct EchoResult {
  bool resolved = true;
  std::optional<std::chrono::milliseconds> round_trip;
};

// A target as an iSNS server tells of it (RFC 4171): its storage node and the portals of its
// groups.
struct IsnsPortal {
  Portal portal;                      // an address, never a name
  std::uint16_t tag = 0;              // PG Tag
  std::string symbolic_name;          // Portal Symbolic Name; may be empty
  std::uint32_t security_bitmap = 0;  // Portal Security Bitmap (6.3.9)
};
struct IsnsTarget {
  std::string name, alias;
  std::vector<IsnsPortal> portals;
};
using IsnsTargets = std::shared_ptr<const std::vector<IsnsTarget>>;
using IsnsId = std::uint64_t;  // a registration with an iSNS server; 0: none

// What the other side does by itself.
struct LinkEvent {
  enum class Kind {
    dropped,                 // connection lost or closed by the target
    logout_requested,        // async message 1 (RFC 7143 11.9)
    drop_announced,          // 2, over the connection that is about to be dropped
    session_drop_announced,  // 3: all connections of the session
    negotiation_requested,   // 4: a Text Request is due on this connection
    luns_changed,            // REPORTED LUNS DATA HAS CHANGED
    damaged_header,          // a ping (NOP-In) arrived with a header that was not sent like that
    damaged_data,            // the same of its data segment
  } kind = Kind::dropped;
  LinkId link = 0;
  // Of announced drops: how long not to connect again, and for how long after that the target would
  // let commands be taken over.
  std::chrono::seconds time_to_wait{0}, time_to_retain{0};
};

class Fabric {
 public:
  virtual ~Fabric() = default;

  // Opens a connection from an initiator port (its address decides what it can reach). The LinkId
  // is given at once so that the attempt can be closed; events of the link go to `on_event`.
  virtual LinkId connect(const IpAddress& from, const Portal& to,
                         std::function<void(const LinkEvent&)> on_event,
                         std::move_only_function<void(ConnectResult)> done) = 0;
  virtual void login(LinkId link, LoginRequest request,
                     std::move_only_function<void(LoginResponse)> done) = 0;
  // Text Request in full feature phase; `dropped` is an empty Keys with first = false. SendTargets
  // (RFC 7143 appendix C) and TargetName, TargetAddress in the answer are keys like any other.
  virtual void text(LinkId link, Keys keys,
                    std::move_only_function<void(bool answered, Keys)> done) = 0;
  // `lun`: a plain number, or the eight bytes of SAM (as REPORT LUNS gives them) read as one
  // big-endian number; no number below 2^32 is such a form.
  virtual void scsi(LinkId link, std::uint64_t lun, Bytes cdb, std::uint32_t allocation,
                    std::move_only_function<void(ScsiResponse)> done) = 0;
  // Logout Request for one connection (reason 1) and its response; the link is gone afterwards.
  virtual void logout(LinkId link, std::move_only_function<void(bool answered)> done) = 0;
  // The same for the whole session (reason 0), over one of its links: all of them are gone
  // afterwards. A fabric whose sessions have one link each needs no more than this.
  virtual void logout_session(LinkId link, std::move_only_function<void(bool answered)> done) {
    logout(link, std::move(done));
  }
  // Drops the link, or an attempt. Callbacks that are still out do not run any more.
  virtual void close(LinkId link) = 0;

  // Whether a connection from that address is routed to something that listens, or would listen if
  // it were up: what "any port" goes by. Names are resolved. No connection is made.
  [[nodiscard]] virtual bool reaches(const IpAddress& from, const Portal& to) const {
    (void)from;
    (void)to;
    return true;
  }
  // An echo request from that address, with the network as it is now.
  [[nodiscard]] virtual EchoResult echo(const IpAddress& from, const IpAddress& to) const {
    (void)from;
    (void)to;
    return {};
  }
  // Registers an initiator node with the iSNS server of that address and asks it for all targets.
  // `done` gets null where there is no such server or it refuses; then there is no registration. A
  // server that merely does not answer leaves the query open until end_isns(). `changed` runs once
  // after the answer, when there is another one (a state change notification, RFC 4171 5.7) or the
  // server is gone; the registration is over then.
  virtual IsnsId query_isns(const IpAddress& from, const IpAddress& server, std::string initiator,
                            std::move_only_function<void(IsnsTargets)> done,
                            std::move_only_function<void()> changed) {
    (void)from;
    (void)server;
    (void)initiator;
    (void)changed;
    done(nullptr);
    return 0;
  }
  virtual void end_isns(IsnsId registration) { (void)registration; }
  // Servers that announce themselves where that address is plugged in, in the order of their text.
  [[nodiscard]] virtual std::vector<IpAddress> isns_servers(const IpAddress& from) const {
    (void)from;
    return {};
  }
  // Plugs an initiator port's address into a network, or takes it out. An address that nobody
  // plugged counts as plugged into "san".
  virtual void plug(const IpAddress& address, const std::string& network) {
    (void)address;
    (void)network;
  }
  virtual void unplug(const IpAddress& address) { (void)address; }
};

}  // namespace hbalab::fabric
