// The implementation under test, as the interface sees it. No case knows whether it is a mounted
// tree, a driver in this process or something else.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/conformance/outcome.hpp"
#include "wmi-model/model.hpp"
#include "wmi-model/provider.hpp"
#include "wmi-model/value.hpp"

namespace hbalab::conform {

using wmi::Bytes;

// What not every implementation can be asked for. Cases that need it are skipped without it.
enum class Ability : std::uint8_t {
  raw,  // any request with any room: minor functions, ids, GUIDs and instances that are not there
  set_item,  // one property by itself
  reset,     // of the adapter
  clock,     // time passes when it is told to, and no other
  views,     // values as files: JSON and one file for each property
  events,
  trace,    // what went to the driver
  checked,  // violations of the driver's contract are reported
  bench,    // the hardware can be handled: faults, links, targets (docs/tree.md, The bench)
  overlap,  // a request can be started, and others made before its answer is there
  restart,  // the machine can be switched off and on
};
// "raw"; what case files say.
[[nodiscard]] std::string_view ability_name(Ability ability);
[[nodiscard]] std::span<const std::string_view> ability_names();
[[nodiscard]] std::optional<Ability> ability_of_name(std::string_view name);

class Abilities {
 public:
  Abilities() = default;
  Abilities(std::initializer_list<Ability> list) {
    for (const Ability ability : list) add(ability);
  }
  void add(Ability ability) { bits_ |= bit(ability); }
  [[nodiscard]] bool has(Ability ability) const { return (bits_ & bit(ability)) != 0; }

 private:
  static unsigned bit(Ability ability) { return 1U << static_cast<unsigned>(ability); }
  unsigned bits_ = 0;
};

struct Request {
  static constexpr std::size_t kAsNeeded = static_cast<std::size_t>(-1);

  wmi::MinorFunction minor = wmi::MinorFunction::query_single_instance;
  wmi::Guid guid;
  std::string instance;                // full WMI instance name; of all data and control: empty
  std::optional<std::uint32_t> index;  // raw: this index of a static instance, whatever the name
  std::uint32_t id = 0;                // of the method or item
  Bytes data;                          // IN, the block or the item
  // Bytes that the answer's data may take. As needed: comes back with what was asked for.
  std::size_t room = kAsNeeded;
  std::string device;  // raw: whom to ask where the instance does not tell
  // views: IN as people write it; the call is made by the file that takes it.
  std::optional<std::string> json = std::nullopt;
};

struct Reply {
  Outcome outcome = Outcome::failed;
  std::string detail;  // the status or errno, and what else was said
  Bytes data;
  std::optional<std::size_t> needed;  // too small: the room that was asked for
  // Of all data: instance names (empty for static ones, when asked raw) with their blocks.
  std::vector<std::pair<std::string, Bytes>> all;
  [[nodiscard]] bool ok() const { return outcome == Outcome::success; }
};

struct EventRecord {
  std::string instance;
  Bytes data;
};

// What a driver did against its contract.
struct Violation {
  std::string rule;      // "buffer_write_past_end"; of what is no rule: "fault", "mof"
  std::string expected;  // what the rule asks for
  std::string found;     // what came, where, and by which line of the driver
};

// One instance in the forms of a tree.
struct Views {
  std::string json;  // instance.json
  // Text of each property's file by its path below the instance; what cannot be read is left out.
  std::vector<std::pair<std::string, std::string>> files;
};

// Used by one thread.
class Subject {
 public:
  virtual ~Subject() = default;

  // "the tree /mnt", "the built-in HBA".
  [[nodiscard]] virtual std::string describe() const = 0;
  [[nodiscard]] virtual Abilities abilities() const = 0;
  // What describes its classes; those that a driver has registered are classes().
  [[nodiscard]] virtual std::shared_ptr<const wmi::SchemaSet> schema() const = 0;
  [[nodiscard]] virtual std::vector<const wmi::Class*> classes() = 0;
  // Full WMI names of the instances that the class has now. The error says why none can be told.
  [[nodiscard]] virtual std::expected<std::vector<std::string>, std::string> instances(
      const wmi::Class& cls) = 0;
  [[nodiscard]] virtual Reply request(const Request& request) = 0;
  // Whether it still answers at all; the error says what has happened.
  [[nodiscard]] virtual std::expected<void, std::string> alive() = 0;
  // Lets time pass.
  virtual void wait(std::chrono::milliseconds time) = 0;

  // Each of these only with its ability.
  [[nodiscard]] virtual std::expected<void, std::string> reset(const std::string& device);
  // Events of the class from now on; watching again begins anew.
  [[nodiscard]] virtual std::expected<void, std::string> watch(const wmi::Class& cls);
  // The next one, waited for at most so long.
  [[nodiscard]] virtual std::optional<EventRecord> next_event(const wmi::Class& cls,
                                                              std::chrono::milliseconds limit);
  [[nodiscard]] virtual std::expected<Views, std::string> views(const wmi::Class& cls,
                                                                const std::string& instance);
  [[nodiscard]] virtual std::uint64_t trace_mark();
  [[nodiscard]] virtual std::vector<std::string> trace_since(std::uint64_t mark);
  // A request that is not waited for: the driver has it when this returns. The ticket names it.
  [[nodiscard]] virtual std::expected<std::uint64_t, std::string> start(const Request& request);
  // Asks the driver to end it early; it may end otherwise.
  virtual void cancel(std::uint64_t ticket);
  // Its answer, waited for. The ticket names nothing any more.
  [[nodiscard]] virtual Reply finish(std::uint64_t ticket);
  // Switches everything off and on again; what is stored stays.
  [[nodiscard]] virtual std::expected<void, std::string> restart();
  // Writes to a file below lab/, reads one, makes and removes a directory there.
  [[nodiscard]] virtual std::expected<void, std::string> bench(const std::string& path,
                                                               const std::string& text);
  [[nodiscard]] virtual std::expected<std::string, std::string> bench_text(const std::string& path);
  [[nodiscard]] virtual std::expected<void, std::string> bench_make(const std::string& path);
  [[nodiscard]] virtual std::expected<void, std::string> bench_remove(const std::string& path);
  // What the bench calls a device ("hba0"); empty: nothing.
  [[nodiscard]] virtual std::string bench_name(const std::string& device);
  // What the checker has found since it was asked last.
  [[nodiscard]] virtual std::vector<Violation> violations();
  // Stops the driver, and unloads it: what is found then, and what had not been asked for. Nothing
  // else is asked for any more.
  [[nodiscard]] virtual std::vector<Violation> end();
};

// Makes a subject, in the process that is to use it. The error says why not.
using SubjectFactory = std::function<std::expected<std::unique_ptr<Subject>, std::string>()>;

// Devices that the instance names speak of ("PCI\..." without "_0"); the one with the most classes
// first.
[[nodiscard]] std::vector<std::string> devices_of(Subject& subject);

// The last lines of a text, at most so many.
[[nodiscard]] std::vector<std::string> last_lines(std::string_view text, std::size_t most);

}  // namespace hbalab::conform
