// Runs cases in processes of their own, so that an implementation that hangs, dies or takes the
// process with it costs one case and not the run.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <vector>

#include "tests/conformance/case.hpp"
#include "tests/conformance/value.hpp"

namespace hbalab::conform {

using std::chrono::milliseconds;

// Which cases, and in which order.
struct Selection {
  std::vector<std::string> select, skip;  // globs over ids; no `select`: all
  Weight level = Weight::may;             // cases of less weight are left out
  unsigned shard = 1, shards = 1;  // this part of so many, by the ids; a last case is in each
  std::uint64_t seed = 0;          // order; 0: as they are
};
[[nodiscard]] std::vector<std::size_t> choose(const std::vector<Case>& cases,
                                              const Selection& selection);

struct RunOptions {
  unsigned jobs = 1;
  bool shared = false;           // all jobs have the same implementation: exclusive cases run alone
  milliseconds timeout{30'000};  // of a case, and of opening the implementation
  unsigned repeat = 1;           // rounds; 0: no end
  bool until_failure = false;
  Scope parameters;
  std::string device;  // part of the name of the device under test; empty: the first
  // Told of each result as it comes.
  std::function<void(const CaseResult& result, std::size_t done, std::size_t total)> progress;
};

// What an implementation serves, found out in a process of its own.
struct Inventory {
  std::string subject;
  std::vector<std::string> classes;
  std::string mof;  // of classes that the schema does not have
};
[[nodiscard]] std::expected<Inventory, std::string> take_inventory(const SubjectFactory& factory,
                                                                   const wmi::SchemaSet& schema,
                                                                   milliseconds timeout);

// Only from a process with one thread. Results are in the order of `order`.
[[nodiscard]] Report run_cases(const std::vector<Case>& cases,
                               const std::vector<std::size_t>& order, const SubjectFactory& factory,
                               const RunOptions& options);

}  // namespace hbalab::conform
