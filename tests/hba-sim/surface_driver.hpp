// Does what commands say to a real lab, through the WMI client and the bench's files, and compares
// what the adapter shows with the model.
#pragma once

#include <future>
#include <set>
#include <sstream>
#include <stdexcept>

#include "iscsiop/views.hpp"
#include "tests/hba-sim/lab_support.hpp"
#include "tests/hba-sim/surface_blocks.hpp"
#include "tests/hba-sim/surface_model.hpp"

namespace hbalab::surface {

struct Divergence : std::runtime_error {
  using std::runtime_error::runtime_error;
};
template <typename Actual, typename Expected>
void same(std::string_view what, const Actual& actual, const Expected& expected) {
  if (actual == expected) return;
  std::ostringstream text;
  text << what << ": the adapter has " << actual << ", the model " << expected;
  throw Divergence(text.str());
}

class Driver : public lab_test::LabFixture {
 public:
  Driver();
  // One command on both, and the comparison.
  void step(const Command& command);
  void compare();

 private:
  struct Issued {
    lab_test::Pending pending;
    std::optional<lab_test::Answer> answer;
    [[nodiscard]] std::optional<lab_test::Answer> take();
  };
  // surface_driver.cpp
  [[nodiscard]] Ids ids_of(const Command& command);
  void method(const Command& command);
  Issued issue(const Command& command);
  void judge(const Command& command, lab_test::Answer answer, const Reply& expected);
  void learn_session(std::uint64_t session, std::uint64_t connection, const Reply& expected);
  void learn_connection(std::uint64_t connection, const Reply& expected);
  void malformed(const Command& command);
  void set_property(const Command& command);
  void bench_command(const Command& command);
  void bench_file(const std::string& path, std::string_view text);
  void pass(Ms time);
  // surface_compare.cpp
  std::span<const std::uint8_t> read(const iscsi::Guid16& guid, lab_test::Answer& answer);
  void compare_sessions();
  void compare_connections(Session& session, const iscsi::SessionStaticInfoView& shown);
  void compare_logins();
  void compare_mappings();
  void compare_counters();
  // surface_answers.cpp
  void compare_answer(const Command& command, std::span<const std::uint8_t> out,
                      const Reply& expected);
  void compare_settings();
  void compare_boot();
  void send_on(const Command& command, const std::string& folder);
  void change_unit(const Command& command, const std::string& folder);
  void compare_paths();
  void compare_fabric();
  void compare_statistics();

  std::uint64_t adapter_id_ = 0;
  Model model_;
  std::set<std::uint64_t> seen_;  // every session and connection id that was ever shown
};

}  // namespace hbalab::surface
