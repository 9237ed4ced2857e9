// JSON of several classes: never a crash; what is accepted and fits a block survives the way there
// and back.
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tests/wmi-model/codec_models.hpp"
#include "wmi-model/text.hpp"

namespace {

using namespace hbalab::wmi;

[[noreturn]] void broken(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const test::Models models;
  static const Class* const classes[] = {models.logins.get(), models.scalars.get(),
                                         models.tree.get(), models.login.get(),
                                         models.empties.get()};
  if (size == 0) return 0;
  const Class& cls = *classes[data[0] % std::size(classes)];
  const std::string text(data + 1, data + size);
  for (const Property& property : models.scalars->properties) {
    static_cast<void>(parse_property(property, text));
  }
  const auto object = parse_json(shape_of(cls), text);
  if (!object) {
    if (object.error().message.empty()) broken("an error without a message");
    return 0;
  }
  const auto block = encode(shape_of(cls), *object);
  if (!block) return 0;
  const auto decoded = decode(shape_of(cls), *block);
  if (!decoded) broken(decoded.error().to_string());
  const std::string shown = to_json(shape_of(cls), decoded->root).dump();
  const auto again = parse_json(shape_of(cls), shown);
  if (!again) broken(again.error().to_string() + " in " + shown);
  const auto second = encode(shape_of(cls), *again);
  if (!second) broken(second.error().to_string());
  // What text does not carry (what stands behind a NUL) is gone after the first time; then all
  // stays.
  const auto settled = decode(shape_of(cls), *second);
  if (!settled) broken(settled.error().to_string());
  if (to_json(shape_of(cls), settled->root).dump() != shown) broken("changed: " + shown);
  return 0;
}
