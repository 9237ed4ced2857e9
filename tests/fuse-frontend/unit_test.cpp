// Numbers, names, tables and schema trees, without a mount.
#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <set>

#include "fake_device.hpp"
#include "fuse-frontend/errno_map.hpp"
#include "fuse-frontend/event_log.hpp"
#include "fuse-frontend/held.hpp"
#include "fuse-frontend/inode.hpp"
#include "fuse-frontend/intern.hpp"
#include "fuse-frontend/json_scan.hpp"
#include "fuse-frontend/method_state.hpp"
#include "fuse-frontend/names.hpp"
#include "fuse-frontend/schema_tree.hpp"
#include "wmi-model/text.hpp"

using namespace hbalab;
using namespace hbalab::fs;

namespace {

Indices indices(std::initializer_list<std::uint32_t> list) {
  Indices result;
  for (const std::uint32_t index : list) result = result.with(index);
  return result;
}

}  // namespace

TEST_CASE("inode numbers give back what they were made of") {
  rc::prop("encode then decode is the identity where it fits", [] {
    const auto kind =
        *rc::gen::element(InodeKind::class_item, InodeKind::instance, InodeKind::invocation);
    const auto slot = *rc::gen::inRange<std::uint32_t>(0, kMaxSlot + 1);
    const auto node = *rc::gen::inRange<std::uint32_t>(0, kMaxNode + 1);
    const auto depth = *rc::gen::inRange(0, 3);
    Indices at;
    if (depth == 1) at = indices({*rc::gen::inRange<std::uint32_t>(0, 1u << 28)});
    if (depth == 2) {
      at = indices({*rc::gen::inRange<std::uint32_t>(0, 1u << 18),
                    *rc::gen::inRange<std::uint32_t>(0, 1u << 10)});
    }
    const auto inode = encode_inode(kind, slot, node, at);
    RC_ASSERT(inode.has_value());
    RC_ASSERT(*inode > kLabInode);
    const InodeParts parts = decode_inode(*inode);
    RC_ASSERT(parts.kind == kind);
    RC_ASSERT(parts.slot == slot);
    RC_ASSERT(parts.node == node);
    RC_ASSERT(unpack_indices(parts.packed_indices, at.depth) == at);
  });
  rc::prop("any number decodes", [](std::uint64_t inode) {
    const InodeParts parts = decode_inode(inode);
    RC_ASSERT(parts.slot <= kMaxSlot);
    RC_ASSERT(parts.node <= kMaxNode);
  });
  CHECK_FALSE(encode_inode(InodeKind::instance, kMaxSlot + 1, 0, {}));
  CHECK_FALSE(encode_inode(InodeKind::instance, 0, kMaxNode + 1, {}));
  CHECK_FALSE(encode_inode(InodeKind::instance, 0, 0, indices({1u << 28})));
  CHECK_FALSE(encode_inode(InodeKind::instance, 0, 0, indices({0, 1u << 10})));
  CHECK_FALSE(encode_inode(InodeKind::instance, 0, 0, indices({1u << 18, 0})));
  CHECK_FALSE(encode_inode(InodeKind::instance, 0, 0, indices({1, 2, 3})));
  CHECK_FALSE(unpack_indices(0, 3));
}

TEST_CASE("what does not fit an inode is interned while the kernel knows it") {
  InternTable table;
  const InternedTarget deep{InodeKind::instance, 3, 5, indices({1, 2, 3}), {}};
  InternedTarget path;
  path.path = "fabric/targets";
  const auto a = table.look_up(deep);
  CHECK(table.look_up(deep) == a);
  const auto b = table.look_up(path);
  CHECK(a != b);
  CHECK(decode_inode(a).kind == InodeKind::interned);
  CHECK(table.find(a) == deep);
  CHECK(table.peek(path) == b);
  CHECK(table.known_children("fabric") == std::vector<std::string>{"targets"});
  CHECK(table.known_children("") == std::vector<std::string>{});
  table.forget(a, 1);
  CHECK(table.find(a) == deep);
  table.forget(a, 1);
  CHECK_FALSE(table.find(a));
  CHECK(table.peek(deep) != a);
  table.forget(b, 1);
  CHECK(table.size() == 0);
  CHECK(table.look_up(deep) != a);  // a number is not used again
}

