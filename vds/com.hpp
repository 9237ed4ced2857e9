// What every object of the library has: a count of references, one interface, an end.
#pragma once

#include <atomic>
#include <string_view>
#include <utility>

#include "vds.h"

namespace hbalab::vds {

// Counts in HbalabVdsObjectCount.
class Living {
 public:
  Living();
  ~Living();
  Living(const Living&) = delete;
  Living& operator=(const Living&) = delete;
};

// Interfaces have no destructor, by which callers could end an object.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

// An object with one interface besides IUnknown, made with one reference. The destructor follows
// the interface's methods in the table of virtual functions, where callers do not look.
template <typename Interface, const IID& kIid>
class Object : public Interface {
 public:
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID riid, void** out) final {
    if (out == nullptr) return E_POINTER;
    const bool known = riid == kIid || riid == IID_IUnknown;
    *out = known ? static_cast<Interface*>(this) : nullptr;
    if (!known) return E_NOINTERFACE;
    AddRef();
    return S_OK;
  }
  ULONG STDMETHODCALLTYPE AddRef() final { return ++references_; }
  ULONG STDMETHODCALLTYPE Release() final {
    const ULONG left = --references_;
    if (left == 0) delete this;
    return left;
  }

 protected:
  Object() = default;
  virtual ~Object() = default;

 private:
  std::atomic<ULONG> references_ = 1;
  const Living living_;
};

#pragma GCC diagnostic pop

// Holds one reference.
template <typename Interface>
class Reference {
 public:
  Reference() = default;
  // Takes over the reference that the caller has.
  explicit Reference(Interface* object) : object_(object) {}
  Reference(const Reference& other) : object_(other.object_) {
    if (object_ != nullptr) object_->AddRef();
  }
  Reference(Reference&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Reference& operator=(Reference other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Reference() {
    if (object_ != nullptr) object_->Release();
  }
  [[nodiscard]] Interface* get() const { return object_; }
  // Gives the reference to the caller.
  [[nodiscard]] Interface* detach() { return std::exchange(object_, nullptr); }

 private:
  Interface* object_ = nullptr;
};

// E_POINTER for a NULL among the OUT parameters; the others are cleared, so that whatever fails
// afterwards leaves NULL and zero behind.
template <typename... Out>
[[nodiscard]] HRESULT clear_out(Out*... out) {
  ((out != nullptr ? void(*out = Out{}) : void()), ...);
  return ((out != nullptr) && ...) ? S_OK : E_POINTER;
}

// For CoTaskMemFree, with a NUL. std::bad_alloc.
[[nodiscard]] LPWSTR allocate_text(std::u16string_view text);

}  // namespace hbalab::vds
