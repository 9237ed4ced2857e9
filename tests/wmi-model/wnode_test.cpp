// WNODE packing and unpacking: round trips, and bytes that a driver should not have sent.
#include <catch2/catch.hpp>
#include <cstring>
#include <random>

#include "wmi-model/wnode.hpp"
#include "wmi-model/wnode/wnode_layout.hpp"

using namespace hbalab::wmi;
namespace w = hbalab::wmi::wnode;

namespace {

const Guid kGuid = *Guid::parse("420512d9-0537-4c67-a779-84ba7b29ce9f");
using Bytes = std::vector<std::uint8_t>;

Bytes bytes_of(const WnodeBuffer& buffer) { return {buffer.bytes().begin(), buffer.bytes().end()}; }
void put32(Bytes& bytes, std::size_t offset, std::uint32_t value) {
  w::store(std::span(bytes), offset, value);
}
std::uint32_t get32(const Bytes& bytes, std::size_t offset) { return w::load32(bytes, offset); }

// An ALL_DATA with a table of offsets and lengths.
Bytes all_data(std::uint32_t count, std::size_t size) {
  Bytes bytes(size);
  put32(bytes, w::kBufferSize, static_cast<std::uint32_t>(size));
  put32(bytes, w::kFlags, w::kFlagAllData | w::kFlagStaticInstanceNames);
  put32(bytes, w::kAllInstanceCount, count);
  return bytes;
}

}  // namespace

TEST_CASE("requests for static instances carry index, flags and aligned data") {
  const Bytes data{1, 2, 3, 4, 5};
  const Bytes set = bytes_of(pack_set_single(kGuid, {7, u"log only"}, data));
  CHECK(get32(set, w::kBufferSize) == set.size());
  CHECK(get32(set, w::kFlags) == (w::kFlagSingleInstance | w::kFlagStaticInstanceNames));
  CHECK(get32(set, w::kInstanceIndex) == 7);
  CHECK(get32(set, w::kNameOffset) == 0);
  CHECK(get32(set, w::kInstanceDataOffset) == 64);
  CHECK(std::memcmp(set.data() + w::kGuid, kGuid.bytes.data(), 16) == 0);
  const auto back = unpack_single(set);
  REQUIRE(back.has_value());
  CHECK(Bytes(back->begin(), back->end()) == data);

  const Bytes item = bytes_of(pack_set_item(kGuid, {0, u""}, 9, data));
  CHECK(get32(item, w::kItemId) == 9);
  CHECK(get32(item, w::kItemDataOffset) == 72);
  CHECK(unpack_single(item)->size() == 5);

  const WnodeBuffer method = pack_method(kGuid, {0, u""}, 3, data, 100);
  CHECK(method.capacity() == 172);
  CHECK(get32(bytes_of(method), w::kBufferSize) == 77);
  // OUT shares its place with IN; what is behind that is poisoned.
  CHECK(Bytes(method.data() + 77, method.data() + 172) == Bytes(95, w::kPoison));
  CHECK(get32(bytes_of(method), w::kFlags) == (w::kFlagMethodItem | w::kFlagStaticInstanceNames));
  CHECK(reinterpret_cast<std::uintptr_t>(method.data()) % 16 == 0);
}

TEST_CASE("requests for dynamic instances carry the name in front of the data") {
  const InstanceKey key{InstanceKey::kByName, u"alpha/1"};
  const Bytes set = bytes_of(pack_set_single(kGuid, key, Bytes{9}));
  CHECK((get32(set, w::kFlags) & w::kFlagStaticInstanceNames) == 0);
  const std::size_t name = get32(set, w::kNameOffset);
  CHECK(name % 2 == 0);
  CHECK(w::load<std::uint16_t>(set, name) == 14);
  CHECK(std::memcmp(set.data() + name + 2, u"alpha/1", 14) == 0);
  CHECK(get32(set, w::kInstanceDataOffset) % 8 == 0);
  CHECK(unpack_single(set)->front() == 9);
}

