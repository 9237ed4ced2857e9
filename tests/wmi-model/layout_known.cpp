// Layouts worked out by hand from the rules of "Driver-Defined WMI Data Items" and checked against
// the structures of the generated headers (x64).
#include <set>

#include "mof_support.hpp"

using namespace mof_test;

namespace {

constexpr std::size_t kDynamic = FieldLayout::kDynamic;

std::vector<std::size_t> offsets(const StructLayout& layout) {
  std::vector<std::size_t> out;
  for (const FieldLayout& field : layout.fields) out.push_back(field.offset);
  return out;
}

std::vector<std::size_t> sizes(const StructLayout& layout) {
  std::vector<std::size_t> out;
  for (const FieldLayout& field : layout.fields) out.push_back(field.size);
  return out;
}

using Sizes = std::vector<std::size_t>;

}  // namespace

TEST_CASE("layout: every scalar is aligned to its size") {
  const auto set = good(
      "[WMI] class A { [WmiDataId(1)] uint8 a; [WmiDataId(2)] uint16 b; [WmiDataId(3)] boolean c;\n"
      "[WmiDataId(4)] uint32 d; [WmiDataId(5)] uint8 e; [WmiDataId(6)] uint64 f; [WmiDataId(7)] "
      "char16 g;\n"
      "[WmiDataId(8)] real32 h; [WmiDataId(9)] datetime i; [WmiDataId(10)] real64 j; "
      "[WmiDataId(11)] uint8 k; };\n");
  const StructLayout& layout = set->find("A")->layout;
  CHECK(offsets(layout) == Sizes{0, 2, 4, 8, 12, 16, 24, 28, 32, 88, 96});
  CHECK(layout.unpadded_size == 97);
  CHECK(layout.c_size == 104);
  CHECK(layout.fixed_size == 104);
  CHECK(layout.align == 8);
  CHECK_FALSE(layout.variable);
}

TEST_CASE("layout: strings and arrays") {
  const auto set = good(
      "[WMI] class A { [WmiDataId(1)] uint8 n; [WmiDataId(2), MaxLen(3)] string s;\n"
      "[WmiDataId(3), MaxLen(3)] string t[2]; [WmiDataId(4)] uint32 u[3]; [WmiDataId(5)] string "
      "v;\n"
      "[WmiDataId(6), WmiSizeIs(\"n\")] uint64 w[]; [WmiDataId(7)] uint8 x; };\n");
  const StructLayout& layout = set->find("A")->layout;
  CHECK(offsets(layout) == Sizes{0, 2, 10, 28, 40, kDynamic, kDynamic});
  CHECK(sizes(layout) == Sizes{1, 8, 16, 12, 4, 8, 1});
  CHECK(layout.fields[2].element_size == 8);
  CHECK(layout.fields[3].element_size == 4);
  CHECK(layout.fields[4].variable);
  CHECK(layout.fields[5].variable);
  CHECK_FALSE(layout.fields[6].variable);
  CHECK(layout.variable);
  CHECK(layout.fixed_size == 40);
  // C declares a byte for the string without a limit, and nothing behind it.
  CHECK(layout.fields[4].c_offset == 40);
  CHECK(layout.fields[5].c_offset == kDynamic);
  CHECK(layout.unpadded_size == 41);
  CHECK(layout.c_size == 48);
  CHECK(layout.c_align == 4);
  CHECK(layout.align == 8);
}

TEST_CASE("layout: ISCSI_Persistent_Login and what it embeds") {
  const auto set = builtin_schema();
  const StructLayout& address = class_in(*set, "ISCSI_IP_Address").layout;
  CHECK(offsets(address) == Sizes{0, 4, 8, 24, 28, 32});
  CHECK(address.unpadded_size == 546);
  CHECK(address.c_size == 548);
  CHECK(class_in(*set, "ISCSI_TargetPortal").layout.c_size == 556);
  const StructLayout& mapping = class_in(*set, "ISCSI_TargetMapping").layout;
  CHECK(offsets(mapping) == Sizes{0, 4, 8, 16, 20, 468, 472, 480});
  CHECK(mapping.fields[7].element_size == 16);
  CHECK(mapping.fixed_size == 480);
  CHECK(mapping.c_size == 496);
  CHECK(mapping.variable);
  const StructLayout& login = class_in(*set, "ISCSI_Persistent_Login").layout;
  CHECK(offsets(login) == Sizes{0, 448, 456, 460, 464, 466, 468, 1024, 1056, kDynamic});
  CHECK(sizes(login) == Sizes{448, 8, 4, 4, 1, 2, 556, 32, 496, 1});
  CHECK(login.fixed_size == 1056);
  CHECK(login.unpadded_size == 1553);
  CHECK(login.c_size == 1560);
}

TEST_CASE("layout: blocks with tails and methods") {
  const auto set = builtin_schema();
  const StructLayout& boot = class_in(*set, "MSiSCSI_BootConfiguration").layout;
  CHECK(offsets(boot) == Sizes{0, 8, 16, 20, 24, 26, 474, 924, 1480, 1512, kDynamic});
  CHECK(boot.unpadded_size == 1513);
  CHECK(boot.c_size == 1520);
  const Method* send = class_in(*set, "MSiSCSI_Operations").method("SendTargets");
  REQUIRE(send != nullptr);
  CHECK(offsets(send->in_layout) == Sizes{0, 8});
  CHECK(send->in_layout.c_size == 456);
  CHECK(offsets(send->out_layout) == Sizes{0, 4, 8});
  CHECK(send->out_layout.unpadded_size == 9);
  CHECK(send->out_layout.c_size == 12);
  const StructLayout& nic = class_in(*set, "MSiSCSI_NICConfig").layout;
  CHECK(offsets(nic) == Sizes{0, 4, 8, 12, 16});
  CHECK(nic.unpadded_size == 22);
  CHECK(nic.c_size == 24);
}

TEST_CASE("builtin_schema: one set, built once, free of errors") {
  CHECK(builtin_schema() == builtin_schema());
  const auto set = builtin_schema();
  std::set<std::string> guids;
  for (const auto& cls : set->classes()) {
    INFO(cls->name);
    CHECK(cls->has_guid);
    CHECK(cls->kind != ClassKind::other);
    CHECK_FALSE(cls->header.empty());
    CHECK(guids.insert(cls->guid.to_string()).second);
    CHECK(set->find(cls->guid) == cls.get());
  }
}
