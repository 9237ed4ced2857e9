#include "tests/conformance/context.hpp"

#include <algorithm>

#include "tests/conformance/secrets.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::conform {
namespace {

using wmi::MinorFunction;

Bytes first_bytes(const Bytes& bytes, std::size_t most) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min(bytes.size(), most))};
}

void add_ranges(const wmi::BlockView& view, const wmi::Shape& shape,
                std::vector<wmi::PathStep>& path, const std::string& prefix,
                std::vector<Range>& ranges) {
  constexpr std::size_t kMostRanges = 400;
  constexpr std::size_t kMostElements = 64;
  for (std::uint32_t member = 0; member < shape.properties.size(); ++member) {
    if (ranges.size() >= kMostRanges) return;
    path.push_back({member, wmi::PathStep::kNoElement});
    const auto field = view.locate(path);
    const std::string name = prefix + shape.properties[member].name;
    const bool objects = shape.properties[member].type == wmi::CimType::object;
    if (field && !objects) ranges.push_back({name, field->offset, field->size});
    if (field && objects && field->property == nullptr)
      add_ranges(view, field->shape, path, name + "/", ranges);
    const std::uint32_t count = field && objects ? field->count : 0;
    for (std::uint32_t element = 0; element < std::min<std::size_t>(count, kMostElements);
         ++element) {
      path.back().element = element;
      const auto inner = view.locate(path);
      if (inner && inner->property == nullptr)
        add_ranges(view, inner->shape, path, name + "/" + std::to_string(element) + "/", ranges);
    }
    path.pop_back();
  }
}

// A member of the block by itself, where it takes as many bytes as it does now: also a count that
// no longer agrees with its array.
std::optional<Bytes> with_item(const wmi::Shape& shape, Bytes block, std::string_view path,
                               const Json& value) {
  const auto property = std::ranges::find(shape.properties, path, &wmi::Property::name);
  if (property == shape.properties.end()) return std::nullopt;
  const auto member = static_cast<std::uint32_t>(property - shape.properties.begin());
  const wmi::PathStep step{member, wmi::PathStep::kNoElement};
  const auto field = wmi::BlockView(shape, block).locate({&step, 1});
  const wmi::StructLayout layout = wmi::compute_layout({&*property, 1});
  const auto alone = wmi::from_json({{&*property, 1}, &layout}, Json{{property->name, value}});
  if (!field || !alone) return std::nullopt;
  const auto item = wmi::encode_item(*property, alone->members.front());
  if (!item || item->size() != field->size || field->offset + field->size > block.size())
    return std::nullopt;
  std::ranges::copy(*item, block.begin() + static_cast<std::ptrdiff_t>(field->offset));
  return block;
}

}  // namespace

std::vector<Range> ranges_of(const wmi::Shape& shape, const Bytes& block) {
  std::vector<Range> ranges;
  std::vector<wmi::PathStep> path;
  const wmi::BlockView view(shape, block);
  add_ranges(view, shape, path, "", ranges);
  return ranges;
}

std::optional<Bytes> with_value(const wmi::Shape& shape, const Bytes& block, std::string_view path,
                                const Json& value) {
  if (auto block_of_item = with_item(shape, block, path, value)) return block_of_item;
  auto decoded = wmi::decode(shape, block);
  if (!decoded) return std::nullopt;
  Json json = wmi::to_json(shape, decoded->root, {false, true});
  const Json* place = find_path(json, path);
  if (place == nullptr) return std::nullopt;
  *const_cast<Json*>(place) = value;  // of `json`, which is ours
  auto root = wmi::from_json(shape, json);
  if (!root) return std::nullopt;
  // What carries no value stays as it came; where the block has become longer or shorter it cannot.
  decoded->root = *std::move(root);
  auto encoded = wmi::encode(shape, *decoded);
  if (!encoded || encoded->size() != block.size()) encoded = wmi::encode(shape, decoded->root);
  if (!encoded) return std::nullopt;
  return *std::move(encoded);
}

const wmi::Class* Context::find_class(std::string_view name) const {
  return subject_.schema()->find(name);
}

const wmi::Method* Context::find_method(std::string_view name, const wmi::Class*& cls) const {
  const auto dot = name.find('.');
  cls = find_class(name.substr(0, dot));
  if (cls == nullptr || dot == std::string_view::npos) return nullptr;
  return cls->method(name.substr(dot + 1));
}

std::vector<std::string> Context::instances(const wmi::Class& cls) {
  auto names = subject_.instances(cls);
  if (names) return *std::move(names);
  note("instances of " + cls.name, "a list", names.error());
  return {};
}

std::string Context::instance(const wmi::Class& cls) {
  const auto names = subject_.instances(cls).value_or(std::vector<std::string>{});
  const auto own = std::ranges::find_if(
      names, [&](const std::string& name) { return name.starts_with(device_ + "_"); });
  if (own != names.end()) return *own;
  return names.empty() ? std::string() : names.front();
}

Reply Context::request(Request request, std::string what, std::optional<wmi::Shape> answer) {
  if (request.device.empty()) request.device = device_;
  last_ = {std::move(what), nullptr, without_secrets(*subject_.schema(), request), {}, answer};
  any_request_ = true;
  if (listener_) listener_(last_.what);
  last_.reply = subject_.request(request);
  return last_.reply;
}

std::expected<std::uint64_t, std::string> Context::start(Request request, std::string what) {
  if (request.device.empty()) request.device = device_;
  if (listener_) listener_(what);
  return subject_.start(request);
}

