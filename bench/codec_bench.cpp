// What the codec costs: one live property, a look-up in a block of 100,000 elements, a method's IN
// and OUT as JSON. Prints nanoseconds for each; run it pinned to one processor.
#include <time.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "tests/wmi-model/codec_models.hpp"
#include "wmi-model/text.hpp"

namespace {

using namespace hbalab::wmi;
using test::make_class;
using test::Prop;

// Time of this thread on a processor: the work neither waits nor sleeps, so this is its cost also
// on a busy machine.
double now() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

// The best of several rounds, for one call.
template <typename Work>
double best(int calls, Work work) {
  double least = 1e18;
  for (int round = 0; round < 7; ++round) {
    const auto begin = now();
    for (int i = 0; i < calls; ++i) work(i);
    least = std::min(least, (now() - begin) / calls);
  }
  return least;
}

void keep(const std::string& text) {
  volatile std::size_t sink = text.size();
  static_cast<void>(sink);
}

void report(const char* what, double figure, const char* unit, double goal) {
  std::printf("%-58s %10.1f %s   goal %g\n", what, figure, unit, goal);
}

void live_property() {
  const auto cls = make_class(
      "HBAInformation",
      {Prop("UniqueAdapterId", CimType::uint64).hex(), Prop("Flags", CimType::uint8),
       Prop("Integrated", CimType::boolean), Prop("Vendor", CimType::string).max_len(223),
       Prop("Model", CimType::string).max_len(255), Prop("Ports", CimType::uint32)});
  const Object object{{std::uint64_t{77}, std::uint64_t{1}, true, std::u16string(u"Example"),
                       std::u16string(u"Model 4010"), std::uint64_t{2}}};
  const Bytes block = encode(shape_of(*cls), object).value();
  for (const std::uint32_t member : {0u, 4u}) {
    const PathStep path[] = {{member}};
    const double each = best(100000, [&](int) {
      const BlockView view(shape_of(*cls), block);
      const auto ref = view.locate(path);
      keep(format_property(*ref->property, *decode_field(*ref, block)));
    });
    report(
        member == 0 ? "locate, decode and format a number" : "locate, decode and format a string",
        each, "ns", 300);
  }
}

void large_block(const test::Models& models) {
  constexpr std::uint32_t kLogins = 100000;
  Object login;
  login.members.resize(9);
  login.members[0] = std::u16string(u"iqn.2001-04.com.example:disk");
  Object mapping;
  mapping.members.resize(8);
  mapping.members[7] = Array{{Object{}}};
  login.members[7] = mapping;
  Bytes block(8);
  for (std::uint32_t i = 0; i < kLogins; ++i) {
    login.members[2] = std::uint64_t{i};
    login.members[8] = Bytes(i % 5, 'u');
    const Bytes one = encode(shape_of(*models.login), login).value();
    block.resize(align_up(block.size(), 8));
    block.insert(block.end(), one.begin(), one.end());
  }
  for (int i = 0; i < 4; ++i)
    block[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(kLogins >> (8 * i));
  std::printf("block of %u logins: %zu bytes\n", kLogins, block.size());
  double first = 1e18;
  for (int round = 0; round < 5; ++round) {
    const BlockView fresh(shape_of(*models.logins), block);
    const PathStep path[] = {{2, kLogins - 1}, {2}};
    const auto begin = now();
    const auto ref = fresh.locate(path);
    first = std::min(first, (now() - begin));
    if (!ref) std::printf("%s\n", ref.error().to_string().c_str());
  }
  report("first look into 100,000 elements", first / 1e6, "ms", 5);
  const BlockView view(shape_of(*models.logins), block);
  for (const std::uint32_t member : {0u, 2u, 8u}) {
    const double each = best(100000, [&](int i) {
      const PathStep path[] = {{2, static_cast<std::uint32_t>(i) * 7919u % kLogins}, {member}};
      if (!view.locate(path)) std::printf("lost\n");
    });
    report(member == 8   ? "later look, a member behind a tail, random element"
           : member == 2 ? "later look, a number, random element"
                         : "later look, a string, random element",
           each, "ns", 200);
  }
}

void method_json(const test::Models& models) {
  const auto in = make_class("In", {Prop("TargetPortal", *models.portal),
                                    Prop("PortNumber", CimType::uint32).default_to("4294967295"),
                                    Prop("TargetName", CimType::string).max_len(223)});
  const std::string text =
      R"({"TargetPortal":"192.0.2.10:3260","PortNumber":4294967295,"TargetName":"iqn.2001-04.com.example:disk"})";
  report("parse_json and encode an IN of three parameters",
         best(20000,
              [&](int) {
                const auto block = encode(shape_of(*in), *parse_json(shape_of(*in), text));
                if (!block) std::printf("%s\n", block.error().to_string().c_str());
              }),
         "ns", 5000);
  const auto out = make_class(
      "Out", {Prop("Status", CimType::uint32).names({{0, "ISDSC_SUCCESS", ""}, {5, "OTHER", ""}})});
  const Bytes block(4);
  report(
      "decode, to_json and dump an OUT of one parameter",
      best(20000,
           [&](int) { keep(to_json(shape_of(*out), decode(shape_of(*out), block)->root).dump()); }),
      "ns", 5000);
}

}  // namespace

int main() {
  const test::Models models;
  live_property();
  large_block(models);
  method_json(models);
}
