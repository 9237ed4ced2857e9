// MSiSCSI_BootConfiguration, what boot code logs in to, and MSiSCSI_BootInformation, who boots.
#include <algorithm>
#include <functional>

#include "hba-sim/adapter/login_keys.hpp"
#include "hba-sim/adapter/login_store_record.hpp"
#include "hba-sim/miniport/classes.hpp"
#include "hba-sim/miniport/convert.hpp"
#include "iscsiop/builders.hpp"
#include "iscsiop/enums.hpp"
#include "iscsiop/iscsicfg.hpp"
#include "iscsiop/iscsiop.hpp"
#include "iscsiop/sizes.hpp"
#include "iscsiop/views.hpp"

namespace hbalab::miniport {
namespace {

using Block = iscsi::MSiSCSI_BootConfiguration;

// The settings, unpacked for a change.
struct Boot {
  std::uint64_t lun = 0;
  bool discover = false;
  adapter::PersistentLogin login;
};
// False: the value is refused.
using Change = std::function<bool(Boot&)>;

std::size_t size(const DeviceExtension& device, ULONG) {
  const auto login = device.hba->settings().now().boot.login();
  return iscsi::boot_configuration_size(login.username.size(), login.password.size());
}

void write(const DeviceExtension& device, ULONG, std::span<std::uint8_t> out) {
  const adapter::BootSettings& now = device.hba->settings().now().boot;
  const auto login = now.login();
  iscsi::BlockWriter writer(out);
  const auto block =
      iscsi::append_boot_configuration(writer, login.username, Bytes(login.password.size()));
  if (!block) return;
  Block& head = **block;
  head.LUN = now.lun;
  head.SecurityFlags = login.security_flags;
  head.DiscoverBootDevice = now.discover;
  put_text(head.InitiatorNode, login.initiator_node);
  put_text(head.TargetName, login.target.as_written());
  to_wmi(login.portal.address, head.TargetPortal.Address);
  head.TargetPortal.Reserved = login.portal.reserved;
  head.TargetPortal.Socket = login.portal.socket;
  to_wmi(login.options, head.LoginOptions);
}

// A configuration may be incomplete, since it may be set piece by piece; what is there has to be
// usable.
bool valid(const adapter::PersistentLogin& login) {
  const auto name_good = [](const IscsiName& name) { return name.empty() || name.well_formed(); };
  const std::size_t secret = login.password.size();
  return name_good(IscsiName(login.initiator_node)) && name_good(login.target) &&
         server_address(login.portal.address).has_value() &&
         login.options.named_auth_type() <= iscsi::ISCSI_MUTUAL_CHAP_AUTH_TYPE &&
         login.username.size() <= adapter::kLongestUserName &&
         (secret == 0 ||
          (secret >= adapter::kShortestChapSecret && secret <= adapter::kLongestChapSecret));
}

BOOLEAN apply(Request& request, Change change) {
  return set_settings(request, [change = std::move(change)](adapter::AdapterSettings& settings) {
    Boot boot{settings.boot.lun, settings.boot.discover, settings.boot.login()};
    if (!change(boot) || !valid(boot.login)) return UCHAR{SRB_STATUS_INVALID_REQUEST};
    settings.boot.lun = boot.lun;
    settings.boot.discover = boot.discover;
    settings.boot.set_login(boot.login);
    return UCHAR{SRB_STATUS_SUCCESS};
  });
}

BOOLEAN set(Request& request, ULONG, std::span<const std::uint8_t> bytes) {
  const auto view = iscsi::view<iscsi::BootConfigurationView>(bytes);
  if (!view) return refuse_block(request);
  const Block& head = *view->head;
  auto node = iscsi::read_fixed_string(head.InitiatorNode, "InitiatorNode");
  auto target = iscsi::read_fixed_string(head.TargetName, "TargetName");
  auto portal = from_wmi(head.TargetPortal);
  if (!node || !target || !portal) return refuse_block(request);
  Boot wanted{.lun = head.LUN, .discover = head.DiscoverBootDevice != 0, .login = {}};
  wanted.login.security_flags = head.SecurityFlags;
  wanted.login.initiator_node = *std::move(node);
  wanted.login.target = IscsiName(*std::move(target));
  wanted.login.portal = *std::move(portal);
  wanted.login.options = from_wmi(head.LoginOptions);
  wanted.login.username.assign(view->username.begin(), view->username.end());
  wanted.login.password.assign(view->password.begin(), view->password.end());
  return apply(request, [wanted = std::move(wanted)](Boot& boot) {
    Bytes secret = std::move(boot.login.password);
    if (!adapter::take_secret(wanted.login.password, secret)) return false;
    boot = wanted;
    boot.login.password = std::move(secret);
    return true;
  });
}

// A number of the item's own size.
template <typename T, typename Store>
std::optional<Change> number_change(iscsi::ByteView value, Store store) {
  const auto number = iscsi::read_block<T>(value, "MSiSCSI_BootConfiguration");
  if (!number || value.size() != sizeof(T)) return std::nullopt;
  return [number = *number, store](Boot& boot) {
    store(boot, number);
    return true;
  };
}

// A string item comes with its count and as many characters as it has.
template <typename Store>
std::optional<Change> name_change(iscsi::ByteView value, Store store) {
  iscsi::Le16 field[sizeof(Block::TargetName) / sizeof(iscsi::Le16)] = {};
  if (value.size() > sizeof field) return std::nullopt;
  std::memcpy(field, value.data(), value.size());
  auto text = iscsi::read_fixed_string(field, "MSiSCSI_BootConfiguration");
  if (!text) return std::nullopt;
  return [text = *std::move(text), store](Boot& boot) {
    store(boot, text);
    return true;
  };
}

std::optional<Change> portal_change(iscsi::ByteView value) {
  const auto block = iscsi::read_block<iscsi::ISCSI_TargetPortal>(value, "TargetPortal",
                                                                  iscsi::ISCSI_TargetPortal_SIZE);
  if (!block) return std::nullopt;
  auto portal = from_wmi(*block);
  if (!portal) return std::nullopt;
  return [portal = *std::move(portal)](Boot& boot) {
    boot.login.portal = portal;
    return true;
  };
}

// A count by itself: 0 takes the bytes away, the present count changes nothing.
std::optional<Change> count_change(iscsi::ByteView value, Bytes adapter::PersistentLogin::* bytes) {
  const auto count = iscsi::read_block<iscsi::Le32>(value, "MSiSCSI_BootConfiguration");
  if (!count || value.size() != sizeof(iscsi::Le32)) return std::nullopt;
  return [count = std::uint32_t{*count}, bytes](Boot& boot) {
    Bytes& now = boot.login.*bytes;
    if (count == 0) now.clear();
    return count == now.size();
  };
}

std::optional<Change> item_change(ULONG item, iscsi::ByteView value) {
  switch (item) {
    case 1:
      return number_change<iscsi::Le64>(value, [](Boot& boot, auto lun) { boot.lun = lun; });
    case 2:
      return number_change<iscsi::Le64>(
          value, [](Boot& boot, auto flags) { boot.login.security_flags = flags; });
    case 3:
      return count_change(value, &adapter::PersistentLogin::username);
    case 4:
      return count_change(value, &adapter::PersistentLogin::password);
    case 5:
      return number_change<std::uint8_t>(value,
                                         [](Boot& boot, auto yes) { boot.discover = yes != 0; });
    case 6:
      return name_change(value,
                         [](Boot& boot, const auto& text) { boot.login.initiator_node = text; });
    case 7:
      return name_change(value,
                         [](Boot& boot, const auto& text) { boot.login.target = IscsiName(text); });
    case 8:
      return portal_change(value);
    case 9:
      return number_change<iscsi::ISCSI_LoginOptions>(
          value, [](Boot& boot, const auto& options) { boot.login.options = from_wmi(options); });
    case 10:
      return [name = Bytes(value.begin(), value.end())](Boot& boot) {
        boot.login.username = name;
        return true;
      };
    case 11:
      return [secret = Bytes(value.begin(), value.end())](Boot& boot) {
        return adapter::take_secret(secret, boot.login.password);
      };
    default:
      return std::nullopt;
  }
}

BOOLEAN set_item(Request& request, ULONG, ULONG item, std::span<const std::uint8_t> value) {
  auto change = item_change(item, value);
  if (!change) {
    complete(request, SRB_STATUS_INVALID_REQUEST, 0);
    return FALSE;
  }
  return apply(request, *std::move(change));
}

std::size_t information_size(const DeviceExtension&, ULONG) {
  return iscsi::MSiSCSI_BootInformation_SIZE;
}

// The node that boots is the one that the boot configuration names, or the adapter's; its secret is
// the one of SetCHAPSharedSecret, of which only the length is told.
void write_information(const DeviceExtension& device, ULONG, std::span<std::uint8_t> out) {
  const adapter::AdapterSettings& now = device.hba->settings().now();
  const auto login = now.boot.login();
  const std::string name = adapter::to_wire_text(
      login.initiator_node.empty() ? device.hba->initiator_name() : login.initiator_node);
  auto block = zeroed<iscsi::MSiSCSI_BootInformation>();
  std::ranges::copy_n(name.begin(),
                      static_cast<std::ptrdiff_t>(std::min(name.size(), sizeof block.NodeName)),
                      std::begin(block.NodeName));
  block.SharedSecretLength = static_cast<std::uint32_t>(now.chap_secret.size());
  std::memcpy(out.data(), &block, out.size());
}

}  // namespace

const WmiClass classes::boot_configuration{.guid = &iscsi::MSiSCSI_BootConfigurationGuid,
                                           .size = size,
                                           .write = write,
                                           .set = set,
                                           .set_item = set_item};
const WmiClass classes::boot_information{.guid = &iscsi::MSiSCSI_BootInformationGuid,
                                         .size = information_size,
                                         .write = write_information};

}  // namespace hbalab::miniport
