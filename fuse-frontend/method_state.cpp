#include "fuse-frontend/method_state.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "fuse-frontend/errno_map.hpp"
#include "fuse-frontend/names.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::fs {
namespace {

// Longer blocks are not kept for last.json; their length is.
constexpr std::size_t kLargestKept = 1u << 20;

std::string dump(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

nlohmann::ordered_json lines_of(std::string_view text) {
  auto lines = nlohmann::ordered_json::array();
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(std::string(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

bool has_secret(std::span<const wmi::Property> properties) {
  return std::ranges::any_of(properties, [](const wmi::Property& property) {
    return property.secret ||
           (property.object_class != nullptr && has_secret(property.object_class->properties));
  });
}

std::string block_json(const wmi::Shape& shape, std::span<const std::uint8_t> block) {
  auto decoded = wmi::decode(shape, block);
  if (!decoded) {
    nlohmann::ordered_json json;
    json["malformed"] = decoded.error().to_string();
    return dump(json);
  }
  return dump(wmi::to_json(shape, decoded->root));
}

struct MethodState::State {
  mutable std::mutex mutex;  // guards what follows
  std::uint64_t time = 0;    // 0: no call yet
  std::vector<std::uint8_t> in, out;
  std::size_t in_size = 0, out_size = 0;
  std::string in_json;  // methods with secrets
  bool failed = false;
  wmi::WmiError error;
};

MethodState::MethodState() : state_(std::make_unique<State>()) {}
MethodState::MethodState(MethodState&&) noexcept = default;
MethodState& MethodState::operator=(MethodState&&) noexcept = default;
MethodState::~MethodState() = default;

void MethodState::store(const wmi::Method& method, std::span<const std::uint8_t> in,
                        std::span<const std::uint8_t> out, const wmi::WmiError* error) {
  std::string in_json;
  const bool secret = has_secret(method.in);
  if (secret) in_json = block_json(wmi::in_shape(method), in);
  const auto keep = [](std::span<const std::uint8_t> block) {
    return block.size() <= kLargestKept ? block : std::span<const std::uint8_t>{};
  };
  const std::uint64_t now = filetime_now();
  const std::scoped_lock lock(state_->mutex);
  state_->time = now;
  const auto kept_in = secret ? std::span<const std::uint8_t>{} : keep(in);
  state_->in.assign(kept_in.begin(), kept_in.end());
  state_->in_json = std::move(in_json);
  state_->in_size = in.size();
  const auto kept_out = keep(out);
  state_->out.assign(kept_out.begin(), kept_out.end());
  state_->out_size = out.size();
  state_->failed = error != nullptr;
  if (error != nullptr) state_->error = *error;
}

void MethodState::completed(const wmi::Method& method, std::span<const std::uint8_t> in,
                            std::span<const std::uint8_t> out) {
  store(method, in, out, nullptr);
}

void MethodState::failed(const wmi::Method& method, std::span<const std::uint8_t> in,
                         const wmi::WmiError& error) {
  store(method, in, {}, &error);
}

std::string MethodState::render(const wmi::Method& method, const wmi::WmiProvider* provider,
                                const wmi::Guid& guid) const {
  std::vector<std::uint8_t> in, out;
  std::string in_text;
  std::size_t in_size = 0, out_size = 0;
  std::uint64_t time = 0;
  bool failed = false;
  wmi::WmiError error;
  {
    const std::scoped_lock lock(state_->mutex);
    if (state_->time == 0) return "{}\n";
    time = state_->time;
    in = state_->in;
    out = state_->out;
    in_text = state_->in_json;
    in_size = state_->in_size;
    out_size = state_->out_size;
    failed = state_->failed;
    error = state_->error;
  }
  const auto side = [](const wmi::Shape& shape, const std::vector<std::uint8_t>& block,
                       std::size_t size) {
    if (block.size() == size) return block_json(shape, block);
    return "{\"bytes\":" + std::to_string(size) + "}";
  };
  if (in_text.empty()) in_text = side(wmi::in_shape(method), in, in_size);
  nlohmann::ordered_json head;
  head["method"] = method.name;
  head["time"] = format_filetime(time);
  std::string text = dump(head);
  text.pop_back();
  if (failed) {
    std::string reason = failure(error).reason;
    reason.pop_back();  // its newline
    return text + ",\"in\":" + in_text + ",\"failed\":" + reason + "}\n";
  }
  text += ",\"status\":\"STATUS_SUCCESS\",\"in\":" + in_text +
          ",\"out\":" + side(wmi::out_shape(method), out, out_size);
  // What was not kept cannot be explained.
  const bool whole = in.size() == in_size && out.size() == out_size;
  const auto why = provider != nullptr && whole
                       ? lines_of(provider->explain(guid, method.id, in, out))
                       : nlohmann::ordered_json::array();
  if (!why.empty()) text += ",\"why\":" + dump(why);
  return text + "}\n";
}

}  // namespace hbalab::fs
