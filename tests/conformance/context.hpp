// What a case works with: the subject, the device under test, and the place for what it finds.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/conformance/case.hpp"
#include "tests/conformance/value.hpp"
#include "wmi-model/codec.hpp"

namespace hbalab::conform {

// A request that was made, for the report: `in` and `sent` have no secret.
struct Exchange {
  std::string what;
  Json in;
  Bytes sent;
  Reply reply;
  std::optional<wmi::Shape> shape;  // of the answer
};

// A call that was started.
struct StartedCall {
  std::uint64_t ticket = 0;
  Exchange exchange;  // without the answer
};

// Told of each request before it is made.
using RequestListener = std::function<void(std::string_view what)>;

class Context {
 public:
  Context(Subject& subject, const Scope& parameters, std::string device, CaseResult& result,
          RequestListener listener)
      : subject_(subject),
        scope_(parameters),
        device_(std::move(device)),
        result_(result),
        listener_(std::move(listener)) {}

  [[nodiscard]] Subject& subject() { return subject_; }
  [[nodiscard]] const std::string& device() const { return device_; }
  [[nodiscard]] Scope& scope() { return scope_; }
  // Null: the schema does not have it.
  [[nodiscard]] const wmi::Class* find_class(std::string_view name) const;
  // The method of "Class.Method"; null: there is none.
  [[nodiscard]] const wmi::Method* find_method(std::string_view name, const wmi::Class*& cls) const;
  // Names of the instances of the class; none and a problem when they cannot be listed.
  [[nodiscard]] std::vector<std::string> instances(const wmi::Class& cls);
  // The one of the device under test, else the first; empty: the class has none.
  [[nodiscard]] std::string instance(const wmi::Class& cls);

  // Requests, remembered for the report.
  Reply request(Request request, std::string what, std::optional<wmi::Shape> answer = {});
  Reply query(const wmi::Class& cls, const std::string& instance,
              std::size_t room = Request::kAsNeeded);
  Reply call(const wmi::Class& cls, const wmi::Method& method, const std::string& instance,
             Bytes in, std::size_t room = Request::kAsNeeded, std::optional<std::string> json = {});
  Reply set_item(const wmi::Class& cls, const std::string& instance, const wmi::Property& property,
                 const Bytes& item);
  // A call that is not waited for, and its answer. The error says why there is none.
  std::expected<StartedCall, std::string> start(const wmi::Class& cls, const wmi::Method& method,
                                                const std::string& instance, Bytes in);
  Reply finish(StartedCall call);
  // One that is not waited for.
  std::expected<std::uint64_t, std::string> start(Request request, std::string what);
  // IN of the last request, or the values that it set, by these properties.
  void describe_in(std::span<const wmi::Property> properties, Json in);
  // What findings are about where it came otherwise: an event, a list.
  void took(Exchange exchange);

  // Findings. The last request goes with them.
  void fail(std::string where, std::string expected, std::string received);
  // Of a value that does not fit the matcher. Where only one value does, the block that would have
  // been right goes with it.
  void fail_value(std::string where, const Json& matcher, std::string expected,
                  std::string received);
  void check(bool good, std::string_view where, std::string_view expected,
             std::string_view received);
  // That the request ended in one of these ways; whether it did.
  bool check_outcome(const Reply& reply, std::initializer_list<Outcome> wanted,
                     std::string_view where = "outcome");
  // A problem that is not about a request.
  void note(std::string where, std::string expected, std::string received);
  void note_violations(const std::vector<Violation>& violations);
  void skip(std::string reason);
  [[nodiscard]] bool failed() const { return !result_.problems.empty(); }
  [[nodiscard]] bool full() const { return result_.problems.size() >= kMostProblems; }
  // "step 2": where findings are, from now on.
  void at_step(std::string step) { step_ = std::move(step); }
  // Findings so far are forgotten: a step that is tried again.
  void forget_problems(std::size_t keep) { result_.problems.resize(keep); }
  [[nodiscard]] std::size_t problems() const { return result_.problems.size(); }

 private:
  static constexpr std::size_t kMostProblems = 20;
  static constexpr std::size_t kMostBytes = 16 << 10;  // of a block in a report

  [[nodiscard]] Evidence evidence() const;
  // Of a block of the last answer's shape: what a report may have.
  [[nodiscard]] Bytes shown_answer(const Bytes& block) const;

  Subject& subject_;
  Scope scope_;
  std::string device_;
  CaseResult& result_;
  RequestListener listener_;
  Exchange last_;
  bool any_request_ = false;
  std::string step_;
};

// The block with another value at the path ("List/0/Name"), as far as it can be encoded; nothing:
// it cannot, or there is no such value.
[[nodiscard]] std::optional<Bytes> with_value(const wmi::Shape& shape, const Bytes& block,
                                              std::string_view path, const Json& value);
// Property ranges of a block, as far as they can be told.
[[nodiscard]] std::vector<Range> ranges_of(const wmi::Shape& shape, const Bytes& block);

}  // namespace hbalab::conform
