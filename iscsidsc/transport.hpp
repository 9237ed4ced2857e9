// WMI requests as the user-mode libraries make them: waiting, by class GUID and instance name. This
// is all that they know of an adapter, and it is what a real HBA's driver answers too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "iscsidsc/block.hpp"
#include "wmi-model/guid.hpp"

namespace hbalab::wmi {
class WmiClient;
}

namespace hbalab::dsc {

using Bytes = std::vector<std::uint8_t>;

// Why a request came to nothing. What a method says in its OUT block is no error.
struct TransportError {
  enum class Kind {
    not_mounted,   // no tree, or more than one to choose from, or it went away
    gone,          // the instance is not there (any more)
    unsupported,   // nobody registered the class, or the driver does not know method or block
    invalid,       // the driver refuses the request's contents
    busy,          // the device is in reset
    no_resources,  // the driver has no room
    timed_out,
    interrupted,  // a signal, or the device's end, stopped it
    failed,       // the driver failed in another way
  } kind = Kind::failed;
  std::string message;  // which request, and what was answered
};

template <typename T>
using Result = std::expected<T, TransportError>;

// An instance of a class. For what belongs to an adapter the name is the adapter's device instance,
// '_' and the number of the instance:
// "PCI\VEN_1077&DEV_4010&SUBSYS_01221077&REV_03\3&11583659&0&08_0". The name of the one instance of
// MSiSCSI_HBAInformation is what the discovery library calls the initiator's instance name; other
// classes of one instance an adapter have the same name there.
struct Instance {
  std::string name;
  std::string device;  // the name without '_' and number: same device, same text
  auto operator<=>(const Instance&) const = default;
};

// Thread-safe; every call waits for its answer. There is no request that sets a block: neither API
// changes a property, and a tree takes properties one by one.
class Transport {
 public:
  virtual ~Transport() = default;

  // All instances, sorted by name; none where nobody has registered the class.
  [[nodiscard]] virtual Result<std::vector<Instance>> instances(const wmi::Guid& guid) = 0;
  [[nodiscard]] virtual Result<Block> query(const wmi::Guid& guid, const std::string& instance) = 0;
  // IN as it is to OUT as it is. A method without parameters has an empty IN.
  [[nodiscard]] virtual Result<Block> call(const wmi::Guid& guid, const std::string& instance,
                                           std::uint32_t method,
                                           std::span<const std::uint8_t> in) = 0;
  // Another number when what was reached last may be another lab than before.
  [[nodiscard]] virtual std::uint64_t epoch() { return 0; }
};

// The device instance that an instance name begins with.
[[nodiscard]] std::string device_of(const std::string& instance);

struct TreeOptions {
  // The tree's directory; "" asks for HBALAB_TREE at every request, and where that is not set
  // either for the one mount of this user.
  std::string root;
  std::string mountinfo = "/proc/self/mountinfo";
};
// A mounted tree. A tree that goes away and comes back, also elsewhere, is found again by the next
// request. Method files stay open between calls, which keeps a mount busy: `hbalab umount --lazy`,
// or the end of the lab, does not wait for them. After a fork the child opens its own.
[[nodiscard]] std::shared_ptr<Transport> make_tree_transport(TreeOptions options = {});

// A lab in this process. `advance`, when given, is called again and again until the answer is
// there: a lab on a virtual clock needs somebody to let its time pass.
[[nodiscard]] std::shared_ptr<Transport> make_in_process_transport(
    std::shared_ptr<wmi::WmiClient> client, std::function<void()> advance = {});

// What the whole library uses: a mounted tree, unless something else was installed (by tests; null
// goes back to the tree). Whoever is in a call keeps what he has.
[[nodiscard]] std::shared_ptr<Transport> transport();
void install_transport(std::shared_ptr<Transport> transport);

}  // namespace hbalab::dsc
