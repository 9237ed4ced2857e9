// Requests in full feature phase, and ping.
#include <algorithm>

#include "tests/hba-sim/surface_model.hpp"

namespace hbalab::surface {
namespace {

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
}

// REPORT LUNS (SPC-4 6.33): the list in ascending order, single level.
std::string lun_list(const std::set<std::uint64_t>& luns) {
  std::string out;
  put(out, luns.size() * 8, 4);
  put(out, 0, 4);
  for (const auto lun : luns) put(out, lun << 48, 8);
  return out;
}

constexpr int kNoSuchUnit = 0x052500, kNoSuchPage = 0x052400, kCapacityChanged = 0x062A09,
              kUnitsChanged = 0x063F0E;

}  // namespace

std::string_view send_targets_text(const Command& c) {
  const int kind = c.number / 8;
  return kind < 3 ? "All" : kind < 5 ? "" : name_at(c.target).text;
}

Reply Model::send_targets(const Command& c) {
  Reply reply;
  reply.data = "";
  Session* session = pick_session(c.number);
  const auto text = send_targets_text(c);
  const bool bad_name = text == "no name";
  if (session == nullptr) {
    reply.status = iscsi::ISDSC_INVALID_SESSION_ID;
  } else if (bad_name) {
    reply.status = iscsi::ISDSC_INVALID_SENDTARGETS_TEXT;
  } else if (!session->connected) {
    reply.status = iscsi::ISDSC_NO_CONNECTION_AVAILABLE;
  } else {
    const auto own = session->discovery() ? std::nullopt : std::optional(session->terms.target);
    const auto told = Discovery::told(text, own);
    if (!told) {
      reply.status = iscsi::ISDSC_INVALID_SENDTARGETS_TEXT;
      return reply;
    }
    reply.data = Discovery::response(*told);
    discovery.hear(session->home, *told, text == "All");
  }
  return reply;
}

// READ CAPACITY(10), or (16) where it does not fit.
std::string Model::capacity(std::uint64_t blocks) {
  std::string out;
  const bool fits = blocks - 1 < 0xFFFFFFFF;
  put(out, blocks - 1, fits ? 4 : 8);
  put(out, 512, 4);
  out.resize(fits ? 8 : 32);
  return out;
}

Reply Model::scsi(const Command& c) {
  Reply reply;
  Session* session = pick_session(c.number);
  const auto lun = static_cast<std::uint64_t>(c.mapping);
  if (session == nullptr) {
    reply.status = iscsi::ISDSC_INVALID_SESSION_ID;
  } else if (session->discovery()) {
    reply.status = iscsi::ISDSC_SESSION_TYPE_NOT_SUPPORTED;
  } else if (!session->connected) {
    reply.status = iscsi::ISDSC_NO_CONNECTION_AVAILABLE;
  } else {
    const auto& side = bench.targets[static_cast<std::size_t>(session->terms.target)];
    Attention& attention = session->attention;
    if (c.kind == Kind::report_luns) {
      attention.inventory = false;
      reply.data = lun_list(side.luns);
    } else if (c.kind == Kind::inquiry) {
      if (c.auth == 1) reply.sense = kNoSuchPage;
    } else if (!side.luns.contains(lun)) {
      reply.sense = kNoSuchUnit;
    } else if (attention.inventory && attention.told.insert(lun).second) {
      reply.sense = kUnitsChanged;
    } else if (attention.resized.erase(lun) != 0) {
      reply.sense = kCapacityChanged;
    } else {
      const auto blocks = side.blocks.find(lun);
      reply.data = capacity(blocks == side.blocks.end() ? kDefaultBlocks : blocks->second);
    }
    if (reply.sense != 0) reply.status = iscsi::ISDSC_SCSI_REQUEST_FAILED;
  }
  return reply;
}

// Hosts of portals answer from the first request on, whatever the TCP port does.
Reply Model::ping(const Command& c) {
  Reply reply;
  const PortalChoice& portal = portal_at(c.portal);
  if (portal.spelling == Spelling::bad_type) {
    reply.status = iscsi::ISDSC_ADDRESS_TYPE_NOT_SUPPORTED;
  } else if (portal.spelling == Spelling::empty || c.number % 8 == 0) {
    reply.status = iscsi::ISDSC_INVALID_PARAMETER;
  } else if (!bench.link[0] && !bench.link[1]) {
    reply.status = iscsi::ISDSC_CONNECTION_FAILED;
  } else if (!portal.resolves) {
    reply.status = iscsi::ISDSC_DNS_NAME_UNRESOLVED;
  } else {
    bool answers = false;
    for (int i = 0; i < kPortals; ++i) {
      const auto& there = portal_at(i);
      const bool same_host =
          there.target >= 0 && portal.target == there.target && portal.portal == there.portal;
      const bool other_port = portal.address == there.address && there.target >= 0;
      if (!same_host && !other_port) continue;
      answers = bench.targets[static_cast<std::size_t>(there.target)]
                    .portals[static_cast<std::size_t>(there.portal)] != PortalState::unreachable;
    }
    if (answers) {
      reply.received = static_cast<std::uint32_t>(c.number % 8);
    } else {
      reply.kind = Reply::later;  // each request waits for its timeout
      ping_end_ = now_ + kPingTimeout * (c.number % 8);
      user_result_.reset();
    }
  }
  return reply;
}

}  // namespace hbalab::surface