TEST_CASE("every request has room for a WNODE_TOO_SMALL") {
  CHECK(pack_query_all(kGuid, 0).capacity() >= 56);
  CHECK(pack_query_single(kGuid, {0, u""}, 0).capacity() >= 56);
  CHECK(pack_control(kGuid).capacity() >= 56);
  CHECK(pack_reginfo(0).capacity() >= 56);
}

TEST_CASE("WNODE_TOO_SMALL is recognised") {
  Bytes bytes(56);
  put32(bytes, w::kFlags, w::kFlagTooSmall | w::kFlagAllData);
  put32(bytes, w::kSizeNeeded, 4711);
  CHECK(too_small(bytes) == 4711u);
  CHECK_FALSE(too_small(std::span(bytes).first(48)).has_value());
  put32(bytes, w::kFlags, w::kFlagAllData);
  CHECK_FALSE(too_small(bytes).has_value());
}

TEST_CASE("all data with a fixed size") {
  Bytes bytes = all_data(3, 64 + 16 + 16 + 12);
  put32(bytes, w::kFlags, w::kFlagAllData | w::kFlagFixedInstanceSize);
  put32(bytes, w::kAllDataBlockOffset, 64);
  put32(bytes, w::kAllFixedSize, 12);
  bytes[64 + 32] = 0x55;
  const auto all = unpack_all_data(bytes);
  REQUIRE(all.has_value());
  REQUIRE(all->instances.size() == 3);  // the last one need not be padded
  CHECK(all->instances[2].data.size() == 12);
  CHECK(all->instances[2].data[0] == 0x55);
  put32(bytes, w::kAllInstanceCount, 4);
  CHECK_FALSE(unpack_all_data(bytes).has_value());
  put32(bytes, w::kAllInstanceCount, 0xFFFFFFFF);
  CHECK_FALSE(unpack_all_data(bytes).has_value());
  put32(bytes, w::kAllFixedSize, 0);
  CHECK_FALSE(unpack_all_data(bytes).has_value());  // four billion empty instances are no answer
  put32(bytes, w::kAllInstanceCount, 0);
  CHECK(unpack_all_data(bytes)->instances.empty());
}

TEST_CASE("all data with varying sizes and names") {
  Bytes bytes = all_data(2, 200);
  put32(bytes, w::kFlags, w::kFlagAllData);
  put32(bytes, 60, 104);
  put32(bytes, 64, 5);
  put32(bytes, 68, 113);  // not aligned, but inside
  put32(bytes, 72, 3);
  put32(bytes, w::kAllNameOffsets, 76);
  put32(bytes, 76, 120);
  put32(bytes, 80, 130);
  bytes[120] = 4;
  std::memcpy(bytes.data() + 122, u"ab", 4);
  const auto all = unpack_all_data(bytes);
  REQUIRE(all.has_value());
  CHECK(all->instances[0].name == u"ab");
  CHECK(all->instances[0].data.size() == 5);
  CHECK(all->instances[1].name.empty());
  CHECK(all->instances[1].data.data() == bytes.data() + 113);

  SECTION("data outside of the buffer") {
    put32(bytes, 60, 0xFFFFFFFE);
    const auto error = unpack_all_data(bytes);
    REQUIRE_FALSE(error.has_value());
    CHECK(error.error().field == "WNODE_ALL_DATA.OffsetInstanceDataAndLength[0]");
  }
  SECTION("data over the table") {
    put32(bytes, 60, 60);
    CHECK_FALSE(unpack_all_data(bytes).has_value());
  }
  SECTION("instances that stand for more than the buffer") {
    put32(bytes, 60, 100);
    put32(bytes, 64, 100);
    put32(bytes, 68, 99);
    put32(bytes, 72, 101);
    const auto error = unpack_all_data(bytes);
    REQUIRE_FALSE(error.has_value());
    CHECK(error.error().message == "instances overlap");
  }
  SECTION("a name with an odd count") {
    bytes[120] = 3;
    CHECK_FALSE(unpack_all_data(bytes).has_value());
  }
  SECTION("a name beyond the end") {
    put32(bytes, 80, 199);
    CHECK_FALSE(unpack_all_data(bytes).has_value());
  }
  SECTION("a table of names beyond the end") {
    put32(bytes, w::kAllNameOffsets, 196);
    CHECK_FALSE(unpack_all_data(bytes).has_value());
  }
  SECTION("more instances than the buffer has entries") {
    put32(bytes, w::kAllInstanceCount, 0x20000000);
    CHECK_FALSE(unpack_all_data(bytes).has_value());
  }
  SECTION("a WNODE larger than its buffer") {
    put32(bytes, w::kBufferSize, 201);
    const auto error = unpack_all_data(bytes);
    REQUIRE_FALSE(error.has_value());
    CHECK(error.error().to_string() == "WNODE_HEADER.BufferSize: 201 bytes in a buffer of 200");
  }
  SECTION("names as bytes") {
    put32(bytes, w::kFlags, w::kFlagAllData | w::kFlagAnsiInstanceNames);
    std::memcpy(bytes.data() + 122, "name", 4);
    CHECK(unpack_all_data(bytes)->instances[0].name == u"name");
  }
}

