// The layout that follows from the MOF text against the C structures: every class, every method
// block, every member. The two were written apart and do not know each other.
#include <catch2/catch.hpp>
#include <cstddef>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "iscsiop/iscsicfg.hpp"
#include "iscsiop/iscsidef.hpp"
#include "iscsiop/iscsifnd.hpp"
#include "iscsiop/iscsimgt.hpp"
#include "iscsiop/iscsiop.hpp"
#include "iscsiop/iscsiprf.hpp"
#include "wmi-model/model.hpp"
#include "wmi-model/mof.hpp"

using namespace hbalab;

namespace {

struct MemberRow {
  std::string_view name;
  std::size_t offset = 0;  // trailing members: none
  std::size_t size = 0;
  bool variable = false;
  bool trailing = false;
};
struct BlockRow {
  std::string_view cls, method, structure;
  iscsi::Guid16 guid;
  std::size_t size = 0, align = 0;
  std::vector<MemberRow> members;
};

std::vector<BlockRow> block_rows() {
  using namespace hbalab::iscsi;
  std::vector<BlockRow> rows;
#define BLOCK(cls, method, type) \
  rows.push_back({#cls, method, #type, cls##Guid, sizeof(type), alignof(type), {}});
#define MEMBER(type, member)     \
  rows.back().members.push_back( \
      {#member, offsetof(type, member), sizeof(type::member), false, false});
#define VARIABLE(type, member)   \
  rows.back().members.push_back( \
      {#member, offsetof(type, member), sizeof(type::member), true, false});
#define TRAILING(type, member, varies) rows.back().members.push_back({#member, 0, 0, varies, true});
#include "layout_table_mgt.inc"
#include "layout_table_op.inc"
#undef BLOCK
#undef MEMBER
#undef VARIABLE
#undef TRAILING
  return rows;
}

struct MethodRow {
  std::string_view cls, name;
  std::uint32_t id;
};
constexpr MethodRow kMethods[] = {
#define METHOD(cls, name) {#cls, #name, static_cast<std::uint32_t>(iscsi::cls##Method::name)},
#include "method_table.inc"
#undef METHOD
};

// Classes that have methods and no block of their own.
struct ClassGuid {
  std::string_view name;
  iscsi::Guid16 guid;
};
const ClassGuid kMethodClasses[] = {
    {"MSiSCSI_Operations", iscsi::MSiSCSI_OperationsGuid},
    {"MSiSCSI_SecurityConfigOperations", iscsi::MSiSCSI_SecurityConfigOperationsGuid},
    {"MSiSCSI_DiscoveryOperations", iscsi::MSiSCSI_DiscoveryOperationsGuid},
    {"MSiSCSI_LB_Operations", iscsi::MSiSCSI_LB_OperationsGuid},
    {"MSiSCSI_ManagementOperations", iscsi::MSiSCSI_ManagementOperationsGuid},
};

const wmi::SchemaSet& schema() {
  static const auto set = wmi::builtin_schema();
  REQUIRE(set != nullptr);
  return *set;
}

void compare_member(const wmi::Property& property, const wmi::FieldLayout& field,
                    const MemberRow& row, std::size_t& c_end) {
  INFO("member " << row.name);
  CHECK(property.name == row.name);
  CHECK(field.variable == row.variable);
  if (row.trailing) {
    CHECK(field.offset == wmi::FieldLayout::kDynamic);
    return;
  }
  // As C declares it: one element in each array of variable size.
  const std::size_t c_offset = wmi::align_up(c_end, field.align);
  CHECK(c_offset == row.offset);
  CHECK(field.size == row.size);
  if (field.offset != wmi::FieldLayout::kDynamic) CHECK(field.offset == row.offset);
  c_end = c_offset + field.size;
}

void compare_block(const std::vector<wmi::Property>& properties, const wmi::StructLayout& layout,
                   const BlockRow& row, std::uint32_t first_id) {
  INFO("structure " << row.structure);
  REQUIRE(properties.size() == row.members.size());
  REQUIRE(layout.fields.size() == row.members.size());
  std::size_t c_end = 0;
  bool dynamic = false;
  const MemberRow* last = nullptr;
  for (std::size_t i = 0; i < properties.size(); ++i) {
    compare_member(properties[i], layout.fields[i], row.members[i], c_end);
    CHECK(properties[i].id == first_id + i);
    CHECK((layout.fields[i].offset == wmi::FieldLayout::kDynamic) == dynamic);
    dynamic = dynamic || row.members[i].variable;
    if (!row.members[i].trailing) last = &row.members[i];
  }
  CHECK(layout.variable == dynamic);
  CHECK(layout.align == row.align);
  CHECK(layout.c_size == row.size);
  REQUIRE(last != nullptr);
  CHECK(layout.unpadded_size == last->offset + last->size);
}

bool is_out(const BlockRow& row) { return row.structure.ends_with("_OUT"); }

}  // namespace

TEST_CASE("the MOF has the 53 classes and no other") {
  std::set<std::string_view> expected;
  for (const BlockRow& row : block_rows()) expected.insert(row.cls);
  for (const ClassGuid& cls : kMethodClasses) expected.insert(cls.name);
  CHECK(expected.size() == 53);
  std::map<wmi::ClassKind, int> kinds;
  std::set<std::string_view> found;
  for (const auto& cls : schema().classes()) {
    INFO(cls->name);
    CHECK(expected.contains(cls->name));
    CHECK(found.insert(cls->name).second);
    CHECK_FALSE(cls->description.empty());
    CHECK_FALSE(cls->header.empty());
    ++kinds[cls->kind];
  }
  CHECK(found.size() == 53);
  CHECK(kinds[wmi::ClassKind::data_block] == 24);
  CHECK(kinds[wmi::ClassKind::event] == 4);
  CHECK(kinds[wmi::ClassKind::methods] == 5);
  CHECK(kinds[wmi::ClassKind::embedded] == 20);
}

TEST_CASE("every block has the layout of its structure") {
  std::size_t blocks = 0, members = 0;
  for (const BlockRow& row : block_rows()) {
    INFO("class " << row.cls);
    const wmi::Class* cls = schema().find(row.cls);
    REQUIRE(cls != nullptr);
    CHECK(cls->guid.bytes == row.guid);
    if (row.method.empty()) {
      compare_block(cls->properties, cls->layout, row, 1);
    } else {
      const wmi::Method* method = cls->method(row.method);
      REQUIRE(method != nullptr);
      const auto in = static_cast<std::uint32_t>(method->in.size());
      if (is_out(row)) {
        compare_block(method->out, method->out_layout, row, in + 1);
      } else {
        compare_block(method->in, method->in_layout, row, 1);
      }
    }
    ++blocks;
    members += row.members.size();
  }
  CHECK(blocks == 48 + 27 + 24);  // classes with data, answers, and questions that are not empty
  CHECK(members == 312 + 76 + 50);
}

TEST_CASE("every method has its id") {
  std::map<std::string_view, std::size_t> count;
  for (const MethodRow& row : kMethods) {
    INFO(row.cls << "." << row.name);
    const wmi::Class* cls = schema().find(row.cls);
    REQUIRE(cls != nullptr);
    const wmi::Method* method = cls->method(row.name);
    REQUIRE(method != nullptr);
    CHECK(method->name == row.name);
    CHECK(method->id == row.id);
    CHECK(cls->method(row.id) == method);
    CHECK_FALSE(method->description.empty());
    ++count[row.cls];
  }
  CHECK(std::size(kMethods) == 27);
  for (const auto& [cls, methods] : count) CHECK(schema().find(cls)->methods.size() == methods);
  for (const ClassGuid& cls : kMethodClasses) {
    INFO(cls.name);
    REQUIRE(schema().find(cls.name) != nullptr);
    CHECK(schema().find(cls.name)->guid.bytes == cls.guid);
    CHECK(count[cls.name] > 0);
  }
}

TEST_CASE("every member says what it is, and statuses have their table") {
  const auto check = [](const std::vector<wmi::Property>& properties) {
    for (const wmi::Property& property : properties) {
      INFO(property.name);
      CHECK_FALSE(property.description.empty());
      if (property.array == wmi::ArrayKind::counted) {
        REQUIRE(property.count_index >= 0);
        CHECK(properties[static_cast<std::size_t>(property.count_index)].type !=
              wmi::CimType::object);
      }
    }
  };
  for (const auto& cls : schema().classes()) {
    INFO(cls->name);
    check(cls->properties);
    for (const wmi::Method& method : cls->methods) {
      INFO(method.name);
      check(method.in);
      check(method.out);
      REQUIRE_FALSE(method.out.empty());
      REQUIRE(method.out.front().name == "Status");
      REQUIRE(method.out.front().enumeration != nullptr);
      CHECK(method.out.front().enumeration->items.size() == 105);
      CHECK(method.out.front().enumeration->describe(0xEFFF0029u) == "ISDSC_TARGET_NOT_FOUND");
    }
  }
}

TEST_CASE("secrets are marked wherever a class carries one") {
  // Password, Key and SharedSecret of whatever block; their sizes are not secret.
  std::size_t secrets = 0;
  const auto check = [&](const std::vector<wmi::Property>& properties) {
    for (const wmi::Property& property : properties) {
      INFO(property.name);
      const bool named =
          property.name == "Password" || property.name == "Key" || property.name == "SharedSecret";
      CHECK(property.secret == named);
      secrets += property.secret ? 1u : 0u;
    }
  };
  for (const auto& cls : schema().classes()) {
    INFO(cls->name);
    check(cls->properties);
    for (const wmi::Method& method : cls->methods) {
      check(method.in);
      check(method.out);
    }
  }
  CHECK(secrets == 12);
}
