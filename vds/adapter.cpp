// IVdsIscsiInitiatorAdapter.
#include "iscsidsc/initiators.hpp"
#include "vds/adapters.hpp"
#include "vds/enumeration.hpp"
#include "vds/hresults.hpp"
#include "vds/login.hpp"
#include "vds/logout.hpp"
#include "vds/objects.hpp"

namespace hbalab::vds {
namespace {

class Adapter final : public Object<IVdsIscsiInitiatorAdapter, IID_IVdsIscsiInitiatorAdapter> {
 public:
  explicit Adapter(std::string instance) : instance_(std::move(instance)) {}

  HRESULT STDMETHODCALLTYPE GetProperties(VDS_ISCSI_INITIATOR_ADAPTER_PROP* properties) override {
    return guarded([&] {
      if (const HRESULT bad = clear_out(properties); FAILED(bad)) return bad;
      Adapters adapters;
      if (const auto gone = adapters.check_present(instance_)) return to_hresult(gone);
      properties->pwszName = allocate_text(dsc::wide(instance_));
      properties->id = adapter_id(instance_);
      return S_OK;
    });
  }

  HRESULT STDMETHODCALLTYPE QueryInitiatorPortals(IEnumVdsObject** enumeration) override {
    return guarded([&] {
      if (const HRESULT bad = clear_out(enumeration); FAILED(bad)) return bad;
      Adapters adapters;
      const auto ports = adapters.ports(instance_);
      if (!ports) return to_hresult(ports.error());
      ObjectList portals;
      for (const auto& port : *ports) portals.emplace_back(make_portal(instance_, port.index));
      *enumeration = make_enumeration(std::move(portals));
      return S_OK;
    });
  }

  HRESULT STDMETHODCALLTYPE LoginToTarget(VDS_ISCSI_LOGIN_TYPE type, VDS_OBJECT_ID target,
                                          VDS_OBJECT_ID target_portal,
                                          VDS_OBJECT_ID initiator_portal, ULONG flags,
                                          BOOL header_digest, BOOL data_digest,
                                          VDS_ISCSI_AUTH_TYPE auth, IVdsAsync** async) override {
    return guarded([&] {
      if (const HRESULT bad = clear_out(async); FAILED(bad)) return bad;
      LoginCall call{instance_,
                     type,
                     target,
                     target_portal,
                     initiator_portal,
                     flags,
                     header_digest != 0,
                     data_digest != 0,
                     auth};
      if (const HRESULT bad = check(call); FAILED(bad)) return bad;
      const auto adapters = std::make_shared<Adapters>();
      return start_operation(
          VDS_ASYNCOUT_LOGINTOTARGET,
          [adapters, call = std::move(call)](Operation& operation) {
            return log_in_to_target(operation, *adapters, call);
          },
          async);
    });
  }

  HRESULT STDMETHODCALLTYPE LogoutFromTarget(VDS_OBJECT_ID target, IVdsAsync** async) override {
    return guarded([&] {
      if (const HRESULT bad = clear_out(async); FAILED(bad)) return bad;
      if (target == GUID_NULL) return E_INVALIDARG;
      const auto adapters = std::make_shared<Adapters>();
      return start_operation(
          VDS_ASYNCOUT_LOGOUTFROMTARGET,
          [adapters, target](Operation& operation) {
            return log_out_of_target(operation, *adapters, target);
          },
          async);
    });
  }

 private:
  const std::string instance_;
};

}  // namespace

IVdsIscsiInitiatorAdapter* make_adapter(std::string instance) {
  return new Adapter(std::move(instance));
}

}  // namespace hbalab::vds
