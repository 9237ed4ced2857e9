#include "hba-sim/port/isolated/proxy.hpp"

#include <algorithm>

namespace hbalab::port::isolated {

wmi::RequestId Proxy::submit(std::unique_ptr<wmi::WmiRequest> request) {
  if (request->minor != wmi::MinorFunction::reginfo ||
      enlisting_.load() != std::this_thread::get_id()) {
    return link_->requests->submit(number_, std::move(request));
  }
  request->information = reginfo_.size();
  request->status = wmi::NtStatus::buffer_too_small;
  if (reginfo_.size() <= request->buffer.capacity()) {
    request->status = wmi::NtStatus::success;
    std::ranges::copy(reginfo_, request->buffer.data());
  }
  auto done = std::move(request->on_complete);
  if (done) done(std::move(request));
  return 0;
}

void Proxy::cancel(wmi::RequestId id) {
  const auto found = link_->requests->find(id);
  if (!found) return;
  Message message{Message::Kind::cancel};
  message.numbers = {found->first, found->second, 0};
  (void)link_->socket->send(message);
}

std::expected<void, std::string> Proxy::enlist(const std::shared_ptr<Proxy>& self,
                                               std::vector<std::uint8_t> reginfo,
                                               wmi::ProviderRegistry& registry) {
  self->reginfo_ = std::move(reginfo);
  self->enlisting_.store(std::this_thread::get_id());
  auto added = registry.add(self);
  self->enlisting_.store(std::thread::id());
  return added;
}

}  // namespace hbalab::port::isolated
