// The SRB trace as a log.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "hba-sim/include/storport.h"
#include "hba-sim/port/trace.hpp"

using namespace hbalab;

namespace {

port::TraceRecord record_of(std::uint32_t in) {
  port::TraceRecord record;
  record.srb_function = SRB_FUNCTION_WMI;
  record.minor = WMI_EXECUTE_METHOD;
  record.srb_status = SRB_STATUS_SUCCESS;
  record.system_time = 134'116'992'000'000'000ULL;  // 2026-01-01T00:00:00Z
  record.in_bytes = in;
  record.id = 7;
  return record;
}

}  // namespace

TEST_CASE("a record becomes one line of JSON") {
  const auto trace = port::Trace::create(16);
  auto record = record_of(1008);
  record.adapter = trace->add_adapter("hba0");
  record.out_bytes = 4;
  record.duration_ns = 812;
  record.system_time += 1'234'567;
  trace->record(record);
  const std::string text = trace->read(0, 4096);
  REQUIRE(text.ends_with('\n'));
  const auto json = nlohmann::json::parse(text);
  CHECK(json["seq"] == 1);
  CHECK(json["time"] == "2026-01-01T00:00:00.123456Z");
  CHECK(json["adapter"] == "hba0");
  CHECK(json["device"].is_null());
  CHECK(json["function"] == "EXECUTE_METHOD");
  CHECK(json["class"] == "00000000-0000-0000-0000-000000000000");
  CHECK(json["method"] == "7");
  CHECK(json["in"] == 1008);
  CHECK(json["out"] == 4);
  CHECK(json["srb_status"] == "SRB_STATUS_SUCCESS");
  CHECK(json["ns"] == 812);
  CHECK(json["pended"] == false);
  CHECK_FALSE(json.contains("violation"));
}

TEST_CASE("positions stay true while old records fall out") {
  const auto trace = port::Trace::create(8);
  for (std::uint32_t i = 0; i < 8; ++i) trace->record(record_of(i));
  const std::string before = trace->read(0, 1u << 20);
  REQUIRE(trace->end_position() == before.size());
  const std::uint64_t fourth = [&] {
    std::size_t at = 0;
    for (int i = 0; i < 4; ++i) at = before.find('\n', at) + 1;
    return at;
  }();
  for (std::uint32_t i = 8; i < 12; ++i) trace->record(record_of(i));
  CHECK(trace->begin_position() == fourth);
  const std::string after = trace->read(fourth, 1u << 20);
  CHECK(after.starts_with(before.substr(fourth)));
  CHECK(trace->end_position() == fourth + after.size());
  // A position that is no longer held reads from the oldest line.
  CHECK(trace->read(0, 1u << 20) == after);
  // Pieces of any size are the whole.
  std::string pieces;
  for (std::uint64_t at = fourth; at < trace->end_position();) {
    const std::string piece = trace->read(at, 7);
    REQUIRE_FALSE(piece.empty());
    pieces += piece;
    at += piece.size();
  }
  CHECK(pieces == after);
  CHECK(trace->read(trace->end_position(), 100).empty());
  CHECK(trace->read(~std::uint64_t{0}, 100).empty());
}

TEST_CASE("records that fall out before anybody looks leave no gap") {
  const auto trace = port::Trace::create(4);
  for (std::uint32_t i = 0; i < 1000; ++i) trace->record(record_of(i));
  CHECK(trace->begin_position() == 0);
  const std::string text = trace->read(0, 1u << 20);
  CHECK(std::count(text.begin(), text.end(), '\n') == 4);
  CHECK(nlohmann::json::parse(text.substr(0, text.find('\n')))["seq"] == 997);
}

TEST_CASE("listeners are called until their token dies") {
  const auto trace = port::Trace::create(4);
  int calls = 0;
  auto token = trace->on_append([&] { ++calls; });
  trace->record(record_of(1));
  CHECK(calls == 1);
  token.reset();
  trace->record(record_of(2));
  CHECK(calls == 1);
}
