// A transport of which a test may hold, change and refuse single requests.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <utility>

#include "iscsidsc/transport.hpp"
#include "iscsiop/iscsiop.hpp"

namespace hbalab::vds_test {

struct Asked {
  wmi::Guid guid;
  std::string instance;
  std::uint32_t method = 0;  // 0: no method
  [[nodiscard]] bool is(iscsi::MSiSCSI_OperationsMethod wanted) const {
    return guid == wmi::Guid{iscsi::MSiSCSI_OperationsGuid} &&
           method == static_cast<std::uint32_t>(wanted);
  }
  [[nodiscard]] bool is(const iscsi::Guid16& wanted) const { return guid == wmi::Guid{wanted}; }
};

// While it lives, the library's requests go through `hook`, on the thread that makes them. What the
// hook gives is the answer; nullopt lets the request through.
class Hooked {
 public:
  using Answer = std::optional<dsc::Result<dsc::Block>>;
  using Hook = std::function<Answer(const Asked&)>;

  Hooked(std::shared_ptr<dsc::Transport> inner, Hook hook) : inner_(std::move(inner)) {
    dsc::install_transport(std::make_shared<Transport>(inner_, std::move(hook)));
  }
  Hooked(const Hooked&) = delete;
  Hooked& operator=(const Hooked&) = delete;
  ~Hooked() { dsc::install_transport(inner_); }

  [[nodiscard]] static Answer refuse(dsc::TransportError::Kind kind) {
    return std::unexpected(dsc::TransportError{kind, "the test says so"});
  }

 private:
  class Transport final : public dsc::Transport {
   public:
    Transport(std::shared_ptr<dsc::Transport> inner, Hook hook)
        : inner_(std::move(inner)), hook_(std::move(hook)) {}
    dsc::Result<std::vector<dsc::Instance>> instances(const wmi::Guid& guid) override {
      if (auto answer = hook_({guid, {}, 0})) {
        if (!*answer) return std::unexpected(answer->error());
        return std::vector<dsc::Instance>();
      }
      return inner_->instances(guid);
    }
    dsc::Result<dsc::Block> query(const wmi::Guid& guid, const std::string& instance) override {
      if (auto answer = hook_({guid, instance, 0})) return *std::move(answer);
      return inner_->query(guid, instance);
    }
    dsc::Result<dsc::Block> call(const wmi::Guid& guid, const std::string& instance,
                                 std::uint32_t method, std::span<const std::uint8_t> in) override {
      if (auto answer = hook_({guid, instance, method})) return *std::move(answer);
      return inner_->call(guid, instance, method, in);
    }

   private:
    const std::shared_ptr<dsc::Transport> inner_;
    const Hook hook_;
  };

  const std::shared_ptr<dsc::Transport> inner_;
};

// A place where a request stops until the test lets it go on.
class Gate {
 public:
  void stop_here() {
    reached_.release();
    open_.acquire();
  }
  void wait_until_reached() { reached_.acquire(); }
  void open() { open_.release(); }

 private:
  std::binary_semaphore reached_{0}, open_{0};
};

}  // namespace hbalab::vds_test
