// Answers that found no room in OUT. How much a target has to say is known only when it has said
// it: the answer is kept for the caller who comes back with the room that he was told, so that the
// target is asked once, and the caller is refused once though the target would now say more.
#pragma once

#include <cstdint>
#include <deque>

#include "hba-sim/types.hpp"
#include "iscsiop/iscsiop.hpp"

namespace hbalab::miniport {

// Under the adapter lock. Few and short-lived: a caller who comes back does so at once, and nobody
// else is to be told what a target said long ago.
class KeptAnswers {
 public:
  struct Key {
    iscsi::MSiSCSI_OperationsMethod method;
    Bytes in;
    bool operator==(const Key&) const = default;
  };
  // 100 ns, as StorPortQuerySystemTime has it.
  using Time = std::int64_t;
  static constexpr Time kKept = 10'000'000;
  static constexpr std::size_t kMost = 8;

  void keep(Key key, Bytes out, Time now);
  // Null: there is none. Valid until the next call.
  [[nodiscard]] const Bytes* find(const Key& key, Time now);
  void drop(const Key& key);

 private:
  struct Entry {
    Key key;
    Bytes out;
    Time since;
  };
  std::deque<Entry> entries_;  // oldest first
};

}  // namespace hbalab::miniport