Reply Context::query(const wmi::Class& cls, const std::string& instance, std::size_t room) {
  std::string what = "query " + cls.name + " of " + instance;
  if (room != Request::kAsNeeded) what += " with room for " + std::to_string(room) + " bytes";
  Request made{MinorFunction::query_single_instance, cls.guid, instance, {}, 0, {}, room, {}};
  return request(std::move(made), std::move(what), wmi::shape_of(cls));
}

Reply Context::call(const wmi::Class& cls, const wmi::Method& method, const std::string& instance,
                    Bytes in, std::size_t room, std::optional<std::string> json) {
  std::string what = "call " + cls.name + "." + method.name + " of " + instance;
  if (room != Request::kAsNeeded) what += " with room for " + std::to_string(room) + " bytes";
  Request made{MinorFunction::execute_method,
               cls.guid,
               instance,
               {},
               method.id,
               std::move(in),
               room,
               {},
               std::move(json)};
  return request(std::move(made), std::move(what), wmi::out_shape(method));
}

Reply Context::set_item(const wmi::Class& cls, const std::string& instance,
                        const wmi::Property& property, const Bytes& item) {
  Request made{MinorFunction::change_single_item, cls.guid, instance, {}, property.id, item, 0, {}};
  return request(std::move(made), "set " + property.name + " of " + cls.name + ", " + instance);
}

std::expected<StartedCall, std::string> Context::start(const wmi::Class& cls,
                                                       const wmi::Method& method,
                                                       const std::string& instance, Bytes in) {
  StartedCall call;
  const Request made{MinorFunction::execute_method,
                     cls.guid,
                     instance,
                     {},
                     method.id,
                     std::move(in),
                     Request::kAsNeeded,
                     device_};
  call.exchange = {"call " + cls.name + "." + method.name + " of " + instance,
                   nullptr,
                   without_secrets(*subject_.schema(), made),
                   {},
                   wmi::out_shape(method)};
  if (listener_) listener_("start " + call.exchange.what);
  const auto ticket = subject_.start(made);
  if (!ticket) return std::unexpected(ticket.error());
  call.ticket = *ticket;
  return call;
}

Reply Context::finish(StartedCall call) {
  if (listener_) listener_("finish " + call.exchange.what);
  last_ = std::move(call.exchange);
  any_request_ = true;
  last_.reply = subject_.finish(call.ticket);
  return last_.reply;
}

Evidence Context::evidence() const {
  Evidence evidence;
  evidence.request = last_.what;
  evidence.in = last_.in;
  evidence.outcome = outcome_name(last_.reply.outcome);
  if (!last_.reply.detail.empty()) evidence.outcome += ": " + last_.reply.detail;
  evidence.sent = first_bytes(last_.sent, kMostBytes);
  evidence.received = first_bytes(shown_answer(last_.reply.data), kMostBytes);
  if (last_.shape && !last_.reply.data.empty())
    evidence.ranges = ranges_of(*last_.shape, last_.reply.data);
  return evidence;
}

Bytes Context::shown_answer(const Bytes& block) const {
  return last_.shape ? without_secrets(*last_.shape, block) : block;
}

void Context::describe_in(std::span<const wmi::Property> properties, Json in) {
  last_.in = without_secrets(properties, std::move(in));
}

void Context::took(Exchange exchange) {
  last_ = std::move(exchange);
  any_request_ = true;
}

void Context::fail(std::string where, std::string expected, std::string received) {
  if (full()) return;
  result_.problems.push_back(
      {step_, std::move(where), std::move(expected), std::move(received), {}});
  if (any_request_) result_.problems.back().evidence = evidence();
}

void Context::fail_value(std::string where, const Json& matcher, std::string expected,
                         std::string received) {
  if (full()) return;
  std::optional<Bytes> right;
  const Json* value = only_value(matcher);
  if (value != nullptr && last_.shape && last_.reply.ok())
    right = with_value(*last_.shape, last_.reply.data, where, *value);
  fail(std::move(where), std::move(expected), std::move(received));
  auto& evidence = result_.problems.back().evidence;
  if (right && evidence) evidence->expected = first_bytes(shown_answer(*right), kMostBytes);
}

void Context::check(bool good, std::string_view where, std::string_view expected,
                    std::string_view received) {
  if (!good) fail(std::string(where), std::string(expected), std::string(received));
}

bool Context::check_outcome(const Reply& reply, std::initializer_list<Outcome> wanted,
                            std::string_view where) {
  if (std::ranges::find(wanted, reply.outcome) != wanted.end()) return true;
  std::string names;
  for (const Outcome each : wanted)
    names += (names.empty() ? "" : " or ") + std::string(outcome_name(each));
  std::string came(outcome_name(reply.outcome));
  if (!reply.detail.empty()) came += ": " + reply.detail;
  fail(std::string(where), names, came);
  return false;
}

void Context::note(std::string where, std::string expected, std::string received) {
  if (full()) return;
  result_.problems.push_back(
      {step_, std::move(where), std::move(expected), std::move(received), {}});
}

void Context::note_violations(const std::vector<Violation>& violations) {
  for (const Violation& each : violations)
    note("the driver's contract: " + each.rule, each.expected, each.found);
}

void Context::skip(std::string reason) {
  result_.verdict = Verdict::skipped;
  result_.reason = std::move(reason);
}

}  // namespace hbalab::conform
