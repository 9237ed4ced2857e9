// Any bytes through every view: an error or a view whose parts all lie inside the block. Run with
// sanitizers, which see every byte that is touched outside.
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "iscsiop/builders.hpp"
#include "iscsiop/views.hpp"

using namespace hbalab::iscsi;

namespace {

using Bytes = std::vector<std::uint8_t>;

// Reads all that a view points at, and counts the bytes: none may be given out twice, so that there
// are never more than the block has.
struct Touch {
  std::uint64_t sum = 0;
  std::size_t bytes = 0;

  template <typename T>
  void operator()(std::span<const T> part) {
    const auto* data = reinterpret_cast<const std::uint8_t*>(part.data());
    for (std::size_t i = 0; i < part.size_bytes(); ++i) sum += data[i];
    bytes += part.size_bytes();
  }
  template <typename View>
  void operator()(const VariableList<View>& list) {
    std::size_t seen = 0;
    for (const View& element : list) {
      visit(element);
      ++seen;
    }
    REQUIRE(seen == list.size());
  }

  void visit(const TargetPortalGroupView& v) { (*this)(v.portals); }
  void visit(const TargetMappingView& v) {
    (*this)(v.luns);
    text(v.head->TargetName);
  }
  void visit(const SendTargetsOutView& v) { (*this)(v.response); }
  void visit(const LoginToTargetView& v) {
    visit(v.mapping);
    (*this)(v.key);
    (*this)(v.username);
    (*this)(v.password);
    text(v.head->TargetName);
    text(v.head->InitiatorAlias);
  }
  void visit(const AddConnectionToSessionView& v) {
    (*this)(v.key);
    (*this)(v.username);
    (*this)(v.password);
  }
  void visit(const ScsiInquiryOutView& v) { (*this)(v.response); }
  void visit(const ScsiReadCapacityOutView& v) { (*this)(v.response); }
  void visit(const ScsiReportLunsOutView& v) { (*this)(v.response); }
  void visit(const SetChapSharedSecretView& v) { (*this)(v.secret); }
  void visit(const SetRadiusSharedSecretView& v) { (*this)(v.secret); }
  void visit(const SetPresharedKeyForIdView& v) {
    (*this)(v.id);
    (*this)(v.key);
  }
  void visit(const GetPresharedKeyForIdView& v) { (*this)(v.id); }
  void visit(const SetGroupPresharedKeyView& v) { (*this)(v.key); }
  void visit(const PersistentLoginView& v) {
    visit(v.mapping);
    (*this)(v.username);
    text(v.head->TargetName);
  }
  void visit(const PersistentLoginsView& v) { (*this)(v.logins); }
  void visit(const TargetMappingsView& v) { (*this)(v.mappings); }
  void visit(const DiscoveredPortalGroupView& v) { (*this)(v.portals); }
  void visit(const DiscoveredTargetView& v) { (*this)(v.groups); }
  void visit(const ReportDiscoveredTargetsView& v) { (*this)(v.targets); }
  void visit(const DiscoveredPortal2View& v) {
    (*this)(v.key);
    text(v.symbolic_name);
  }
  void visit(const DiscoveredPortalGroup2View& v) { (*this)(v.portals); }
  void visit(const DiscoveredTarget2View& v) { (*this)(v.groups); }
  void visit(const ReportDiscoveredTargets2View& v) { (*this)(v.targets); }
  void visit(const SessionStaticInfoView& v) { (*this)(v.connections); }
  void visit(const InitiatorSessionInfoView& v) { (*this)(v.sessions); }
  void visit(const PortalInfoClassView& v) { (*this)(v.portals); }
  void visit(const SupportedLbPoliciesView& v) { (*this)(v.paths); }
  void visit(const SetLoadBalancePolicyView& v) { visit(v.policies); }
  void visit(const QueryLbPolicyView& v) { (*this)(v.policies); }
  void visit(const EventlogView& v) { (*this)(v.data); }
  void visit(const RedirectSessionInfoView& v) { (*this)(v.portals); }
  void visit(const RedirectPortalInfoClassView& v) { (*this)(v.sessions); }
  void visit(const BootConfigurationView& v) {
    (*this)(v.username);
    (*this)(v.password);
  }
  void visit(const SecurityCapabilitiesView& v) { (*this)(v.encryptions); }
  void visit(const RadiusConfigView& v) { (*this)(v.secret); }

