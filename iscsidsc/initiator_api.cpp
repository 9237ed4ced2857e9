// Version, the list of initiators, the node name.
#include <unistd.h>

#include <algorithm>
#include <cctype>

#include "hba-sim/wmi_types.hpp"
#include "iscsidsc/image.hpp"
#include "iscsidsc/initiators.hpp"
#include "iscsidsc/state.hpp"
#include "iscsidsc/state_records.hpp"

namespace hbalab::dsc {
namespace {

using Operation = iscsi::MSiSCSI_OperationsMethod;

// The version of the interface: that of the initiator of Windows Server 2008 R2 and later.
constexpr ISCSI_VERSION_INFO kVersion{6, 1, 7600};

// What the service goes by when nobody gave it a name: made of the computer's.
std::u16string default_node_name() {
  char host[256] = {};
  if (::gethostname(host, sizeof host - 1) != 0 || host[0] == '\0')
    return u"iqn.1991-05.com.microsoft:hbalab";
  std::string name = host;
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return wide("iqn.1991-05.com.microsoft:" + name).substr(0, kMaxName);
}

std::u16string text_of(const Bytes& value) { return from_text({value.begin(), value.end()}); }

ISDSC_STATUS stored_node_name(std::optional<std::u16string>& name) {
  return read_state([&](State& state) {
    if (const auto value = state.value(State::Value::node_name)) name = text_of(*value);
    return ISDSC_SUCCESS;
  });
}

// Tells every adapter; one that has no such method keeps its own name.
ISDSC_STATUS tell_adapters(Operation method, const std::u16string& name) {
  Initiators initiators;
  const auto all = initiators.all();
  if (!all) return all.error();
  Summary summary;
  for (const std::string& initiator : *all) {
    // Both methods take a name and nothing else.
    Request<iscsi::SetInitiatorNodeName_IN> in;
    put_text(in->CreatedInitiatorName, name);
    const auto status = initiators.operation(initiator, method, in.block);
    const bool settled = status == ISDSC_INITIATOR_NODE_ALREADY_EXISTS ||
                         status == ISDSC_INITIATOR_NODE_NOT_FOUND ||
                         status == ISDSC_REQUEST_NOT_SUPPORTED;
    summary.add(settled ? ISDSC_SUCCESS : status);
  }
  return summary.status(ISDSC_SUCCESS);
}

ISDSC_STATUS get_iscsi_version_information(PISCSI_VERSION_INFO info) {
  if (const auto bad = require(info)) return bad;
  *info = kVersion;
  return ERROR_SUCCESS;
}

template <typename V>
ISDSC_STATUS report_iscsi_initiator_list(PULONG size, typename V::Char* buffer) {
  if (const auto bad = require(size)) return bad;
  Initiators initiators;
  const auto names = initiators.all();
  if (!names) return names.error();
  std::vector<std::u16string> list;
  for (const std::string& name : *names) list.push_back(wide(name));
  return deliver_strings<V>(list, size, buffer);
}

template <typename V>
ISDSC_STATUS get_iscsi_initiator_node_name(typename V::Char* name) {
  if (const auto bad = require(name)) return bad;
  Initiators initiators;
  if (const auto names = initiators.all(); !names) return names.error();
  std::optional<std::u16string> stored;
  if (const auto bad = stored_node_name(stored)) return bad;
  // The caller has room for a name of the greatest length.
  typename V::Char room[MAX_ISCSI_NAME_LEN + 1];
  write_member<V>(room, stored ? *stored : default_node_name());
  std::memcpy(name, room, (std::char_traits<typename V::Char>::length(room) + 1) * sizeof *room);
  return ERROR_SUCCESS;
}

template <typename V>
ISDSC_STATUS set_iscsi_initiator_node_name(const typename V::Char* given) {
  const auto name = read_text(given, kMaxName);
  if (!name) return name.error();
  std::optional<std::u16string> before;
  if (const auto bad = stored_node_name(before)) return bad;
  const bool reset = name->empty();
  const ISDSC_STATUS told =
      reset ? (before ? tell_adapters(Operation::DeleteInitiatorNodeName, *before) : ISDSC_SUCCESS)
            : tell_adapters(Operation::SetInitiatorNodeName, *name);
  if (!is_done(told)) return told;
  const auto saved = write_state([&](State& state) {
    const std::string text = to_text(*name);
    if (reset) {
      state.erase_value(State::Value::node_name);
    } else {
      state.put_value(State::Value::node_name, {text.begin(), text.end()});
    }
    return ISDSC_SUCCESS;
  });
  return saved != ISDSC_SUCCESS ? saved : told;
}

}  // namespace
}  // namespace hbalab::dsc

#include "iscsidsc/exports_initiator.inc"
