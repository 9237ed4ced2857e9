#include "tests/hba-sim/surface_driver.hpp"

#include "tests/hba-sim/surface_text.hpp"

namespace hbalab::surface {
namespace {

using lab_test::Answer;
using lab_test::Method;
using wmi::NtStatus;

// Now and then too little: the client comes back with more, and nothing may have happened.
std::size_t out_room(const Command& c) { return c.number % 3 == 0 ? 0 : 4096; }

std::string portal_key(const TargetPortal& portal) { return std::string(portal.address) + ":3260"; }

}  // namespace

Driver::Driver() : LabFixture(lab_text()) {
  Answer answer;
  adapter_id_ =
      block_of<iscsi::MSiSCSI_HBAInformation>(read(iscsi::MSiSCSI_HBAInformationGuid, answer))
          .UniqueAdapterId;
  compare();
}

std::optional<Answer> Driver::Issued::take() {
  if (answer) return std::move(answer);
  if (!*pending.answer) return std::nullopt;
  return std::move(**pending.answer);
}

void Driver::pass(Ms time) {
  clock->advance(std::chrono::milliseconds(time - model_.now()));
  model_.advance_to(time);
}

void Driver::step(const Command& command) {
  if (command.kind <= kLastMethod) {
    method(command);
  } else if (command.kind < Kind::portal_state) {
    set_property(command);
  } else if (command.kind == Kind::malformed) {
    malformed(command);
  } else if (command.kind == Kind::time) {
    const Ms end = model_.now() + time_step(command);
    for (auto next = model_.next_event(); next && *next < end; next = model_.next_event()) {
      pass(*next);
      compare();
    }
    pass(end);
  } else {
    bench_command(command);
  }
  pass(model_.now() + 1);
  compare();
}

Ids Driver::ids_of(const Command& c) {
  Ids ids;
  ids.adapter = c.number == 63 ? ids.adapter + 1 : adapter_id_;
  const Session* session = model_.pick_session(c.number);
  if (session == nullptr) return ids;
  ids.session = session->id;
  ids.connections.push_back(session->connection);
  for (const auto& branch : session->branches) ids.connections.push_back(branch.id);
  return ids;
}

Driver::Issued Driver::issue(const Command& c) {
  const Ids ids = ids_of(c);
  const Bytes in = in_block(c, ids, model_.pick_session(c.number));
  const std::size_t room = out_room(c);
  Issued issued;
  if (waits_for_fabric(c.kind)) {
    issued.pending.call = client->call(
        instance(class_of(c.kind)), method_id(c.kind), in, room, false,
        [slot = issued.pending.answer](Answer answer) { slot->emplace(std::move(answer)); });
  } else {
    issued.answer = client->call_wait(instance(class_of(c.kind)), method_id(c.kind), in, room);
  }
  return issued;
}

void Driver::method(const Command& command) {
  Issued issued = issue(command);
  Reply expected = model_.apply(command);
  if (expected.kind == Reply::later) {
    while (!model_.user_result()) {
      if (issued.take()) throw Divergence("the method ended before its time");
      pass(model_.next_event().value());
    }
    expected = *model_.user_result();
  }
  auto answer = issued.take();
  if (!answer) throw Divergence("the method has not ended");
  judge(command, std::move(*answer), expected);
}

void Driver::judge(const Command& command, Answer answer, const Reply& expected) {
  if (!answer) throw Divergence("the method failed: " + answer.error().message);
  const std::span<const std::uint8_t> out = answer->data;
  std::uint32_t status = 0;
  std::memcpy(&status, out.data(), 4);
  same("Status", iscsi::isdsc_status_name(status), iscsi::isdsc_status_name(expected.status));
  const auto word = [&](std::size_t offset) {
    std::uint64_t value = 0;
    if (out.size() < offset + 8) throw Divergence("OUT is too short");
    std::memcpy(&value, out.data() + offset, 8);
    return value;
  };
  switch (command.kind) {
    case Kind::login:
      return learn_session(word(offsetof(iscsi::LoginToTarget_OUT, UniqueSessionId)),
                           word(offsetof(iscsi::LoginToTarget_OUT, UniqueConnectionId)), expected);
    case Kind::add_connection:
      return learn_connection(word(offsetof(iscsi::AddConnectionToSession_OUT, UniqueConnectionId)),
                              expected);
    case Kind::get_key:
      return same("SecurityFlags", word(offsetof(iscsi::GetPresharedKeyForId_OUT, SecurityFlags)),
                  expected.flags);
    case Kind::ping: {
      std::uint32_t received = 0;
      std::memcpy(&received, out.data() + 4, 4);
      return same("ResponsesReceived", received, expected.received);
    }
    default:
      compare_answer(command, out, expected);
  }
}

void Driver::learn_session(std::uint64_t session, std::uint64_t connection, const Reply& expected) {
  for (auto& it : model_.sessions) {
    if (it.serial != expected.session) continue;
    if (!seen_.insert(session).second || !seen_.insert(connection).second)
      throw Divergence("an id was used again");
    it.id = std::exchange(session, 0);
    it.connection = std::exchange(connection, 0);
  }
  same("UniqueSessionId of no session", session, 0u);
  same("UniqueConnectionId of no session", connection, 0u);
}

void Driver::learn_connection(std::uint64_t connection, const Reply& expected) {
  for (auto& it : model_.sessions) {
    if (!expected.connection || it.serial != expected.session) continue;
    if (!seen_.insert(connection).second) throw Divergence("an id was used again");
    it.branches.back().id = std::exchange(connection, 0);
  }
  same("UniqueConnectionId of no connection", connection, 0u);
}

// Half of what a method expects is refused, whatever it says, and changes nothing.
void Driver::malformed(const Command& command) {
  Command whole = command;
  whole.kind = static_cast<Kind>(command.number % (static_cast<int>(kLastMethod) + 1));
  Bytes in = in_block(whole, ids_of(command), model_.pick_session(command.number));
  if (in.empty()) return;  // a method without an IN block
  in.resize(in.size() / 2);
  const Answer answer =
      client->call_wait(instance(class_of(whole.kind)), method_id(whole.kind), in, 4096);
  if (answer) throw Divergence("half an IN block was taken");
  same("half an IN block", wmi::nt_status_name(answer.error().status),
       wmi::nt_status_name(NtStatus::invalid_device_request));
}

void Driver::set_property(const Command& command) {
  std::promise<NtStatus> done;
  auto answer = done.get_future();
  const auto reply = [&](auto result) {
    done.set_value(result ? NtStatus::success : result.error().status);
  };
  if (command.kind == Kind::use_radius) {
    const Bytes value{static_cast<std::uint8_t>(command.type < 2)};
    client->set_item(instance(iscsi::MSiSCSI_RADIUSConfigGuid), 1, value, reply);
  } else if (command.kind == Kind::discovery_config) {
    client->set(instance(iscsi::MSiSCSI_DiscoveryConfigGuid), discovery_config_block(command),
                reply);
  } else if (command.kind == Kind::boot_config) {
    client->set(instance(iscsi::MSiSCSI_BootConfigurationGuid), boot_config_block(command), reply);
  } else {
    client->set(instance(iscsi::MSiSCSI_HBASessionConfigGuid), session_config_block(command),
                reply);
  }
  const NtStatus status = answer.get();  // the NVRAM's writer ends it
  const Reply expected = model_.apply(command);
  const NtStatus wanted = expected.status == iscsi::ISDSC_SUCCESS ? NtStatus::success
                          : expected.status == iscsi::ISDSC_NON_SPECIFIC_ERROR
                              ? NtStatus::io_device_error
                              : NtStatus::invalid_device_request;
  same("setting a property", wmi::nt_status_name(status), wmi::nt_status_name(wanted));
}

void Driver::bench_file(const std::string& path, std::string_view text) {
  const auto done = lab->control()->write(path, text);
  if (!done) throw std::logic_error(path + ": " + done.error().reason);
}

void Driver::send_on(const Command& c, const std::string& folder) {
  const auto& target = targets()[static_cast<std::size_t>(c.target % kTargets)];
  const auto sends_on = bench_sends_on(c);
  const auto number = static_cast<std::size_t>(c.number) % target.portals.size();
  const std::string portal = folder + "portals/" + portal_key(target.portals[number]) + '/';
  const PortalChoice& there = portal_at(std::max(sends_on.to, 0));
  bench_file(portal + "redirect_permanently", sends_on.permanently ? "1" : "0");
  bench_file(portal + "redirect_to",
             sends_on.to < 0 ? std::string()
                             : std::string(there.address) + ':' + std::to_string(there.socket));
}

void Driver::change_unit(const Command& c, const std::string& folder) {
  const auto& side = model_.bench.targets[static_cast<std::size_t>(c.target % kTargets)];
  const auto path = folder + "luns/" + std::to_string(bench_unit(c));
  const bool there = side.luns.contains(bench_unit(c));
  if (c.kind == Kind::resize) {
    if (there) bench_file(path + "/blocks", std::to_string(bench_blocks(c)));
    return;
  }
  if (c.type >= 2 && !there && !lab->control()->make_directory(path)) throw std::logic_error(path);
  if (c.type < 2 && there && !lab->control()->remove_directory(path)) throw std::logic_error(path);
}

void Driver::bench_command(const Command& c) {
  const auto& target = targets()[static_cast<std::size_t>(c.target % kTargets)];
  const std::string folder = "fabric/targets/" + std::string(target.name) + '/';
  switch (c.kind) {
    case Kind::portal_state: {
      const auto& portal =
          target.portals[static_cast<std::size_t>(c.number) % target.portals.size()];
      constexpr std::string_view kStates[] = {"up", "refuse", "unreachable"};
      bench_file(folder + "portals/" + portal_key(portal) + "/state",
                 kStates[static_cast<std::size_t>(bench_portal_state(c))]);
      break;
    }
    case Kind::refusal:
      bench_file(folder + "login_refusal", bench_refusal(c));
      break;
    case Kind::redirect: {
      const PortalChoice& there = portal_at(bench_redirect(c));
      bench_file(folder + "redirect_to",
                 std::string(there.address) + ':' + std::to_string(there.socket));
      break;
    }
    case Kind::portal_redirect:
      send_on(c, folder);
      break;
    case Kind::announce_drop:
      bench_file(folder + "announce_drop", "session " + std::to_string(bench_wait(c) / 1000));
      break;
    case Kind::negotiate:
      bench_file(folder + "request_negotiation", "1");
      break;
    case Kind::link:
      bench_file("adapters/hba0/ports/" + std::to_string(c.number % 2) + "/link",
                 c.type >= 2 ? "up" : "down");
      break;
    case Kind::disconnect:
      bench_file(folder + "disconnect", "1");
      break;
    case Kind::request_logout:
      bench_file(folder + "request_logout", "1");
      break;
    case Kind::damage:
      bench_file(folder + "damage", c.type >= 2 ? "header" : "data");
      break;
    case Kind::unit:
    case Kind::resize:
      change_unit(c, folder);
      break;
    case Kind::nvram_fault:
      bench_file("adapters/hba0/faults/nvram_write_fails", c.type < 2 ? "1" : "0");
      break;
    case Kind::reset:
      bench_file("adapters/hba0/reset", "1");
      break;
    case Kind::restart:
      restart();
      break;
    default:
      throw std::logic_error("not of the bench");
  }
  model_.apply(c);
}

}  // namespace hbalab::surface
