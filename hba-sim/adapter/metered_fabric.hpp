// The fabric as the firmware reaches it: what goes out and what comes in is counted on the way.
#pragma once

#include <functional>
#include <memory>

#include "hba-sim/adapter/statistics.hpp"

namespace hbalab::adapter {

class MeteredFabric final : public fabric::Fabric {
 public:
  using LinkId = fabric::LinkId;
  // Number of the port with that address; asked inside connect().
  using PortOf = std::function<std::size_t(const IpAddress&)>;

  MeteredFabric(std::shared_ptr<fabric::Fabric> below, std::shared_ptr<Clock> clock,
                std::shared_ptr<Statistics> statistics, PortOf port_of)
      : below_(std::move(below)),
        clock_(std::move(clock)),
        statistics_(std::move(statistics)),
        port_of_(std::move(port_of)) {}

  LinkId connect(const IpAddress& from, const Portal& to,
                 std::function<void(const fabric::LinkEvent&)> on_event,
                 std::move_only_function<void(fabric::ConnectResult)> done) override;
  void login(LinkId link, fabric::LoginRequest request,
             std::move_only_function<void(fabric::LoginResponse)> done) override;
  void text(LinkId link, fabric::Keys keys,
            std::move_only_function<void(bool answered, fabric::Keys)> done) override;
  void scsi(LinkId link, std::uint64_t lun, Bytes cdb, std::uint32_t allocation,
            std::move_only_function<void(fabric::ScsiResponse)> done) override;
  void logout(LinkId link, std::move_only_function<void(bool answered)> done) override;
  void logout_session(LinkId link, std::move_only_function<void(bool answered)> done) override;
  void close(LinkId link) override;

  [[nodiscard]] bool reaches(const IpAddress& from, const Portal& to) const override {
    return below_->reaches(from, to);
  }
  [[nodiscard]] fabric::EchoResult echo(const IpAddress& from, const IpAddress& to) const override {
    return below_->echo(from, to);
  }
  // Not iSCSI: nothing of it is counted.
  fabric::IsnsId query_isns(const IpAddress& from, const IpAddress& server, std::string initiator,
                            std::move_only_function<void(fabric::IsnsTargets)> done,
                            std::move_only_function<void()> changed) override {
    return below_->query_isns(from, server, std::move(initiator), std::move(done),
                              std::move(changed));
  }
  void end_isns(fabric::IsnsId registration) override { below_->end_isns(registration); }
  [[nodiscard]] std::vector<IpAddress> isns_servers(const IpAddress& from) const override {
    return below_->isns_servers(from);
  }
  void plug(const IpAddress& address, const std::string& network) override {
    below_->plug(address, network);
  }
  void unplug(const IpAddress& address) override { below_->unplug(address); }

 private:
  // Counts the request, and the answer that `done` gets.
  std::move_only_function<void(bool)> counted_logout(LinkId link,
                                                     std::move_only_function<void(bool)> done);

  const std::shared_ptr<fabric::Fabric> below_;
  const std::shared_ptr<Clock> clock_;
  const std::shared_ptr<Statistics> statistics_;
  const PortOf port_of_;
};

}  // namespace hbalab::adapter
