#include "hba-sim/port/checker/contract.hpp"

#include "hba-sim/include/srb.h"
#include "hba-sim/port/srb_status.hpp"
#include "wmi-model/wnode.hpp"
#include "wmi-model/wnode/wnode_layout.hpp"

namespace hbalab::check {
namespace {

using namespace wmi::wnode;

std::string status_text(std::uint8_t status) {
  const std::string_view name = port::srb_status_name(status);
  return name.empty() ? hex_text(status) : std::string(name);
}

std::string address_text(const void* address) {
  return hex_text(reinterpret_cast<std::uintptr_t>(address), 1);
}

std::string times_text(unsigned count) {
  return count == 1 ? "once" : std::to_string(count) + " times";
}

void check_post_process(const Dispatch& dispatch, const SrbEnd& end, Findings& findings) {
  const unsigned posted = dispatch.posted;
  if (dispatch.reginfo) {
    if (posted != 0 || end.pended) {
      findings.add(Rule::post_process_in_reginfo, "a status from QueryWmiRegInfo and no more",
                   posted != 0 ? "ScsiPortWmiPostProcess called " + times_text(posted)
                               : "a request that pended");
    }
    return;
  }
  if (dispatch.called && posted == 0) {
    findings.add(
        Rule::post_process_missing, "ScsiPortWmiPostProcess called once",
        end.pended ? "a pended SRB completed without it" : "a callback that returned without it");
  }
  if (posted > 1) {
    findings.add(Rule::post_process_twice, "ScsiPortWmiPostProcess called once",
                 times_text(posted));
  }
  if (dispatch.posted_pending) {
    findings.add(Rule::post_process_pending_status, "a final status in ScsiPortWmiPostProcess",
                 "SRB_STATUS_PENDING");
  }
}

// Bytes that the instances take: with padding between them, behind the last too, or without any.
struct Sums {
  std::uint64_t padded = 0, last_bare = 0, packed = 0;
};

Sums sum_up(std::span<const std::uint32_t> lengths) {
  Sums sums;
  for (const std::uint32_t length : lengths) {
    sums.last_bare = sums.padded + length;
    sums.padded += align8(length);
    sums.packed += length;
  }
  return sums;
}

}  // namespace

void check_completion(const Completion& completion, Findings& findings) {
  if (completion.completions > 1) {
    findings.add(Rule::completed_twice, "one RequestComplete", times_text(completion.completions));
  }
  if (completion.completions == 0 && completion.expired) {
    findings.add(Rule::never_completed, "a completion before the time-out and before the stop",
                 "none");
  }
  if (completion.completions != 0 && completion.after_stop) {
    findings.add(Rule::completed_late, "no completion after the stop", "RequestComplete");
  }
}

void report_unknown_srb(const void* srb, Findings& findings) {
  findings.add(Rule::unknown_srb, "an SRB that this adapter was given", address_text(srb));
}

void report_service_after_stop(std::string_view service, Findings& findings) {
  findings.add(Rule::service_after_stop, "nothing from an adapter that was stopped",
               std::string(service));
}

void check_dispatch(const Dispatch& dispatch, const SrbEnd& end, Findings& findings) {
  check_post_process(dispatch, end, findings);
  if (end.pended && !dispatch.context_in_extension) {
    findings.add(Rule::context_outside_extension, "a request context in the SRB extension",
                 "one somewhere else");
  }
  // A context that nobody has finished has no result to compare with.
  if (dispatch.return_status == SRB_STATUS_PENDING) return;
  if (end.status != dispatch.return_status) {
    findings.add(Rule::post_process_status_differs,
                 "SrbStatus " + status_text(dispatch.return_status), status_text(end.status));
  }
  if (end.size != dispatch.return_size) {
    findings.add(Rule::post_process_size_differs,
                 "DataTransferLength " + std::to_string(dispatch.return_size),
                 std::to_string(end.size));
  }
}

void ResultReading::saw(std::uint8_t result, bool answered) {
  // Any other status is one by both readings, and ends the request.
  if (!answered && result > TRUE) return;
  const unsigned now = (result != 0) == answered ? kStatus : kPending;
  if ((seen_.load(std::memory_order_relaxed) & now) == 0) seen_.fetch_or(now);
}

void ResultReading::check(Findings& findings) {
  if ((seen_.load(std::memory_order_relaxed) & (kPending | kStatus)) != (kPending | kStatus))
    return;
  if ((seen_.fetch_or(kReported) & kReported) != 0) return;
  findings.add(Rule::callback_result_mixed,
               "TRUE for pending requests and FALSE for others, or an SRB status for all",
               "both, from callbacks of one driver");
}

void check_lengths(const Lengths& lengths, Findings& findings) {
  if (lengths.used > lengths.available) {
    findings.add(Rule::success_larger_than_buffer,
                 "at most the BufferAvail of " + bytes_text(lengths.available),
                 "BufferUsed " + std::to_string(lengths.used));
    return;
  }
  for (std::size_t i = 0; i < lengths.lengths.size(); ++i) {
    if (lengths.lengths[i] != kLengthUnset) continue;
    findings
        .add(Rule::instance_length_unset, "InstanceLengthArray[" + std::to_string(i) + "] set",
             "what was there before")
        .instance = static_cast<std::uint32_t>(i);
    return;
  }
  const Sums sums = sum_up(lengths.lengths);
  if (lengths.used == sums.padded || lengths.used == sums.last_bare) return;
  const bool packed = lengths.used == sums.packed;
  findings.add(packed ? Rule::instance_misaligned : Rule::instance_lengths_sum,
               "BufferUsed " + std::to_string(sums.last_bare) +
                   (sums.padded == sums.last_bare ? "" : " or " + std::to_string(sums.padded)),
               std::to_string(lengths.used) +
                   (packed ? ", the instances without padding between them" : ""));
}

bool check_event_memory(std::uint64_t size, std::uint64_t memory, Findings& findings) {
  if (size <= memory) return true;
  findings.add(Rule::event_without_pad,
               bytes_text(size) + " of memory, 0x40 of them before the data",
               bytes_text(memory) + " to the end of the memory");
  return false;
}

void check_event(const FiredEvent& event, Findings& findings) {
  const std::string guid = event.guid.to_string();
  if (!event.registered) {
    findings.add(Rule::event_not_registered, "the GUID of a registered event block", guid);
  } else if (!event.enabled) {
    findings.add(Rule::event_not_enabled, "an event that is enabled", guid);
  }
  if (event.wnode.size() > event.limit) {
    findings.add(Rule::event_too_large, "at most " + bytes_text(event.limit),
                 bytes_text(event.wnode.size()));
  }
  if (event.memory && !check_event_memory(event.wnode.size(), *event.memory, findings)) return;
  const auto item = wmi::unpack_event(event.wnode);
  if (!item) {
    findings.add(Rule::event_malformed, "a consistent WNODE", item.error().to_string());
    return;
  }
  if (event.instances && *event.instances != kDynamicInstances &&
      item->instance_index >= *event.instances) {
    findings
        .add(Rule::event_instance_unknown,
             "an InstanceIndex below " + std::to_string(*event.instances),
             std::to_string(item->instance_index))
        .instance = item->instance_index;
  }
}

void check_leftovers(std::span<const Leftover> leftovers, Findings& findings) {
  for (const Leftover& it : leftovers) {
    switch (it.kind) {
      case Leftover::Kind::memory:
        findings.add(Rule::leaked_memory, "memory freed",
                     bytes_text(it.bytes) + " of " + it.what +
                         (it.tag.empty() ? "" : " with the tag " + it.tag));
        break;
      case Leftover::Kind::lock:
        findings.add(Rule::leaked_lock, "locks released", it.what + " held");
        break;
      case Leftover::Kind::reference:
        findings.add(Rule::leaked_reference, "objects freed", "a " + it.what);
        break;
    }
  }
}

void report_freed_unknown(std::string_view routine, const void* address, Findings& findings) {
  findings.add(Rule::freed_unknown, "memory that this driver has, freed by its own routine",
               std::string(routine) + " of " + address_text(address));
}

}  // namespace hbalab::check
