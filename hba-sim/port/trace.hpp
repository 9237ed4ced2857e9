// Every SRB that went to a miniport, as a bounded ring of records; text is made only when somebody
// reads. Data of requests is never in it, so no secret can be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "hba-sim/clock.hpp"
#include "hba-sim/lab/control.hpp"
#include "wmi-model/guid.hpp"
#include "wmi-model/model.hpp"

namespace hbalab::port {

// What a miniport did against the rules; the request still ends safely.
enum class Violation : std::uint8_t {
  none,
  completed_twice,    // RequestComplete for an SRB that had been completed before
  unknown_srb,        // RequestComplete for something that is no SRB of this adapter
  completed_pending,  // RequestComplete with SRB_STATUS_PENDING
  size_overrun,       // DataTransferLength larger than the buffer
  malformed_event,    // WMIEvent whose WNODE does not unpack
  request_after_stop  // a service that a stopped miniport may not use
};

struct TraceRecord {
  std::uint64_t sequence = 0;     // from 1
  std::uint64_t system_time = 0;  // of completion; 100 ns since 1601
  std::uint32_t duration_ns = 0;  // saturates
  std::uint16_t adapter = 0;      // index given by add_adapter
  std::uint8_t srb_function = 0;  // SRB_FUNCTION_*
  std::uint8_t minor = 0;         // WMI sub-function
  std::uint8_t srb_status = 0;
  std::uint8_t path = 0xFF, target = 0, lun = 0;  // 0xFF: the adapter itself
  bool pended = false;
  Violation violation = Violation::none;
  std::uint8_t probe = 0;  // a request of the checker's: its kind and 1
  wmi::Guid guid;
  std::uint32_t id = 0;        // method or item id
  std::uint32_t instance = 0;  // index
  std::uint32_t in_bytes = 0, out_bytes = 0;
};

class Trace : public lab::LogSource {
 public:
  [[nodiscard]] static std::shared_ptr<Trace> create(std::size_t capacity = 65'536);
  [[nodiscard]] virtual std::uint16_t add_adapter(std::string name) = 0;
  // Names for GUIDs, methods: looked up when text is made. Lines that were read before keep theirs.
  virtual void set_schema(std::shared_ptr<const wmi::SchemaSet> schema) = 0;
  // Any thread, with no lock held; tens of nanoseconds. `sequence` is given here.
  virtual void record(TraceRecord record) = 0;
  // What the checker found: a line that is a JSON object, which gets its place among the others.
  virtual void violation(std::string line) = 0;
};

}  // namespace hbalab::port
