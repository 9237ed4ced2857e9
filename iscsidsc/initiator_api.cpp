// Version, the list of initiators, the node name.
#include <unistd.h>

#include <algorithm>
#include <cctype>

#include "iscsidsc/image.hpp"
#include "iscsidsc/initiators.hpp"
#include "iscsidsc/settings.hpp"
#include "iscsidsc/state_records.hpp"

namespace hbalab::dsc {
namespace {

using Value = State::Value;

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
    if (const auto value = state.value(Value::node_name)) name = text_of(*value);
    return ISDSC_SUCCESS;
  });
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
  Initiators initiators;
  const auto names = initiators.all();
  if (!names) return names.error();
  std::optional<std::u16string> before;
  if (const auto bad = stored_node_name(before)) return bad;
  if (name->empty() && !before) return ERROR_SUCCESS;
  const auto bytes = [](const std::u16string& text) {
    const std::string utf8 = to_text(text);
    return Bytes(utf8.begin(), utf8.end());
  };
  const auto put = [bytes](State& state, Value which, const std::optional<std::u16string>& text) {
    if (text && !text->empty()) {
      state.put_value(which, bytes(*text));
    } else {
      state.erase_value(which);
    }
  };
  const auto change = [&](State& state) -> Undo {
    const auto former = state.value(Value::former_node_name);
    put(state, Value::node_name, *name);
    put(state, Value::former_node_name, before);
    return [put, before, former](State& later) {
      put(later, Value::node_name, before);
      put(later, Value::former_node_name, former ? text_of(*former) : std::u16string());
    };
  };
  return change_settings(initiators, *names, change, [&](const std::string& initiator) {
    return tell_node_name(initiators, initiator, *name, before.value_or(std::u16string()));
  });
}

}  // namespace
}  // namespace hbalab::dsc

#include "iscsidsc/exports_initiator.inc"
