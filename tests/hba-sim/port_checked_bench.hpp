// A bench whose miniport is checked.
#pragma once

#include <catch2/catch.hpp>

#include "hba-sim/port/checker/violation_log.hpp"
#include "tests/hba-sim/port_fake_miniport.hpp"

namespace hbalab::port_test {

struct CheckedBench : Bench {
  std::shared_ptr<check::ViolationLog> log = std::make_shared<check::ViolationLog>();

  // `prepare` is done to the hardware before the miniport starts.
  explicit CheckedBench(const std::function<void(FakeHardware&)>& prepare = {}) {
    if (prepare) prepare(hardware);
    auto with = options();
    with.violations = log;
    auto started = port::AdapterDevice::start(fake_image(), std::move(with));
    REQUIRE(started.has_value());
    device = std::move(*started);
  }
  // Ids of the records, after the checker's own requests.
  [[nodiscard]] std::vector<std::string> rules() const {
    if (device) device->settle();
    std::vector<std::string> ids;
    for (const auto& it : log->records()) ids.emplace_back(check::info(it.finding.rule).id);
    return ids;
  }
  [[nodiscard]] std::size_t probes() const {
    const std::string text = trace_text();
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find("\"probe\":", at)) != std::string::npos; ++at) ++count;
    return count;
  }
};

using Rules = std::vector<std::string>;

}  // namespace hbalab::port_test
