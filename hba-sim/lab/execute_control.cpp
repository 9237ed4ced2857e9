#include "hba-sim/lab/execute_control.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "hba-sim/fabric/chap.hpp"
#include "hba-sim/lab/config_json.hpp"

namespace hbalab::lab {
namespace {

constexpr std::string_view kExpected = "ADAPTER CLASS ID [IN as hexadecimal digits]";
constexpr std::size_t kMostIn = 64u << 10;
constexpr std::size_t kRoom = 64;  // the client comes back with more when that is too little

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return words;
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

// The newest call.
class Execution : public std::enable_shared_from_this<Execution> {
 public:
  Execution(std::shared_ptr<wmi::ProviderRegistry> registry, std::shared_ptr<wmi::WmiClient> client)
      : registry_(std::move(registry)), client_(std::move(client)) {}

  ControlDone begin(std::string_view text) {
    const auto words = words_of(text);
    if (words.size() < 3 || words.size() > 4) return wrong(text, std::string(kExpected));
    const auto instance = find(words[0], words[1]);
    if (!instance) return std::unexpected(instance.error());
    const auto id = parse_control_number(words[2], 0, 0xFFFFFFFFu);
    if (!id) return std::unexpected(id.error());
    const auto in = words.size() == 3
                        ? std::optional(Bytes())
                        : fabric::decode_binary("0x" + std::string(words[3]), kMostIn);
    if (!in) return wrong(words[3], "at most 64 KiB as hexadecimal digits");
    {
      const std::lock_guard lock(mutex_);
      if (running_) return control_error(EBUSY, "a call is under way");
      running_ = true;
      outcome_ = "running";
    }
    client_->call(*instance, static_cast<std::uint32_t>(*id), *in, kRoom, true,
                  [self = shared_from_this()](std::expected<wmi::BlockAnswer, wmi::WmiError> came) {
                    self->ended(came);
                  });
    return {};
  }

  ControlText show() const {
    const std::lock_guard lock(mutex_);
    return outcome_;
  }

 private:
  static std::unexpected<ControlError> wrong(std::string_view text, const std::string& expected) {
    return control_error(EINVAL, "is " + in_quotes(text) + "; expected " + expected);
  }

  std::expected<wmi::InstanceRef, ControlError> find(std::string_view adapter,
                                                     std::string_view name) const {
    const wmi::Class* known = registry_->schema()->find(name);
    if (known == nullptr) return control_error(ENOENT, "there is no class " + std::string(name));
    for (auto& instance : registry_->static_instances(known->guid)) {
      if (instance.provider->friendly_name() == adapter) return std::move(instance);
    }
    return control_error(
        ENOENT, "adapter " + std::string(adapter) + " has no instance of " + std::string(name));
  }

  void ended(const std::expected<wmi::BlockAnswer, wmi::WmiError>& came) {
    std::string text = "STATUS_SUCCESS";
    if (came) {
      text += ", " + std::to_string(came->data.size()) + " bytes of OUT";
    } else {
      text = wmi::nt_status_name(came.error().status);
    }
    const std::lock_guard lock(mutex_);
    running_ = false;
    outcome_ = std::move(text);
  }

  const std::shared_ptr<wmi::ProviderRegistry> registry_;
  const std::shared_ptr<wmi::WmiClient> client_;
  mutable std::mutex mutex_;
  bool running_ = false;  // guarded by mutex_
  std::string outcome_;   // guarded by mutex_
};

}  // namespace

void add_execute_control(FixedDirectory& directory, std::shared_ptr<wmi::ProviderRegistry> registry,
                         std::shared_ptr<wmi::WmiClient> client) {
  const auto execution = std::make_shared<Execution>(std::move(registry), std::move(client));
  directory.file(
      "execute", [execution] { return execution->show(); },
      [execution](std::string_view text) { return execution->begin(text); });
}

}  // namespace hbalab::lab
