// What the checks of a request cost, beside the floor: to copy the request's buffer and to fill
// what is no input once, which nobody who watches a buffer can do without. Run it pinned.
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <vector>

#include "hba-sim/include/srb.h"
#include "hba-sim/port/checker/request_check.hpp"
#include "wmi-model/wnode/wnode_layout.hpp"

namespace {

using namespace hbalab;
using namespace hbalab::check;
using namespace hbalab::wmi::wnode;

double now() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

// The best of several rounds, for one call.
template <typename Work>
double best(int calls, Work work) {
  double least = 1e18;
  for (int round = 0; round < 9; ++round) {
    const double begin = now();
    for (int i = 0; i < calls; ++i) work();
    least = std::min(least, (now() - begin) / calls);
  }
  return least;
}

// A query for a single instance with that much data.
std::vector<std::uint8_t> make_request(std::size_t data) {
  std::vector<std::uint8_t> request(kInstanceVariable + data);
  store(std::span(request), kFlags, std::uint32_t{kFlagSingleInstance | kFlagStaticInstanceNames});
  store(std::span(request), kInstanceDataOffset, static_cast<std::uint32_t>(kInstanceVariable));
  return request;
}

// The driver's part: the same in both.
void answer(std::uint8_t* buffer, std::size_t data) {
  const std::uint32_t size = static_cast<std::uint32_t>(data);
  const std::uint32_t all = size + static_cast<std::uint32_t>(kInstanceVariable);
  std::memcpy(buffer + kInstanceDataSize, &size, sizeof size);
  std::memcpy(buffer + kBufferSize, &all, sizeof all);
  std::memset(buffer + kInstanceVariable, 0x11, data);
}

void measure(std::size_t data) {
  const auto request = make_request(data);
  std::vector<std::uint8_t> above(request.size()), below(request.size());
  const int calls = data > 100'000 ? 200 : 20'000;
  volatile std::uint8_t sink = 0;
  const double floor = best(calls, [&] {
    std::memcpy(below.data(), request.data(), kInstanceVariable);
    std::memset(below.data() + kInstanceVariable, 0xCD, data);
    answer(below.data(), data);
    std::memcpy(above.data(), below.data(), above.size());
    sink = above[0];
  });
  GuardPool pool;
  RequestCheck check;
  std::array<std::byte, 64> extension{};
  std::size_t wrong = 0;
  const auto checked = [&](Edge edge) {
    return best(calls, [&] {
      std::uint8_t* const buffer = check.begin(
          pool,
          {wmi::MinorFunction::query_single_instance, {}, request, edge, Poison::first, extension});
      answer(buffer, data);
      RequestCheck* const found = RequestCheck::of(buffer);
      found->dispatching(extension.data(), false);
      static_cast<void>(found->calling());
      found->posted(SRB_STATUS_SUCCESS, nullptr);
      found->finished(SRB_STATUS_SUCCESS, static_cast<std::uint32_t>(request.size()));
      Findings findings;
      const void* code = nullptr;
      check.end(
          {{false, SRB_STATUS_SUCCESS, static_cast<std::uint32_t>(request.size())}, 1, nullptr},
          findings, code);
      std::memcpy(above.data(), check.answer().data(), above.size());
      check.forget();
      wrong += findings.size();
      sink = above[0];
    });
  };
  const double end = checked(Edge::end), begin = checked(Edge::begin);
  std::printf("%8zu bytes of data   floor %9.0f ns   checked %9.0f ns   the checks %7.0f ns%s\n",
              data, floor, std::max(end, begin), std::max(end, begin) - floor,
              wrong == 0 ? "" : "   VIOLATIONS");
}

}  // namespace

int main() {
  std::printf("goal: checks of at most 5000 ns a request\n");
  for (const std::size_t data : {8u, 64u, 512u, 2048u, 4096u, 16'384u, 65'536u, 1'048'576u}) {
    measure(data);
  }
  return 0;
}
