// One request under check, from the buffer that the driver gets to the findings. The port driver
// keeps one with each request and uses it again; the WMI library finds it by the buffer.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "hba-sim/port/checker/contract.hpp"
#include "hba-sim/port/checker/exchange.hpp"
#include "hba-sim/port/checker/guarded_buffer.hpp"
#include "hba-sim/port/checker/violation.hpp"

namespace hbalab::check {

class RequestCheck {
 public:
  struct Begin {
    wmi::MinorFunction minor{};
    wmi::Guid guid;
    View request;  // the WNODE as it came from above, all of its buffer
    Edge edge = Edge::end;
    Poison poison = Poison::first;
    std::span<const std::byte> extension;  // of the SRB
    ResultReading* reading = nullptr;      // of the driver; outlives the request
  };
  struct End {
    SrbEnd srb;
    std::optional<std::uint32_t> instances;  // as in Exchange
    const wmi::Shape* shape = nullptr;       // as in Exchange
    // The answer is not the driver's: its routine was ended by a fault, which has been told, or it
    // had the port driver answer. What it left undone is no violation.
    bool replaced = false;
  };

  RequestCheck() = default;
  ~RequestCheck() { forget(); }
  RequestCheck(const RequestCheck&) = delete;
  RequestCheck& operator=(const RequestCheck&) = delete;

  // What Srb->DataBuffer is to be, as large as the request.
  [[nodiscard]] std::uint8_t* begin(GuardPool& pool, const Begin& begin);
  [[nodiscard]] bool active() const { return static_cast<bool>(buffer_); }
  [[nodiscard]] std::size_t size() const { return buffer_.size(); }

  // The driver is done with it. `code` becomes the instruction to blame, when one is known.
  void end(const End& end, Findings& findings, const void*& code);
  // Between end() and forget(): the buffer as the driver left it, to be copied up or compared.
  [[nodiscard]] View answer() const { return buffer_.bytes(); }
  [[nodiscard]] std::span<const DataRange> data() const { return ranges_; }
  // Gives the buffer back. A driver that has not completed the request still has it: not before.
  void forget();

  // For the WMI library. Null when that buffer is none under check; costs next to nothing while
  // nothing is.
  [[nodiscard]] static RequestCheck* of(const void* buffer);
  // Around a dispatch and what happens in it, in the order of the calls.
  void dispatching(const void* context, bool reginfo);
  // Before a callback is called. What it returns is for the reading: by then the request may be
  // another thread's, or gone.
  [[nodiscard]] ResultReading* calling();
  void posted(std::uint8_t srb_status, const void* code);  // ScsiPortWmiPostProcess, from there
  void finished(std::uint8_t return_status, std::uint32_t return_size);
  void lengths(const Lengths& lengths) { check_lengths(lengths, early_); }

 private:
  GuardedBuffer buffer_;
  wmi::MinorFunction minor_{};
  wmi::Guid guid_;
  std::span<const std::byte> extension_;
  ResultReading* reading_ = nullptr;
  bool dispatched_ = false;
  Dispatch dispatch_;
  const void* answered_at_ = nullptr;
  Findings early_;                 // found before the end
  std::vector<DataRange> ranges_;  // of the answer
};

}  // namespace hbalab::check
