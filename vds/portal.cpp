// IVdsIscsiInitiatorPortal.
#include <algorithm>

#include "vds/adapters.hpp"
#include "vds/addresses.hpp"
#include "vds/hresults.hpp"
#include "vds/objects.hpp"

namespace hbalab::vds {
namespace {

class InitiatorPortal final
    : public Object<IVdsIscsiInitiatorPortal, IID_IVdsIscsiInitiatorPortal> {
 public:
  InitiatorPortal(std::string instance, std::uint32_t index)
      : instance_(std::move(instance)), index_(index) {}

  HRESULT STDMETHODCALLTYPE GetProperties(VDS_ISCSI_INITIATOR_PORTAL_PROP* properties) override {
    return guarded([&] {
      if (const HRESULT bad = clear_out(properties); FAILED(bad)) return bad;
      Adapters adapters;
      const auto ports = adapters.ports(instance_);
      if (!ports) return to_hresult(ports.error());
      const auto port = std::ranges::find(*ports, index_, &InitiatorPort::index);
      if (port == ports->end()) return VDS_E_OBJECT_DELETED;
      properties->id = initiator_portal_id(instance_, index_);
      properties->ulPortIndex = index_;
      write_address(port->address, port->tcp_port, properties->address);
      return port->complete ? S_OK : VDS_S_PROPERTIES_INCOMPLETE;
    });
  }

  HRESULT STDMETHODCALLTYPE GetInitiatorAdapter(IVdsIscsiInitiatorAdapter** adapter) override {
    return guarded([&] {
      if (const HRESULT bad = clear_out(adapter); FAILED(bad)) return bad;
      Adapters adapters;
      if (const auto gone = adapters.check_present(instance_)) return to_hresult(gone);
      *adapter = make_adapter(instance_);
      return S_OK;
    });
  }

  // The interface documents these three as reserved; whatever is given, this is their result.
  HRESULT STDMETHODCALLTYPE SetIpsecTunnelAddress(VDS_IPADDRESS*, VDS_IPADDRESS*) override {
    return VDS_E_NOT_SUPPORTED;
  }
  HRESULT STDMETHODCALLTYPE GetIpsecSecurity(VDS_OBJECT_ID, ULONGLONG* flags) override {
    if (flags != nullptr) *flags = 0;
    return VDS_E_NOT_SUPPORTED;
  }
  HRESULT STDMETHODCALLTYPE SetIpsecSecurity(VDS_OBJECT_ID, ULONGLONG,
                                             VDS_ISCSI_IPSEC_KEY*) override {
    return VDS_E_NOT_SUPPORTED;
  }

 private:
  const std::string instance_;
  const std::uint32_t index_;
};

}  // namespace

IVdsIscsiInitiatorPortal* make_portal(std::string instance, std::uint32_t index) {
  return new InitiatorPortal(std::move(instance), index);
}

}  // namespace hbalab::vds
