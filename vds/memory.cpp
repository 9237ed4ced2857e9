// Memory that callers give back, the interface ids, and the count of what lives.
#include <atomic>
#include <cstdlib>

#include "vds/com.hpp"

EXTERN_C const IID IID_IUnknown = {
    0x00000000, 0x0000, 0x0000, {0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46}};
EXTERN_C const GUID GUID_NULL = {};
EXTERN_C const IID IID_IEnumVdsObject = {
    0x118610B7, 0x8D94, 0x4030, {0xB5, 0xB8, 0x50, 0x08, 0x89, 0x78, 0x8E, 0x4E}};
EXTERN_C const IID IID_IVdsAsync = {
    0xD5D23B6D, 0x5A55, 0x4492, {0x98, 0x89, 0x39, 0x7A, 0x3C, 0x2D, 0x2D, 0xBC}};
EXTERN_C const IID IID_IVdsIscsiInitiatorAdapter = {
    0xB07FEDD4, 0x1682, 0x4440, {0x91, 0x89, 0xA3, 0x9B, 0x55, 0x19, 0x4D, 0xC5}};
EXTERN_C const IID IID_IVdsIscsiInitiatorPortal = {
    0x38A0A9AB, 0x7CC8, 0x4693, {0xAC, 0x07, 0x1F, 0x28, 0xBD, 0x03, 0xC3, 0xDA}};
EXTERN_C const IID IID_IVdsServiceIscsi = {
    0x14FBE036, 0x3ED7, 0x4E10, {0x90, 0xE9, 0xA5, 0xFF, 0x99, 0x1A, 0xFF, 0x01}};

void* CoTaskMemAlloc(size_t size) { return std::malloc(size == 0 ? 1 : size); }
void CoTaskMemFree(void* memory) { std::free(memory); }

namespace hbalab::vds {
namespace {

std::atomic<ULONG> g_living = 0;

}  // namespace

Living::Living() { ++g_living; }
Living::~Living() { --g_living; }

LPWSTR allocate_text(std::u16string_view text) {
  auto* const out = static_cast<LPWSTR>(CoTaskMemAlloc((text.size() + 1) * sizeof(WCHAR)));
  if (out == nullptr) throw std::bad_alloc();
  text.copy(out, text.size());
  out[text.size()] = 0;
  return out;
}

}  // namespace hbalab::vds

ULONG HbalabVdsObjectCount() { return hbalab::vds::g_living.load(); }