TEST_CASE("single answers refuse offsets that are not theirs") {
  Bytes bytes = bytes_of(pack_set_single(kGuid, {0, u""}, Bytes(16, 1)));
  for (const std::uint32_t offset : {0u, 63u, 65u, 80u, 0xFFFFFFF8u}) {
    put32(bytes, w::kInstanceDataOffset, offset);
    INFO(offset);
    CHECK_FALSE(unpack_single(bytes).has_value());
  }
  put32(bytes, w::kInstanceDataOffset, 64);
  put32(bytes, w::kInstanceDataSize, 17);
  CHECK_FALSE(unpack_single(bytes).has_value());
  put32(bytes, w::kInstanceDataSize, 0);
  CHECK(unpack_single(bytes)->empty());
  put32(bytes, w::kFlags, 0);
  CHECK_FALSE(unpack_single(bytes).has_value());
  for (std::size_t size = 0; size < 64; ++size) {
    CHECK_FALSE(unpack_single(std::span(bytes).first(size)).has_value());
  }
}

TEST_CASE("events round-trip with an index or a name") {
  const EventItem plain{kGuid, 3, u"", 123456789, {1, 2, 3}};
  const auto back = unpack_event(pack_event(plain));
  REQUIRE(back.has_value());
  CHECK(back->guid == kGuid);
  CHECK(back->instance_index == 3);
  CHECK(back->instance_name.empty());
  CHECK(back->timestamp == 123456789);
  CHECK(back->data == plain.data);
  const EventItem named{kGuid, 0, u"alpha", 1, {}};
  const auto name = unpack_event(pack_event(named));
  REQUIRE(name.has_value());
  CHECK(name->instance_name == u"alpha");
  CHECK(name->data.empty());
  Bytes bytes = pack_event(plain);
  put32(bytes, w::kFlags, w::kFlagSingleInstance);
  CHECK_FALSE(unpack_event(bytes).has_value());
  put32(bytes, w::kFlags, w::kFlagEventItem | w::kFlagAllData);
  CHECK_FALSE(unpack_event(bytes).has_value());
}

TEST_CASE("registrations round-trip") {
  RegInfo info;
  info.registry_path = "\\Registry\\Machine\\é";
  info.mof_resource = "FakeMof";
  info.guids.push_back({kGuid, w::kRegFlagInstancePdo, 2, {}});
  info.guids.push_back({kGuid, w::kRegFlagInstanceList, 2, {u"one", u"two"}});
  info.guids.push_back({kGuid, 0x40000000, 0xFFFFFFFF, {}});
  const auto back = unpack_reginfo(pack_reginfo_answer(info));
  REQUIRE(back.has_value());
  CHECK(back->registry_path == info.registry_path);
  CHECK(back->mof_resource == "FakeMof");
  REQUIRE(back->guids.size() == 3);
  CHECK(back->guids[0].instance_count == 2);
  CHECK(back->guids[0].names.empty());
  CHECK(back->guids[1].names == std::vector<std::u16string>{u"one", u"two"});
  CHECK(back->guids[2].instance_count == 0xFFFFFFFF);
  CHECK(back->guids[2].flags == 0x40000000);
}

