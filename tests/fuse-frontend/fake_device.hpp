// A WMI provider in memory for tests of the tree: a class of every property shape, one with a large
// array, methods that answer, fail and pend, and an event class.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "fuse-frontend/event_log.hpp"
#include "hba-sim/lab/control.hpp"
#include "wmi-model/codec.hpp"
#include "wmi-model/model.hpp"
#include "wmi-model/provider.hpp"
#include "wmi-model/registry.hpp"

namespace hbalab::fs::test {

// The fake classes, read from MOF.
[[nodiscard]] std::shared_ptr<const wmi::SchemaSet> fake_schema();

class FakeDevice final : public wmi::WmiProvider {
 public:
  explicit FakeDevice(std::string device_instance, std::uint32_t big_count = 100);
  ~FakeDevice() override;

  [[nodiscard]] const std::string& device_instance() const override { return device_instance_; }
  [[nodiscard]] const std::string& friendly_name() const override { return friendly_name_; }
  wmi::RequestId submit(std::unique_ptr<wmi::WmiRequest> request) override;
  void cancel(wmi::RequestId id) override;

  // JSON of the shape class's members; what is left out is a default.
  void set_shapes(std::string_view json);
  void set_big_count(std::uint32_t count);
  // Queries of the shape class pend until they are cancelled or released.
  void hold_queries(bool hold);
  // Completes what pends; methods answer with an empty OUT.
  void release_all();

  [[nodiscard]] std::size_t pending() const;
  [[nodiscard]] std::uint64_t cancelled() const { return cancelled_; }
  [[nodiscard]] std::uint64_t queries() const { return queries_; }  // that carried data
  [[nodiscard]] std::uint64_t big_queries() const { return big_queries_; }
  [[nodiscard]] std::uint64_t event_requests() const { return event_requests_; }
  [[nodiscard]] wmi::Object shapes() const;

 private:
  using Bytes = std::vector<std::uint8_t>;
  void answer(wmi::WmiRequest& request);
  void answer_data(wmi::WmiRequest& request, std::span<const std::uint8_t> data, bool item);
  void query(wmi::WmiRequest& request);
  void set_item(wmi::WmiRequest& request);
  void execute(wmi::WmiRequest& request);
  void fill(wmi::WmiRequest& request, std::uint32_t size);
  [[nodiscard]] bool pends(const wmi::WmiRequest& request) const;
  [[nodiscard]] Bytes big_block() const;

  const std::string device_instance_, friendly_name_;
  mutable std::mutex mutex_;  // guards what follows
  wmi::Object shapes_;
  std::uint32_t big_count_;
  Bytes big_;
  bool hold_queries_ = false;
  wmi::RequestId next_ = 1;
  std::map<wmi::RequestId, std::unique_ptr<wmi::WmiRequest>> pending_;
  std::atomic<std::uint64_t> cancelled_{0}, queries_{0}, big_queries_{0}, event_requests_{0};
};

// A lab with a few controls: value (read, write), secret (write-only), log, and things/ with mkdir.
class FakeControls final : public lab::ControlTree {
 public:
  FakeControls();
  ~FakeControls() override;
  std::expected<lab::ControlNode, lab::ControlError> stat(std::string_view path) const override;
  std::expected<std::vector<lab::ControlNode>, lab::ControlError> list(
      std::string_view path) const override;
  std::expected<std::string, lab::ControlError> read(std::string_view path) const override;
  std::expected<void, lab::ControlError> write(std::string_view path,
                                               std::string_view text) override;
  std::expected<void, lab::ControlError> make_directory(std::string_view path) override;
  std::expected<void, lab::ControlError> remove_directory(std::string_view path) override;
  std::shared_ptr<lab::LogSource> log(std::string_view path) const override;
  std::shared_ptr<void> on_change(std::function<void(std::string_view)> listener) override;

  void append(std::string line);

 private:
  mutable std::mutex mutex_;  // guards value_ and things_
  std::string value_ = "one\n";
  std::vector<std::string> things_;
  const std::shared_ptr<EventLog> log_;
};

}  // namespace hbalab::fs::test
