// Random classes, objects, bytes and texts: what holds for all of them.
#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/wmi-model/codec_models.hpp"
#include "tests/wmi-model/random_model.hpp"
#include "tests/wmi-model/view_agreement.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::wmi {
namespace {

using test::RandomModel;
using test::ViewAgreement;

// Each case of RapidCheck covers this many neighbouring seeds.
constexpr std::uint64_t kSeeds = 8;

template <typename Expected>
auto must(Expected&& result) {
  if (!result) RC_FAIL(result.error().to_string());
  return *std::forward<Expected>(result);
}

TEST_CASE("encode, decode and encode again give the same bytes") {
  rc::prop("for random classes and objects", [](std::uint64_t first) {
    for (std::uint64_t seed = first; seed != first + kSeeds; ++seed) {
      RandomModel model(seed);
      const Class& cls = model.make(3);
      const Bytes block = must(encode(shape_of(cls), model.object(cls)));
      const DecodedBlock decoded = must(decode(shape_of(cls), block));
      RC_ASSERT(decoded.residue.empty());
      RC_ASSERT(decoded.missing_tail == 0u);
      RC_ASSERT(must(encode(shape_of(cls), decoded)) == block);
      RC_ASSERT(must(encode(shape_of(cls), decoded.root)) == block);
      RC_ASSERT(ViewAgreement(shape_of(cls), block).check(decoded.root) == "");
    }
  });
}

TEST_CASE("JSON carries the whole object") {
  rc::prop("for random classes and objects", [](std::uint64_t first) {
    for (std::uint64_t seed = first; seed != first + kSeeds; ++seed) {
      RandomModel model(seed);
      const Class& cls = model.make(3);
      const Bytes block = must(encode(shape_of(cls), model.object(cls)));
      const Object root = must(decode(shape_of(cls), block)).root;
      const std::string text = to_json(shape_of(cls), root).dump();
      const Object again = must(parse_json(shape_of(cls), text));
      RC_ASSERT(must(encode(shape_of(cls), again)) == block);
    }
  });
}

// The text of every member, parsed again, is the member.
void check_texts(const Class& cls, const Object& object) {
  for (std::size_t i = 0; i < cls.properties.size(); ++i) {
    const Property& property = cls.properties[i];
    const Value& value = object.members[i];
    if (property.type == CimType::object || property.text_bytes) continue;
    if (property.type == CimType::string && property.array != ArrayKind::none) continue;
    const std::string text = format_property(property, value);
    const auto parsed = parse_property(property, text);
    if (!parsed) RC_FAIL(parsed.error().to_string());
    // An absent date is 25 NULs in the block and an empty text.
    if (must(encode_item(property, *parsed)) != must(encode_item(property, value))) {
      RC_FAIL(property.name + ": " + text);
    }
  }
}

TEST_CASE("property text is read back as it was shown") {
  rc::prop("for random classes and objects", [](std::uint64_t first) {
    for (std::uint64_t seed = first; seed != first + kSeeds; ++seed) {
      RandomModel model(seed);
      const Class& cls = model.make(1);
      const Bytes block = must(encode(shape_of(cls), model.object(cls)));
      check_texts(cls, must(decode(shape_of(cls), block)).root);
    }
  });
}

TEST_CASE("a block with changed bytes decodes exactly, or fails with its place") {
  rc::prop("for random classes, objects and changes", [](std::uint64_t first) {
    for (std::uint64_t seed = first; seed != first + kSeeds; ++seed) {
      RandomModel model(seed);
      const Class& cls = model.make(3);
      Bytes block = must(encode(shape_of(cls), model.object(cls)));
      for (int changes = model.pick(1, 4); changes > 0 && !block.empty(); --changes) {
        const auto at = static_cast<std::size_t>(model.pick(0, static_cast<int>(block.size()) - 1));
        switch (model.pick(0, 3)) {
          case 0:
            block[at] = static_cast<std::uint8_t>(model.pick(0, 255));
            break;
          case 1:
            block[at] = 0xFF;
            break;
          case 2:
            block.resize(at);
            break;
          default:
            block.insert(block.begin() + static_cast<std::ptrdiff_t>(at), 3, 1);
            break;
        }
      }
      const auto decoded = decode(shape_of(cls), block);
      if (!decoded) {
        RC_ASSERT(!decoded.error().path.empty());
        RC_ASSERT(!decoded.error().message.empty());
        RC_ASSERT(decoded.error().offset <= block.size() + 64);
        continue;
      }
      RC_ASSERT(must(encode(shape_of(cls), *decoded)) == block);
      RC_ASSERT(ViewAgreement(shape_of(cls), block).check(decoded->root) == "");
    }
  });
}

TEST_CASE("any bytes whatever decode exactly, or fail") {
  const test::Models models;
  const Class* classes[] = {models.logins.get(), models.scalars.get(), models.tree.get(),
                            models.mapping.get(), models.empties.get()};
  rc::prop("for random bytes", [&](const Bytes& noise, std::uint8_t fill, std::uint16_t size) {
    Bytes block = noise;
    block.resize(std::max<std::size_t>(block.size(), size % 3000), fill % 3);
    for (const Class* cls : classes) {
      const auto decoded = decode(shape_of(*cls), block);
      if (!decoded) continue;
      RC_ASSERT(must(encode(shape_of(*cls), *decoded)) == block);
      RC_ASSERT(ViewAgreement(shape_of(*cls), block).check(decoded->root) == "");
    }
  });
}

TEST_CASE("UTF-16 survives UTF-8") {
  rc::prop("except lone surrogates", [](const std::vector<std::uint16_t>& units) {
    const std::u16string text(units.begin(), units.end());
    const std::u16string once = must(to_utf16(to_utf8(text)));
    RC_ASSERT(once.size() == text.size());
    RC_ASSERT(must(to_utf16(to_utf8(once))) == once);
    for (std::size_t i = 0; i < text.size(); ++i) {
      RC_ASSERT(once[i] == text[i] ||
                (once[i] == 0xFFFD && text[i] >= 0xD800 && text[i] <= 0xDFFF));
    }
  });
}

}  // namespace
}  // namespace hbalab::wmi