TEST_CASE("base names are expanded, within bounds") {
  RegInfo info;
  info.guids.push_back({kGuid, w::kRegFlagInstanceList, 1, {u"Port"}});
  Bytes bytes = pack_reginfo_answer(info);
  const std::size_t entry = w::kRegGuids;
  put32(bytes, entry + w::kRegGuidFlags, w::kRegFlagInstanceBasename);
  put32(bytes, entry + w::kRegGuidInstanceCount, 3);
  const auto back = unpack_reginfo(bytes);
  REQUIRE(back.has_value());
  CHECK(back->guids[0].names == std::vector<std::u16string>{u"Port0", u"Port1", u"Port2"});
  put32(bytes, entry + w::kRegGuidInstanceCount, 0x7FFFFFFF);
  CHECK_FALSE(unpack_reginfo(bytes).has_value());
  put32(bytes, entry + w::kRegGuidInstanceInfo, 0xFFFFFFFF);
  put32(bytes, entry + w::kRegGuidInstanceCount, 1);
  CHECK_FALSE(unpack_reginfo(bytes).has_value());
}

TEST_CASE("chains of registrations are followed forwards only") {
  RegInfo info;
  info.guids.push_back({kGuid, 0, 1, {}});
  const Bytes one = pack_reginfo_answer(info);
  Bytes chain = one;
  chain.insert(chain.end(), one.begin(), one.end());
  put32(chain, w::kRegNext, static_cast<std::uint32_t>(one.size()));
  const auto two = unpack_reginfo(chain);
  REQUIRE(two.has_value());
  CHECK(two->guids.size() == 2);
  put32(chain, w::kRegNext, 8);  // into itself
  CHECK_FALSE(unpack_reginfo(chain).has_value());
  put32(chain, w::kRegNext, 0xFFFFFFFF);
  CHECK_FALSE(unpack_reginfo(chain).has_value());
  Bytes counted = one;
  put32(counted, w::kRegGuidCount, 0x10000000);
  CHECK_FALSE(unpack_reginfo(counted).has_value());
  for (std::size_t size = 0; size < one.size(); ++size) {
    CHECK_FALSE(unpack_reginfo(std::span(one).first(size)).has_value());
  }
}

TEST_CASE("random changes never lead outside of the buffer") {
  std::mt19937 random(20260101);
  RegInfo info;
  info.guids.push_back({kGuid, w::kRegFlagInstanceList, 2, {u"one", u"two"}});
  const std::vector<Bytes> seeds{pack_event({kGuid, 0, u"name", 1, Bytes(20, 1)}),
                                 pack_reginfo_answer(info), all_data(3, 160),
                                 bytes_of(pack_method(kGuid, {1, u""}, 2, Bytes(30, 3), 64))};
  std::size_t accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    Bytes bytes = seeds[random() % seeds.size()];
    for (unsigned changes = random() % 6; changes > 0; --changes) {
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    }
    bytes.resize(bytes.size() - random() % 8);
    bytes.shrink_to_fit();  // so that a sanitizer sees the end
    const auto inside = [&](std::span<const std::uint8_t> part) {
      return part.empty() || (part.data() >= bytes.data() &&
                              part.data() + part.size() <= bytes.data() + bytes.size());
    };
    if (const auto single = unpack_single(bytes)) {
      REQUIRE(inside(*single));
      ++accepted;
    }
    if (const auto all = unpack_all_data(bytes)) {
      for (const auto& instance : all->instances) REQUIRE(inside(instance.data));
      ++accepted;
    }
    accepted += unpack_event(bytes).has_value() + unpack_reginfo(bytes).has_value();
  }
  CHECK(accepted > 1000);
}