TEST_CASE("whoever may be writing to a file has a node of his own") {
  InternTable table;
  InternedTarget path;
  path.path = "call";
  const InternTable::Time now{};
  const auto later = now + InternTable::kReserved;
  const auto shared = table.look_up(path);
  const auto own = table.look_up_own(path, now);
  CHECK(own != shared);
  CHECK(table.find(own) == path);

  const auto second = table.look_up_own(path, later - std::chrono::nanoseconds(1));
  CHECK(second != own);                          // it may be opened yet
  CHECK(table.look_up_own(path, later) == own);  // it was not
  table.occupy(own);
  table.occupy(second);
  const auto third = table.look_up_own(path, later);
  CHECK((third != own && third != second));
  table.vacate(second);
  CHECK(table.look_up_own(path, later) == second);  // done with: no need to wait

  table.occupy(own);
  table.vacate(own);
  CHECK(table.look_up_own(path, later) != own);  // one of two is still at it
  table.vacate(own);
  table.forget(own, 2);
  CHECK_FALSE(table.find(own));
  table.vacate(own);  // a release that comes after the forget
  CHECK(table.look_up_own(path, later) != own);

  InternedTarget other;
  other.path = "other";
  CHECK(table.look_up_own(other, later) != second);
  CHECK(table.known_inode(path) == shared);  // untouched by those that are somebody's own
}

TEST_CASE("instance names become directory names one to one") {
  CHECK(encode_name("PCI\\VEN_1&DEV/2_0") == "PCI\\VEN_1&DEV%2F2_0");
  CHECK(encode_name("100%") == "100%25");
  CHECK(encode_name(".") == "%2E");
  CHECK(encode_name("..") == "%2E.");
  CHECK(encode_name("...") == "...");
  CHECK(encode_name(std::string_view("a\0b", 3)) == "a%00b");
  CHECK(encode_name("") == "%");
  rc::prop("no two names meet", [](const std::string& a, const std::string& b) {
    RC_ASSERT((a == b) == (encode_name(a) == encode_name(b)));
    RC_ASSERT(encode_name(a).find('/') == std::string::npos);
    RC_ASSERT(decode_name(encode_name(a)) == a);
  });
}

TEST_CASE("only what stands for a name is decoded") {
  for (const char* text : {"", "100%", "100%2", "a%2g", "a%41", "%2e", "%%"}) {
    INFO(text);
    CHECK_FALSE(decode_name(text).has_value());
  }
  CHECK(decode_name("a%2Fb") == "a/b");
}

TEST_CASE("element names are plain decimal numbers") {
  std::uint32_t index = 0;
  CHECK((parse_index("0", index) && index == 0));
  CHECK((parse_index("4294967294", index) && index == 4294967294u));
  for (const char* bad :
       {"", "00", "07", "-1", "+1", " 1", "1 ", "x", "4294967295", "99999999999"}) {
    INFO(bad);
    CHECK_FALSE(parse_index(bad, index));
  }
}

TEST_CASE("times are printed as ISO 8601") {
  CHECK(format_filetime(116444736000000000) == "1970-01-01T00:00:00.0000000Z");
  CHECK(format_filetime(116444736000000000 + 12345678) == "1970-01-01T00:00:01.2345678Z");
  CHECK(format_filetime(0) == "1601-01-01T00:00:00.0000000Z");
}

TEST_CASE("every error has its errno") {
  using wmi::NtStatus;
  using Kind = wmi::TextError::Kind;
  CHECK(errno_of(Kind::malformed) == EINVAL);
  CHECK(errno_of(Kind::range) == ERANGE);
  CHECK(errno_of(Kind::unknown_key) == EINVAL);
  CHECK(errno_of(Kind::missing) == EINVAL);
  CHECK(errno_of(Kind::too_large) == EFBIG);
  CHECK(errno_of(NtStatus::success) == 0);
  CHECK(errno_of(NtStatus::device_busy) == EBUSY);
  CHECK(errno_of(NtStatus::invalid_parameter) == EINVAL);
  CHECK(errno_of(NtStatus::no_such_device) == ENODEV);
  CHECK(errno_of(NtStatus::invalid_device_request) == EOPNOTSUPP);
  CHECK(errno_of(NtStatus::buffer_too_small) == EOVERFLOW);
  CHECK(errno_of(NtStatus::insufficient_resources) == ENOSPC);
  CHECK(errno_of(NtStatus::io_timeout) == ETIMEDOUT);
  CHECK(errno_of(NtStatus::cancelled) == EINTR);
  CHECK(errno_of(NtStatus::io_device_error) == EIO);
  CHECK(errno_of(NtStatus::wmi_guid_not_found) == EOPNOTSUPP);
  CHECK(errno_of(NtStatus::wmi_instance_not_found) == ENOENT);
  CHECK(errno_of(NtStatus::wmi_itemid_not_found) == EOPNOTSUPP);
  CHECK(errno_of(NtStatus::wmi_read_only) == EACCES);
  CHECK(errno_of(NtStatus::wmi_set_failure) == EIO);
  CHECK(errno_of(static_cast<NtStatus>(0xC0001234u)) == EIO);
  CHECK(errno_name(ERANGE) == "ERANGE");
  CHECK(errno_name(12345) == "errno 12345");
}

