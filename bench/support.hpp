// What the benchmark programs share: timing loops, temporary directories, a lab full of logins.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "hba-sim/lab/config.hpp"

namespace hbalab::bench {

// Seconds since some fixed moment, monotonic.
[[nodiscard]] double now();

// Runs `operation` for about `seconds`, in `runs` counted runs after one that is dropped; the
// median time of one call in nanoseconds.
[[nodiscard]] double median_ns(const std::function<void()>& operation, double seconds = 0.3,
                               int runs = 5);

// This process, and what it starts from now on: a request wakes the server and the answer wakes
// the client, which costs ten times as much across two processors.
void pin_to_one_processor();

[[nodiscard]] double median(std::vector<double> values);

// The floor of what is durable: single-row commits of a plain SQLite loop, WAL and FULL, into a new
// `file`, a second.
[[nodiscard]] double sqlite_rate(const std::filesystem::path& file, double seconds);

// A directory that goes away with the object; below $HBALAB_BENCH_DIR, else the build directory.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A lab with one adapter of `slots` NVRAM slots and one target that never answers.
[[nodiscard]] lab::LabConfig one_adapter_lab(std::uint32_t slots);
// The same as a lab file.
[[nodiscard]] std::string one_adapter_lab_text(std::uint32_t slots);

// Fills the NVRAM of that adapter in `state` with `count` persistent logins of names of 60
// characters. Aborts with the reason when it cannot.
void seed_logins(const std::filesystem::path& state, std::uint32_t count);
// Name and portal of the seeded login `index`.
[[nodiscard]] std::u16string seeded_target(std::uint32_t index);

// A row of a report: what, our figure, the floor, the ratio and the goal; "" where there is none.
void print_header();
void print_row(const std::string& what, const std::string& ours, const std::string& floor,
               const std::string& ratio, const std::string& goal);
[[nodiscard]] std::string fixed(double value, int digits, const char* unit);

// Resident memory of this process in bytes.
[[nodiscard]] std::size_t resident_bytes();

}  // namespace hbalab::bench
