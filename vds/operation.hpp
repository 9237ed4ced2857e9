// Asynchronous operations: each runs on a thread of its own, whether somebody waits for it or not.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "vds/com.hpp"

namespace hbalab::vds {

// What an operation and those who look at it share. Every function may be called on every thread.
class Operation {
 public:
  explicit Operation(VDS_ASYNC_OUTPUT_TYPE type) : type_(type) {}

  // For the operation itself. Its steps, of which `steps` are still to come.
  void expect(ULONG steps);
  // Before a step that changes something: false when it was cancelled, and has to end.
  [[nodiscard]] bool go_on();
  // Before the last such step: as go_on, and from now on it is too late to cancel.
  [[nodiscard]] bool go_on_to_the_end();
  void step_done();
  // The end. Whoever was told that it is cancelled finds it cancelled.
  void finish(HRESULT result);

  // For its callers: the methods of IVdsAsync.
  [[nodiscard]] HRESULT cancel();
  [[nodiscard]] HRESULT wait();
  struct Status {
    HRESULT result;
    ULONG percent;
  };
  [[nodiscard]] Status status();
  [[nodiscard]] VDS_ASYNC_OUTPUT_TYPE type() const { return type_; }

 private:
  const VDS_ASYNC_OUTPUT_TYPE type_;
  std::mutex mutex_;  // guards what follows
  std::optional<Living> running_{std::in_place};
  std::condition_variable finished_;
  ULONG steps_ = 0, done_ = 0;
  bool cancelled_ = false, too_late_ = false, over_ = false;
  HRESULT result_ = S_OK;
};

// Starts the operation, whose result `body` gives; the object through which callers see it, or why
// there is none.
[[nodiscard]] HRESULT start_operation(VDS_ASYNC_OUTPUT_TYPE type,
                                      std::function<HRESULT(Operation&)> body, IVdsAsync** async);

}  // namespace hbalab::vds