TEST_CASE("a reason is one line of JSON") {
  const Failure text = failure(wmi::TextError{wmi::TextError::Kind::unknown_key, "A.B", "no", "C"});
  CHECK(text.error == EINVAL);
  CHECK(text.reason ==
        "{\"error\":\"EINVAL\",\"path\":\"A.B\",\"message\":\"no\",\"suggestion\":\"C\"}\n");
  const Failure driver = failure(wmi::WmiError{wmi::NtStatus::io_timeout, "late"});
  CHECK(driver.reason ==
        "{\"error\":\"ETIMEDOUT\",\"message\":\"late\",\"status\":\"STATUS_IO_TIMEOUT\"}\n");
  CHECK(failure(wmi::WmiError{static_cast<wmi::NtStatus>(0xC0001234u), "?"})
            .reason.find("0xC0001234") != std::string::npos);
  // Bytes that are no UTF-8 do not break it.
  CHECK(nlohmann::json::accept(failure(EIO, "\xff\xfe").reason));
}

TEST_CASE("a JSON request is complete when its object closes") {
  rc::prop("cutting it anywhere makes no difference", [](std::uint8_t at) {
    const std::string text = " {\"a\": [1, {\"b\": \"}\\\"]\"}]}\n";
    const std::size_t cut = at % (text.size() - 1);
    JsonScan scan;
    scan.feed(std::string_view(text).substr(0, cut));
    RC_ASSERT(scan.complete() == (cut >= text.size() - 1));
    scan.feed(std::string_view(text).substr(cut));
    RC_ASSERT(scan.complete());
  });
  JsonScan blank;
  blank.feed("  ");
  CHECK_FALSE(blank.complete());
  CHECK(blank.blank());
  blank.feed("\n");
  CHECK(blank.complete());
  JsonScan other;
  other.feed("x");
  CHECK(other.complete());
}

TEST_CASE("event logs drop whole lines, and files of them stay consistent") {
  auto log = std::make_shared<EventLog>(20);
  LogFile file(log);
  log->append("12345678\n");
  log->append("abcdefgh\n");
  CHECK(file.size() == 18);
  CHECK(file.open() == 0);
  log->append("ABCDEFGH\n");
  CHECK(log->begin_position() == 9);
  CHECK(log->end_position() == 27);
  CHECK(file.size() == 27);  // for whoever has it open
  CHECK(log->read(0, 100) == "abcdefgh\nABCDEFGH\n");
  CHECK(log->read(11, 10) == "cdefgh\nABC");
  CHECK(log->read(27, 10).empty());
  CHECK(log->read(99, 10).empty());
  file.close();
  CHECK(file.size() == 18);
  log->append(std::string(50, 'x') + "\n");
  CHECK(log->begin_position() == 27);  // the newest line stays
  int calls = 0;
  auto token = log->on_append([&calls] { ++calls; });
  log->append("y\n");
  token.reset();
  log->append("z\n");
  CHECK(calls == 1);
}

