#include "hba-sim/miniport/kept_answers.hpp"

#include <algorithm>
#include <utility>

namespace hbalab::miniport {

void KeptAnswers::keep(Key key, Bytes out, Time now) {
  drop(key);
  if (entries_.size() == kMost) entries_.pop_front();
  entries_.push_back({std::move(key), std::move(out), now});
}

const Bytes* KeptAnswers::find(const Key& key, Time now) {
  std::erase_if(entries_, [now](const Entry& entry) { return now - entry.since >= kKept; });
  const auto found = std::ranges::find(entries_, key, &Entry::key);
  return found == entries_.end() ? nullptr : &found->out;
}

void KeptAnswers::drop(const Key& key) {
  std::erase_if(entries_, [&key](const Entry& entry) { return entry.key == key; });
}

}  // namespace hbalab::miniport