 private:
  void text(std::span<const Le16> field) {
    const auto result = read_fixed_string(field, "text");
    if (result) sum += result->size();
  }
};

struct Tally {
  int views = 0;
  int errors = 0;
};

template <typename View>
void one(const Bytes& block, Tally& tally) {
  const ViewResult<View> result = view<View>(block);
  if (!result) {
    ++tally.errors;
    const ViewError& error = result.error();
    REQUIRE_FALSE(error.member.empty());
    REQUIRE(error.needed > error.available);
    REQUIRE(error.available <= block.size());
    return;
  }
  ++tally.views;
  Touch touch;
  touch.visit(*result);
  REQUIRE(touch.bytes <= block.size());
}

template <typename... Views>
struct List {
  static void all(const Bytes& block, Tally& tally) { (one<Views>(block, tally), ...); }
  static constexpr int kCount = sizeof...(Views);
};
using AllViews =
    List<TargetPortalGroupView, TargetMappingView, SendTargetsOutView, LoginToTargetView,
         AddConnectionToSessionView, ScsiInquiryOutView, ScsiReadCapacityOutView,
         ScsiReportLunsOutView, SetChapSharedSecretView, SetRadiusSharedSecretView,
         SetPresharedKeyForIdView, GetPresharedKeyForIdView, SetGroupPresharedKeyView,
         PersistentLoginView, PersistentLoginsView, TargetMappingsView, DiscoveredPortalGroupView,
         DiscoveredTargetView, ReportDiscoveredTargetsView, DiscoveredPortal2View,
         DiscoveredPortalGroup2View, DiscoveredTarget2View, ReportDiscoveredTargets2View,
         SessionStaticInfoView, InitiatorSessionInfoView, PortalInfoClassView,
         SupportedLbPoliciesView, SetLoadBalancePolicyView, QueryLbPolicyView, EventlogView,
         RedirectSessionInfoView, RedirectPortalInfoClassView, BootConfigurationView,
         SecurityCapabilitiesView, RadiusConfigView>;

// Mostly zero, with a few small numbers: counts come out plausible and nest.
Bytes sparse(std::mt19937_64& random, std::size_t size) {
  Bytes block(size);
  const std::size_t spots = size / 64 + 1;
  for (std::size_t i = 0; i < spots && size != 0; ++i) {
    const std::size_t at = random() % size / 4 * 4;
    block[at] = static_cast<std::uint8_t>(random() % 4);
  }
  return block;
}

}  // namespace

TEST_CASE("random bytes") {
  std::mt19937_64 random(20040419);
  Tally tally;
  for (int round = 0; round < 2000; ++round) {
    Bytes block(random() % 4096);
    for (std::uint8_t& byte : block) byte = static_cast<std::uint8_t>(random());
    AllViews::all(block, tally);
  }
  CHECK(tally.errors > 0);
  CHECK(tally.views + tally.errors == 2000 * AllViews::kCount);
}

TEST_CASE("bytes that look like counts") {
  std::mt19937_64 random(3720);
  Tally tally;
  for (int round = 0; round < 2000; ++round) AllViews::all(sparse(random, random() % 8192), tally);
  // Both outcomes have to come up, or the test would say nothing.
  CHECK(tally.errors > 1000);
  CHECK(tally.views > 1000);
}

TEST_CASE("every length of zeros and of ones") {
  Tally zeros, ones;
  for (std::size_t size = 0; size < 3000; size += size < 64 ? 1 : 13) {
    AllViews::all(Bytes(size, 0), zeros);
    AllViews::all(Bytes(size, 0xFF), ones);
  }
  CHECK(zeros.views > 0);
  // All counts are at their highest: nothing has that many bytes.
  CHECK(ones.views == 0);
}

TEST_CASE("a valid block with one byte changed") {
  std::mt19937_64 random(3260);
  ListSize size = persistent_logins_size();
  for (std::size_t i = 0; i < 4; ++i) size.add(persistent_login_size(i, 2 * i));
  Bytes valid(size.size());
  BlockWriter writer(valid);
  REQUIRE(begin_persistent_logins(writer, 4).has_value());
  const Bytes user(8, 'u');
  for (std::uint32_t i = 0; i < 4; ++i) {
    REQUIRE(append_persistent_login(writer, i, ByteView(user).first(2 * i)).has_value());
  }
  REQUIRE(writer.finish().value_or(0) == valid.size());
  Tally tally;
  for (int round = 0; round < 3000; ++round) {
    Bytes block = valid;
    // Half of the changes go to the counts of the first elements.
    const std::size_t at = round % 2 == 0
                               ? random() % block.size()
                               : (round % 4 == 1 ? random() % 8 : 8 + 456 + random() % 8);
    block[at] = static_cast<std::uint8_t>(random());
    one<PersistentLoginsView>(block, tally);
  }
  CHECK(tally.views > 100);
  CHECK(tally.errors > 100);
}

TEST_CASE("a count far beyond the block costs no more than the block") {
  // 2^32 - 1 groups of no portals, 4 bytes each, of which a few thousand are there.
  Bytes block(offsetof(ISCSI_DiscoveredTarget, TargetDiscoveredPortalGroups) + 40000);
  for (int i = 0; i < 4; ++i) block[static_cast<std::size_t>(i)] = 0xFF;
  BlockReader reader(block);
  DiscoveredTargetView out;
  parse(reader, out);
  REQUIRE_FALSE(reader.ok());
  CHECK(reader.error()->member == "ISCSI_DiscoveredTargetPortalGroup");
  CHECK(reader.error()->offset == block.size());
  CHECK(out.groups.empty());
}
