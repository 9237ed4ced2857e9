#include "client.hpp"

#include "iscsiop/views.hpp"

namespace hbalab::vds_test {
namespace {

dsc::Block block(World& world, const iscsi::Guid16& guid, std::string_view adapter) {
  auto answer = world.transport()->query(wmi::Guid{guid}, std::string(adapter));
  INFO((answer ? std::string() : answer.error().message));
  REQUIRE(answer.has_value());
  return *std::move(answer);
}

}  // namespace

std::size_t sessions(World& world, std::string_view adapter) {
  const auto bytes = block(world, iscsi::MSiSCSI_InitiatorSessionInfoGuid, adapter);
  const auto view = iscsi::view<iscsi::InitiatorSessionInfoView>(bytes);
  REQUIRE(view.has_value());
  return view->sessions.size();
}

std::size_t stored_logins(World& world, std::string_view adapter) {
  const auto bytes = block(world, iscsi::MSiSCSI_PersistentLoginsGuid, adapter);
  const auto view = iscsi::view<iscsi::PersistentLoginsView>(bytes);
  REQUIRE(view.has_value());
  return view->logins.size();
}

}  // namespace hbalab::vds_test
