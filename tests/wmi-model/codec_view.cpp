// Random access into blocks: offsets, errors, and the cost of a look-up.
#include <catch2/catch.hpp>
#include <thread>

#include "tests/wmi-model/codec_models.hpp"
#include "tests/wmi-model/view_agreement.hpp"

namespace hbalab::wmi {
namespace {

using test::make_class;
using test::Models;
using test::Prop;
using test::ViewAgreement;

constexpr std::uint32_t kNo = PathStep::kNoElement;

// `count` logins; login i has i % 4 LUNs and a user name of i % 7 characters.
Bytes logins_block(const Models& models, std::uint32_t count) {
  Array logins;
  for (std::uint32_t i = 0; i < count; ++i) {
    Array luns;
    for (std::uint32_t k = 0; k < i % 4; ++k) {
      luns.elements.emplace_back(Object{{std::uint64_t{k}, std::uint64_t{i}}});
    }
    Object mapping;
    mapping.members.resize(8);
    mapping.members[7] = luns;
    Object login;
    login.members.resize(9);
    login.members[0] = std::u16string(u"iqn.t") + static_cast<char16_t>(u'0' + i % 10);
    login.members[2] = std::uint64_t{i};
    login.members[7] = mapping;
    login.members[8] = Bytes(i % 7, static_cast<std::uint8_t>('a' + i % 26));
    logins.elements.emplace_back(std::move(login));
  }
  return encode(shape_of(*models.logins), Object{{Value(), Value(), std::move(logins)}}).value();
}

TEST_CASE("every path of a view agrees with decode") {
  const Models models;
  for (const std::uint32_t count : {0u, 1u, 5u, 40u}) {
    const Bytes block = logins_block(models, count);
    const auto decoded = decode(shape_of(*models.logins), block).value();
    CHECK(ViewAgreement(shape_of(*models.logins), block).check(decoded.root) == "");
  }
}

TEST_CASE("members behind arrays of varying elements are found") {
  const Models models;
  Array inners;
  for (int i = 0; i < 100; ++i) {
    inners.elements.emplace_back(Object{
        {Value(),
         Array{{std::u16string(static_cast<std::size_t>(i % 5), u'x'), std::u16string(u"y")}},
         std::uint64_t{7}}});
  }
  const Bytes block =
      encode(shape_of(*models.tree), Object{{Value(), std::u16string(u"title"), inners, Value(),
                                             Bytes{1, 2, 3}, Value(), Value(), std::uint64_t{200}}})
          .value();
  const auto decoded = decode(shape_of(*models.tree), block).value();
  CHECK(ViewAgreement(shape_of(*models.tree), block).check(decoded.root) == "");
  const BlockView view(shape_of(*models.tree), block);
  const PathStep last[] = {{7}};
  CHECK(decode_field(view.locate(last).value(), block).value() == Value(std::uint64_t{200}));
}

TEST_CASE("a field reference says what it points at") {
  const Models models;
  const Bytes block = logins_block(models, 10);
  const BlockView view(shape_of(*models.logins), block);
  const auto root = view.locate({}).value();
  CHECK(root.property == nullptr);
  CHECK(root.size == block.size());
  const PathStep all[] = {{2}};
  CHECK(view.locate(all).value().count == 10);
  CHECK(view.locate(all).value().size == block.size() - 8);
  const PathStep element[] = {{2, 3}};
  const auto login = view.locate(element).value();
  CHECK(login.property == nullptr);
  CHECK(login.shape.layout == &models.login->layout);
  CHECK(login.offset % 8 == 0);
  const PathStep name[] = {{2, 3}, {0}};
  CHECK(view.locate(name).value().size == 448);
  CHECK(view.locate(name).value().offset == login.offset);
  const PathStep user[] = {{2, 3}, {8}};
  CHECK(view.locate(user).value().count == 3);
  const PathStep letter[] = {{2, 3}, {8, 1}};
  const auto ref = view.locate(letter).value();
  CHECK(ref.element);
  CHECK(decode_field(ref, block).value() == Value(std::uint64_t{'d'}));
}

TEST_CASE("paths that lead nowhere are refused by name") {
  const Models models;
  const Bytes block = logins_block(models, 10);
  const BlockView view(shape_of(*models.logins), block);
  const auto refused = [&](std::vector<PathStep> path) {
    const auto ref = view.locate(path);
    REQUIRE_FALSE(ref.has_value());
    return ref.error();
  };
  CHECK(refused({{2, 10}}).path == "PersistentLogins[10]");
  CHECK(refused({{2, 10}}).message == "does not exist, the last element is 9");
  CHECK(refused({{2, 0}, {7}, {7, 0}}).path == "PersistentLogins[0].TargetMapping.LUNList[0]");
  CHECK(refused({{2, 0}, {7}, {7, 0}}).message == "does not exist, the array is empty");
  CHECK(refused({{3}}).message == "there is no member number 3, there are 3");
  CHECK(refused({{2, 1}, {77}}).path == "PersistentLogins[1]");
  CHECK(refused({{0, 1}}).message == "is not an array");
  CHECK(refused({{0}, {0}}).message == "has no members");
  CHECK(refused({{2, kNo}, {0}}).message == "is an array: the path lacks the number of an element");
}

TEST_CASE("a view refuses what decode refuses, and reaches what lies in front of a fault") {
  const Models models;
  Bytes block = logins_block(models, 20);
  const PathStep twelfth[] = {{2, 12}};
  const std::size_t offset = BlockView(shape_of(*models.logins), block).locate(twelfth)->offset;
  const std::size_t count = offset + models.login->layout.fields[3].offset;
  for (std::size_t i = 0; i < 4; ++i) block[count + i] = 0xF0;
  const BlockView view(shape_of(*models.logins), block);
  const PathStep before[] = {{2, 11}, {2}};
  CHECK(decode_field(view.locate(before).value(), block).value() == Value(std::uint64_t{11}));
  const PathStep behind[] = {{2, 13}, {2}};
  const auto error = view.locate(behind).error();
  CHECK(error.path == "PersistentLogins[12].Username");
  CHECK(error.message.find("has 4042322160 elements of 1 byte") == 0);
  const auto decoded = decode(shape_of(*models.logins), block);
  REQUIRE_FALSE(decoded.has_value());
  CHECK(decoded.error().path == error.path);
  CHECK(decoded.error().offset == error.offset);

  const PathStep socket[] = {{2, 0}, {6}, {2}};
  CHECK_FALSE(BlockView(shape_of(*models.logins), std::span(block).first(600)).locate(socket));
}

TEST_CASE("a string's count is judged when the string is located") {
  const auto cls = make_class("C", {Prop("S", CimType::string).max_len(4)});
  Bytes block(10);
  const PathStep path[] = {{0}};
  block[0] = 3;
  CHECK(BlockView(shape_of(*cls), block).locate(path).error().message.find("is odd") !=
        std::string::npos);
  block[0] = 10;
  CHECK_FALSE(BlockView(shape_of(*cls), block).locate(path).has_value());
}

TEST_CASE("a field reference of another block is judged against the block given") {
  const Models models;
  const Bytes block = logins_block(models, 2);
  const PathStep path[] = {{2, 1}, {0}};
  const auto ref = BlockView(shape_of(*models.logins), block).locate(path).value();
  CHECK_FALSE(decode_field(ref, std::span(block).first(100)).has_value());
}

TEST_CASE("many inner arrays are indexed one by one and forgotten again") {
  const auto inner =
      make_class("I", {Prop("N", CimType::uint16), Prop("T", CimType::string).counted_by("N")});
  const auto outer =
      make_class("O", {Prop("N", CimType::uint32), Prop("E", *inner).counted_by("N")});
  Array texts;
  for (int i = 0; i < 1000; ++i) texts.elements.emplace_back(std::u16string(1, u'x'));
  Array elements;
  for (int i = 0; i < 1000; ++i) elements.elements.emplace_back(Object{{Value(), texts}});
  const Bytes block = encode(shape_of(*outer), Object{{Value(), elements}}).value();
  const BlockView view(shape_of(*outer), block);
  for (int round = 0; round < 2; ++round) {
    for (std::uint32_t i = 0; i < 1000; ++i) {
      const PathStep path[] = {{1, i}, {1, 999}};
      const auto ref = view.locate(path).value();
      CHECK(ref.offset == 4 + (i + 1) * std::size_t{4002} - 4);
    }
  }
}

TEST_CASE("one view serves many threads") {
  const Models models;
  const Bytes block = logins_block(models, 2000);
  const BlockView view(shape_of(*models.logins), block);
  std::vector<std::thread> threads;
  std::array<int, 4> wrong{};
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (std::uint32_t i = 0; i < 2000; ++i) {
        const auto element = static_cast<std::uint32_t>((i * 7 + t * 500) % 2000);
        const PathStep path[] = {{2, element}, {2}};
        const auto ref = view.locate(path);
        if (!ref || decode_field(*ref, block).value() != Value(std::uint64_t{element})) ++wrong[t];
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == std::array<int, 4>{});
}

}  // namespace
}  // namespace hbalab::wmi
