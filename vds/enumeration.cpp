#include "vds/enumeration.hpp"

#include <algorithm>
#include <memory>
#include <mutex>

#include "vds/hresults.hpp"

namespace hbalab::vds {
namespace {

class Enumeration final : public Object<IEnumVdsObject, IID_IEnumVdsObject> {
 public:
  using List = std::shared_ptr<const ObjectList>;
  Enumeration(List objects, std::size_t next) : objects_(std::move(objects)), next_(next) {}

  HRESULT STDMETHODCALLTYPE Next(ULONG count, IUnknown** objects, ULONG* fetched) override {
    return guarded([&] {
      if (fetched != nullptr) *fetched = 0;
      // Who asks for one object does not need to be told how many he got.
      if (objects == nullptr || (fetched == nullptr && count != 1)) return E_POINTER;
      std::fill_n(objects, count, nullptr);
      const auto [first, taken] = take(count);
      for (ULONG i = 0; i < taken; ++i) {
        objects[i] = (*objects_)[first + i].get();
        objects[i]->AddRef();
      }
      if (fetched != nullptr) *fetched = taken;
      return taken == count ? S_OK : S_FALSE;
    });
  }
  HRESULT STDMETHODCALLTYPE Skip(ULONG count) override {
    return guarded([&] { return take(count).second == count ? S_OK : S_FALSE; });
  }
  HRESULT STDMETHODCALLTYPE Reset() override {
    return guarded([&] {
      const std::scoped_lock lock(mutex_);
      next_ = 0;
      return S_OK;
    });
  }
  HRESULT STDMETHODCALLTYPE Clone(IEnumVdsObject** copy) override {
    return guarded([&] {
      if (const HRESULT bad = clear_out(copy); FAILED(bad)) return bad;
      const std::scoped_lock lock(mutex_);
      *copy = new Enumeration(objects_, next_);
      return S_OK;
    });
  }

 private:
  // Where they begin and how many there are, up to `count`.
  std::pair<std::size_t, ULONG> take(ULONG count) {
    const std::scoped_lock lock(mutex_);
    const std::size_t first = next_;
    const auto taken = std::min<std::size_t>(count, objects_->size() - first);
    next_ += taken;
    return {first, static_cast<ULONG>(taken)};
  }

  const List objects_;
  std::mutex mutex_;
  std::size_t next_;  // guarded by mutex_
};

}  // namespace

IEnumVdsObject* make_enumeration(ObjectList objects) {
  return new Enumeration(std::make_shared<const ObjectList>(std::move(objects)), 0);
}

}  // namespace hbalab::vds
