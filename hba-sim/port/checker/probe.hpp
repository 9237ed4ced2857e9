// Requests that the checker sends of its own accord, and the judgement of what comes back. Which
// ones there are is data: the port driver sends them when it likes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hba-sim/port/checker/exchange.hpp"
#include "hba-sim/port/checker/guarded_buffer.hpp"

namespace hbalab::check {

struct Probe {
  enum class Kind : std::uint8_t {
    least_room,        // for all instances, with room for the fixed part of the WNODE alone
    second_run,        // the same request with the other poison, at the other edge
    exact_size,        // with the size that an overrun asked for
    one_less,          // and one byte less; also after a single instance that fitted
    listed_name,       // a single instance by a name that was listed
    unknown_name,      // and by one that was not
    unknown_instance,  // an index beyond those registered
    unknown_method,
    unknown_guid,
    state,  // what a block holds before and after a method
  } kind{};
  wmi::MinorFunction minor{};
  wmi::Guid guid;
  std::uint32_t instance = 0;  // index
  std::u16string name;         // listed_name, unknown_name
  std::uint32_t method = 0;    // unknown_method
  // Of the whole buffer; 0: as large as the request before, or what the port driver likes.
  std::uint32_t size = 0;
  Edge edge = Edge::end;
  Poison poison = Poison::first;
};

[[nodiscard]] std::string_view name(Probe::Kind kind);  // "second_run"

// A block that a device has registered.
struct Block {
  wmi::Guid guid;
  bool event_only = false;
  std::uint32_t instances = 1;         // 0xFFFFFFFF: dynamic names
  std::vector<std::uint32_t> methods;  // ids that its class has
  bool methods_known = false;          // false: no schema says which there are
};

// Once, when a device has registered: what must fail. Method ids that no class has are asked for
// only where it is known which ids there are.
[[nodiscard]] std::vector<Probe> probes_at_start(std::span<const Block> blocks);
// After a request of somebody else's: second run, a single instance with one byte less than it
// took, and names, for requests that change nothing. At most `most_names` of the names that it
// listed.
[[nodiscard]] std::vector<Probe> probes_after(const Exchange& exchange,
                                              std::size_t most_names = 16);
// Rules: name_not_answered, unknown_name_answered, unknown_instance_succeeded,
// unknown_method_succeeded, unknown_guid_succeeded. A probe of another kind is judged elsewhere:
// least_room by check_answer(), second_run by check_two_runs(), sizes by OverrunProtocol.
void judge(const Probe& probe, const Outcome& outcome, Findings& findings);

// The protocol of one request that was answered with an overrun: the size that was asked for
// succeeds, one byte less does not. Only for requests that change nothing; a method that overran is
// compared by `digest` alone.
class OverrunProtocol {
 public:
  struct Attempt {
    std::uint32_t offered = 0;
    Outcome outcome;
    // Of the device's state before and after, where the port driver has looked at it.
    std::optional<std::uint64_t> digest_before, digest_after;
    // Something else has changed the device since the attempt before: its answer may differ.
    bool disturbed = false;
  };

  // Rules: overrun_retry_failed, overrun_repeated, overrun_one_less_succeeded,
  // overrun_changed_state.
  void feed(const Attempt& attempt, Findings& findings);
  // The size to try next; nothing: the protocol is over.
  [[nodiscard]] std::optional<std::uint32_t> next() const;

 private:
  enum class State : std::uint8_t { first, exact, one_less, over } state_ = State::first;
  std::uint32_t asked_ = 0;
  std::uint32_t offered_ = 0;  // at first
};

}  // namespace hbalab::check
