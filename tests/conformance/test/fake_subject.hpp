// An implementation of one small class in memory, which does wrong what it is told to.
#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/conformance/case_run.hpp"
#include "tests/conformance/generated.hpp"
#include "tests/conformance/subject.hpp"

namespace hbalab::conform_test {

// What is wrong with it.
enum class Fault {
  none,
  hangs,             // a query does not come back
  aborts,            // a query takes the process with it
  vanishes,          // a query fails, and it is not alive any more
  garbage,           // a block that does not decode
  no_overrun,        // a block that does not fit is cut, with success
  wrong_needed,      // a block that does not fit asks for one byte too few
  unknown_is_first,  // an instance that is not there is the first one
  takes_read_only,   // what is read-only is set
  forgets_set,       // what is set stays as it was
  unknown_value,     // an enumerated property has a value that the table does not have
  dirty_padding,     // bytes behind the string are not zero
  unknown_method,    // a method id that is not there succeeds
  short_in,          // a method runs on an empty IN
  name_twice,        // two instances have one name
  starts_badly,      // a violation before the first request
  ends_badly,        // a violation when it is stopped, for each query
  never_ends,        // it does not stop
};

class FakeSubject : public conform::Subject {
 public:
  explicit FakeSubject(Fault fault = Fault::none);

  [[nodiscard]] std::string describe() const override { return "a fake"; }
  [[nodiscard]] conform::Abilities abilities() const override {
    return {conform::Ability::raw,   conform::Ability::set_item, conform::Ability::checked,
            conform::Ability::bench, conform::Ability::overlap,  conform::Ability::restart};
  }
  [[nodiscard]] std::shared_ptr<const wmi::SchemaSet> schema() const override { return schema_; }
  [[nodiscard]] std::vector<const wmi::Class*> classes() override;
  [[nodiscard]] std::expected<std::vector<std::string>, std::string> instances(
      const wmi::Class& cls) override;
  [[nodiscard]] conform::Reply request(const conform::Request& request) override;
  [[nodiscard]] std::expected<void, std::string> alive() override;
  void wait(std::chrono::milliseconds) override {}
  [[nodiscard]] std::expected<std::uint64_t, std::string> start(
      const conform::Request& request) override;
  void cancel(std::uint64_t ticket) override;
  [[nodiscard]] conform::Reply finish(std::uint64_t ticket) override;
  [[nodiscard]] std::expected<void, std::string> restart() override;
  [[nodiscard]] std::expected<void, std::string> bench(const std::string& path,
                                                       const std::string& text) override;
  [[nodiscard]] std::expected<std::string, std::string> bench_text(
      const std::string& path) override;
  [[nodiscard]] std::expected<void, std::string> bench_make(const std::string& path) override;
  [[nodiscard]] std::expected<void, std::string> bench_remove(const std::string& path) override;
  // What was asked for apart from requests, in order: "start 1", "cancel 1", "make x".
  [[nodiscard]] const std::vector<std::string>& log() const { return log_; }
  [[nodiscard]] std::vector<conform::Violation> violations() override;
  [[nodiscard]] std::vector<conform::Violation> end() override;

 private:
  [[nodiscard]] conform::Reply query(const conform::Request& request);
  [[nodiscard]] conform::Reply set_item(const conform::Request& request);
  [[nodiscard]] conform::Reply set_block(const conform::Request& request);
  [[nodiscard]] conform::Reply call(const conform::Request& request) const;
  [[nodiscard]] bool known(const conform::Request& request) const;

  Fault fault_;
  std::shared_ptr<const wmi::SchemaSet> schema_;
  conform::Bytes block_;
  bool gone_ = false;
  bool asked_ = false;  // for violations
  std::vector<conform::Violation> late_;
  std::map<std::uint64_t, conform::Request> started_;  // by ticket
  std::set<std::uint64_t> cancelled_;
  std::uint64_t last_ticket_ = 0;
  std::map<std::string, std::string> files_;  // of the bench
  std::vector<std::string> log_;
};

inline constexpr const char* kInstance = "FAKE\\ONE_0";

// Makes such a subject.
[[nodiscard]] conform::SubjectFactory fake_factory(Fault fault);
// The generated cases of its classes.
[[nodiscard]] std::vector<conform::Case> fake_cases();

}  // namespace hbalab::conform_test
