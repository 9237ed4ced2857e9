// Blocks of several shapes: what decodes encodes to the same bytes, and random access agrees.
#include <cstdio>
#include <cstdlib>

#include "tests/wmi-model/codec_models.hpp"
#include "tests/wmi-model/view_agreement.hpp"
#include "wmi-model/text.hpp"

namespace {

using namespace hbalab::wmi;

[[noreturn]] void broken(const Class& cls, const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", cls.name.c_str(), what.c_str());
  std::abort();
}

void try_view(const Class& cls, std::span<const std::uint8_t> block) {
  // A block that does not decode may be looked into all the same.
  const BlockView view(shape_of(cls), block);
  for (std::uint32_t member = 0; member < cls.properties.size(); ++member) {
    for (const std::uint32_t element : {PathStep::kNoElement, 0u, 1u, 9u, 1000u}) {
      const PathStep path[] = {{member, element}, {0}};
      for (const std::size_t steps : {std::size_t{1}, std::size_t{2}}) {
        const auto ref = view.locate(std::span(path).first(steps));
        if (ref) static_cast<void>(decode_field(*ref, block));
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const test::Models models;
  static const Class* const classes[] = {
      models.logins.get(),  models.scalars.get(), models.tree.get(),   models.inner.get(),
      models.mapping.get(), models.empties.get(), models.portal.get(), models.login.get()};
  if (size == 0) return 0;
  const Class& cls = *classes[data[0] % std::size(classes)];
  const std::span block(data + 1, size - 1);
  try_view(cls, block);
  const auto decoded = decode(shape_of(cls), block);
  if (!decoded) {
    if (decoded.error().message.empty()) broken(cls, "an error without a message");
    return 0;
  }
  const auto again = encode(shape_of(cls), *decoded);
  if (!again) broken(cls, again.error().to_string());
  if (!std::equal(again->begin(), again->end(), block.begin(), block.end())) {
    broken(cls, "other bytes");
  }
  const std::string fault = test::ViewAgreement(shape_of(cls), block).check(decoded->root);
  if (!fault.empty()) broken(cls, fault);
  return 0;
}