TEST_CASE("a class becomes a tree of nodes") {
  const wmi::Class* cls = test::fake_schema()->find("Fake_Shapes");
  const SchemaTree tree = SchemaTree::for_instance(cls, false);
  const auto node = [&](std::initializer_list<const char*> path) {
    std::uint32_t at = 0;
    for (const char* name : path) {
      at = tree.node(at).kind == NodeKind::array_dir ? tree.node(at).children.front()
                                                     : tree.child(at, name);
      REQUIRE(at != SchemaNode::kNone);
    }
    return tree.node(at);
  };
  CHECK(node({"Small"}).permissions() == 0644);
  CHECK(node({"Large"}).permissions() == 0444);
  CHECK(node({"Secret"}).permissions() == 0200);
  CHECK(node({"Colour.name"}).permissions() == 0444);
  CHECK(node({"Inner", "Number"}).writable);
  CHECK_FALSE(node({"Items", "0", "Number"}).writable);  // the array cannot be set
  CHECK(node({"Items"}).kind == NodeKind::array_dir);
  CHECK(node({"Items", "0", "Label"}).depth == 1);
  CHECK(tree.child(0, "small") == SchemaNode::kNone);
  CHECK(tree.child(0, "events.jsonl") == SchemaNode::kNone);
  const auto path = block_path(node({"Items", "0", "Label"}), indices({7}));
  REQUIRE(path.size() == 2);
  CHECK(path[0].member == 11);
  CHECK(path[0].element == 7);
  CHECK(path[1].member == 1);
  CHECK(path[1].element == wmi::PathStep::kNoElement);
  std::set<std::string> names;
  for (const std::uint32_t child : tree.node(0).children) {
    CHECK(names.insert(tree.node(child).name).second);
  }

  const SchemaTree raw = SchemaTree::for_instance(nullptr, true);
  CHECK(raw.child(0, "block.bin") != SchemaNode::kNone);
  CHECK(raw.child(0, "events.jsonl") != SchemaNode::kNone);
  CHECK(raw.child(0, "instance.json") == SchemaNode::kNone);
}

TEST_CASE("the newest call hides secrets") {
  const wmi::Class* cls = test::fake_schema()->find("Fake_Methods");
  const wmi::Method& set_key = *cls->method("SetKey");
  const wmi::Method& add = *cls->method("Add");
  CHECK(has_secret(set_key.in));
  CHECK_FALSE(has_secret(add.in));
  MethodState state;
  CHECK(state.render(add) == "{}\n");
  auto in = wmi::parse_json(wmi::in_shape(set_key), R"({"Key": "letmein"})");
  REQUIRE(in);
  const auto block = wmi::encode(wmi::in_shape(set_key), *in);
  REQUIRE(block);
  state.failed(set_key, *block, {wmi::NtStatus::io_timeout, "late"});
  const auto json = nlohmann::json::parse(state.render(set_key));
  CHECK(json["in"]["Key"].is_null());
  CHECK(json["failed"]["error"] == "ETIMEDOUT");
  const std::vector<std::uint8_t> sum = {3, 0, 0, 0}, ab = {1, 0, 0, 0, 2, 0, 0, 0};
  MethodState second;
  second.completed(add, ab, sum);
  const auto done = nlohmann::json::parse(second.render(add));
  CHECK(done["in"]["B"] == 2);
  CHECK(done["out"]["Sum"] == 3);
  CHECK_FALSE(done.contains("why"));
  struct Talker final : wmi::WmiProvider {
    const std::string& device_instance() const override { return name; }
    const std::string& friendly_name() const override { return name; }
    wmi::RequestId submit(std::unique_ptr<wmi::WmiRequest>) override { return 0; }
    void cancel(wmi::RequestId) override {}
    std::string explain(const wmi::Guid&, std::uint32_t, std::span<const std::uint8_t> in,
                        std::span<const std::uint8_t> out) const override {
      return in.size() == 8 && out.size() == 4 ? "because\nof that\n" : "";
    }
    std::string name;
  } talker;
  CHECK(nlohmann::json::parse(second.render(add, &talker))["why"] ==
        nlohmann::json{"because", "of that"});
  const std::vector<std::uint8_t> short_block = {1};
  second.completed(add, short_block, sum);
  CHECK(nlohmann::json::parse(second.render(add))["in"].contains("malformed"));
}

TEST_CASE("held objects live until they are given back") {
  struct Thing final : Held {
    explicit Thing(int& c) : count(c) { ++count; }
    ~Thing() override { --count; }
    int& count;
  };
  int count = 0;
  HeldList list;
  const auto a = list.add(std::make_shared<Thing>(count));
  const auto b = list.add(std::make_shared<Thing>(count));
  const auto c = list.add(std::make_shared<Thing>(count));
  CHECK(count == 3);
  {
    const auto last = list.remove(b);
  }
  CHECK(count == 2);
  {
    const auto last = list.remove(c);
  }
  {
    const auto last = list.remove(a);
  }
  CHECK(count == 0);
  list.add(std::make_shared<Thing>(count));
  list.clear();
  CHECK(count == 0);
}
