// What methods and settable classes share: reading IN, changing what is durable, answering.
#pragma once

#include <cstring>
#include <span>
#include <type_traits>
#include <utility>

#include "hba-sim/miniport/device.hpp"
#include "iscsiop/block_io.hpp"
#include "iscsiop/status.hpp"

namespace hbalab::miniport {

// A structure that goes out, zero with its padding; initialising its members alone would let out
// what was in the memory before. It is made where it stays: a copy need not have the padding, and a
// structure of 16 bytes that a function returns in registers has not.
template <typename Out>
struct Zeroed : Out {
  static_assert(std::is_trivially_copyable_v<Out>);
  Zeroed() { std::memset(static_cast<void*>(this), 0, sizeof *this); }
  Zeroed(const Zeroed&) = delete;
  Zeroed& operator=(const Zeroed&) = delete;
};
template <typename Out>
Zeroed<Out> zeroed() {
  return {};
}

// One method call. IN and OUT share the buffer: what is needed of IN is copied out first.
struct MethodCall {
  Request& request;
  ULONG instance;
  std::span<std::uint8_t> buffer;
  std::uint32_t in_size;
  std::uint32_t out_size;

  [[nodiscard]] std::span<const std::uint8_t> in() const { return buffer.first(in_size); }
  [[nodiscard]] adapter::Hba& hba() const { return *request.device->hba; }
};

// OUT has no room: the caller comes back with `needed` bytes. Decided before anything is done, so
// that a method never runs twice; where only its target knows how much there is to say, TargetCall
// sees to that.
inline bool out_fits(const MethodCall& call, std::size_t needed) {
  if (call.out_size >= needed) return true;
  complete(call.request, SRB_STATUS_DATA_OVERRUN, static_cast<std::uint32_t>(needed));
  return false;
}

// Ends a call whose IN block is malformed: too short for its members, or a string with a wrong
// count.
inline BOOLEAN refuse_block(Request& request) {
  complete(request, SRB_STATUS_BAD_SRB_BLOCK_LENGTH, 0);
  return FALSE;
}
inline BOOLEAN refuse(const MethodCall& call) { return refuse_block(call.request); }

// Writes a fixed OUT structure, of which `size` bytes count (the header's *_SIZE), and completes.
template <typename Out>
void answer(Request& request, std::uint8_t* buffer, const Out& out, std::size_t size) {
  std::memcpy(buffer, &out, size);
  complete(request, SRB_STATUS_SUCCESS, static_cast<std::uint32_t>(size));
}

// The result of ExecuteWmiMethod after an HBA call, which may have completed the request inside the
// call. `operation` is what cancelling has to end.
inline BOOLEAN pend(Request& request, adapter::OperationId operation) {
  if (request.completed) return FALSE;
  request.operation = operation;
  request.pending = true;
  return TRUE;
}

// The same after a change of the NVRAM, which nothing can recall.
inline BOOLEAN pend_for_nvram(Request& request) {
  if (request.completed) return FALSE;
  request.pending = true;
  wait_for_nvram(request);
  return TRUE;
}

// A callback of the login store or the settings that runs `finish` with the result, unless the life
// that asked is over: the SRB has been given back then.
template <typename Finish>
auto while_alive(const Request& request, Finish finish) {
  return [life = *request.device->life, finish = std::move(finish)](auto result, auto...) mutable {
    if (!life->over) finish(result);
  };
}

inline iscsi::IsdscStatus plain_success(adapter::Hba&) { return iscsi::ISDSC_SUCCESS; }

// Changes the adapter's settings and ends the method with a status; `failed` where the NVRAM could
// not be written, what `changed` says of a change that is durable. Out: the method's OUT, whose
// only member that counts is Status.
template <typename Out, typename Changed = decltype(&plain_success)>
BOOLEAN change_settings(const MethodCall& call, iscsi::IsdscStatus failed,
                        adapter::SettingsStore::Change change, Changed changed = &plain_success) {
  Request& request = call.request;
  call.hba().settings().modify(
      failed, std::move(change),
      while_alive(request, [&request, changed = std::move(changed),
                            out = call.buffer.data()](iscsi::IsdscStatus status) {
        auto answered = zeroed<Out>();
        answered.Status = status == iscsi::ISDSC_SUCCESS ? changed(*request.device->hba) : status;
        answer(request, out, answered, sizeof answered.Status);
      }));
  return pend_for_nvram(request);
}

// Ends a method with a status and nothing else.
template <typename Out>
BOOLEAN answer_status(const MethodCall& call, iscsi::IsdscStatus status) {
  auto answered = zeroed<Out>();
  answered.Status = status;
  answer(call.request, call.buffer.data(), answered, sizeof answered.Status);
  return FALSE;
}

// The same for a block that is set, which has no status of its own: the request ends with the SRB
// status that the change returns, or as an error of the device where it could not be stored.
using BlockChange = std::move_only_function<UCHAR(adapter::AdapterSettings&)>;
BOOLEAN set_settings(Request& request, BlockChange change);

// What LoginToTarget and AddConnectionToSession ask of a login's user name, authentication type and
// secret.
iscsi::IsdscStatus check_credentials(const adapter::PersistentLogin& login);

BOOLEAN login_to_target(const MethodCall& call);
BOOLEAN logout_from_target(const MethodCall& call);
BOOLEAN remove_persistent_login(const MethodCall& call);
BOOLEAN send_targets(const MethodCall& call);

// connections.cpp
BOOLEAN add_connection_to_session(const MethodCall& call);
BOOLEAN remove_connection_from_session(const MethodCall& call);

// scsi_methods.cpp
BOOLEAN scsi_inquiry(const MethodCall& call);
BOOLEAN scsi_read_capacity(const MethodCall& call);
BOOLEAN scsi_report_luns(const MethodCall& call);
// server_methods.cpp
BOOLEAN set_chap_shared_secret(const MethodCall& call);
BOOLEAN set_radius_shared_secret(const MethodCall& call);
BOOLEAN set_initiator_node_name(const MethodCall& call);
BOOLEAN delete_initiator_node_name(const MethodCall& call);
BOOLEAN add_isns_server(const MethodCall& call);
BOOLEAN remove_isns_server(const MethodCall& call);
BOOLEAN add_radius_server(const MethodCall& call);
BOOLEAN remove_radius_server(const MethodCall& call);

}  // namespace hbalab::miniport
