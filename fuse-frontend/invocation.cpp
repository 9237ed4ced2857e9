#include "fuse-frontend/invocation.hpp"

#include <cerrno>
#include <nlohmann/json.hpp>
#include <utility>

#include "wmi-model/text.hpp"

namespace hbalab::fs {
namespace {

// Where a node's value stands: its object, the property list of that object, and the member.
struct Place {
  wmi::Object* object = nullptr;
  wmi::Shape shape;
  std::uint32_t member = 0;
};

wmi::Object empty_object(const wmi::Shape& shape) {
  if (auto defaults = wmi::parse_json(shape, "{}")) return *std::move(defaults);
  wmi::Object object;
  object.members.resize(shape.properties.size());
  return object;
}

Place place_of(wmi::Object& root, wmi::Shape shape, const SchemaNode& node) {
  Place place{&root, shape, 0};
  for (std::size_t k = 0; k < node.members.size(); ++k) {
    place.member = node.members[k];
    if (k + 1 == node.members.size()) break;
    const wmi::Property& property = place.shape.properties[place.member];
    place.shape = wmi::shape_of(*property.object_class);
    wmi::Value& value = place.object->members[node.members[k]];
    if (!std::holds_alternative<wmi::Object>(value)) value = empty_object(place.shape);
    place.object = &std::get<wmi::Object>(value);
  }
  return place;
}

// An array that was set decides its count; what was set as the count before does not hold any more.
void store(const Place& place, wmi::Value value) {
  const wmi::Property& property = place.shape.properties[place.member];
  place.object->members[place.member] = std::move(value);
  if (property.array == wmi::ArrayKind::counted && property.count_index >= 0) {
    place.object->members[static_cast<std::size_t>(property.count_index)] = std::monostate{};
  }
}

}  // namespace

Invocation::Invocation(std::uint32_t number, InstancePtr of, std::uint32_t method,
                       std::string its_name)
    : id(number), instance(std::move(of)), method_index(method), name(std::move(its_name)) {
  in_ = empty_object(wmi::in_shape(this->method()));
}

const wmi::Method& Invocation::method() const { return instance->cls->cls->methods[method_index]; }

const SchemaTree& Invocation::tree() const {
  return *instance->cls->invocation_trees[method_index];
}

Invocation::State Invocation::state() const {
  const std::scoped_lock lock(mutex_);
  return state_;
}

std::string_view Invocation::state_name(State state) {
  switch (state) {
    case State::idle:
      return "idle";
    case State::running:
      return "running";
    case State::done:
      return "done";
    case State::failed:
      return "failed";
  }
  return "";
}

std::expected<std::string, Failure> Invocation::read_in(const SchemaNode& node) const {
  if (node.secret) return std::string();
  const std::scoped_lock lock(mutex_);
  wmi::Object copy;  // only where an object on the way is not set does the look-up write
  copy = in_;
  const Place place = place_of(copy, wmi::in_shape(method()), node);
  const wmi::Value& value = place.object->members[place.member];
  if (std::holds_alternative<std::monostate>(value)) {
    // A count that follows its array, or a value without default: nothing is set.
    return std::string();
  }
  if (node.kind == NodeKind::json_value) {
    const auto json = wmi::to_json(place.shape, *place.object);
    const auto found = json.find(node.property->name);
    const std::string text =
        found == json.end()
            ? "[]"
            : found->dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    return text + "\n";
  }
  return node.kind == NodeKind::value_name ? wmi::format_names(*node.property, value)
                                           : wmi::format_property(*node.property, value);
}

std::expected<void, Failure> Invocation::write_in(const SchemaNode& node, std::string_view text) {
  wmi::Value value;
  if (node.kind != NodeKind::json_value) {
    auto parsed = wmi::parse_property(*node.property, text);
    if (!parsed) return std::unexpected(failure(parsed.error()));
    value = *std::move(parsed);
  }
  nlohmann::ordered_json json;
  if (node.kind == NodeKind::json_value) {
    auto parsed = wmi::parse_json_text(text);
    if (!parsed) return std::unexpected(failure(parsed.error()));
    json[node.property->name] = *std::move(parsed);
  }
  const std::scoped_lock lock(mutex_);
  if (state_ == State::running) return std::unexpected(failure(EBUSY, "the invocation is running"));
  const Place place = place_of(in_, wmi::in_shape(method()), node);
  if (node.kind == NodeKind::json_value) {
    auto object = wmi::from_json(place.shape, json);
    if (!object) return std::unexpected(failure(object.error()));
    value = std::move(object->members[place.member]);
  }
  store(place, std::move(value));
  return {};
}

SnapshotPtr Invocation::out() const {
  const std::scoped_lock lock(mutex_);
  return out_;
}

wmi::PendingCall Invocation::execute(wmi::WmiClient& client, Done done) {
  std::expected<wmi::Bytes, wmi::CodecError> in;
  bool busy = false;
  {
    const std::scoped_lock lock(mutex_);
    busy = state_ == State::running;
    if (!busy) {
      in = wmi::encode(wmi::in_shape(method()), in_);
      out_.reset();
      state_ = in ? State::running : State::failed;
    }
  }
  if (busy) {
    done(std::unexpected(failure(EBUSY, "the invocation is running")));
    return {};
  }
  if (!in) {
    done(std::unexpected(encode_failure(in.error())));
    return {};
  }
  auto kept = std::make_shared<const wmi::Bytes>(*std::move(in));
  const bool secret = has_secret(method().in);
  const std::size_t room = std::max<std::size_t>(method().out_layout.c_size, 64);
  return client.call(instance->ref, method().id, *kept, room, secret,
                     [self = shared_from_this(), kept, done = std::move(done)](
                         std::expected<wmi::BlockAnswer, wmi::WmiError> answer) mutable {
                       self->finished(std::move(answer), *kept, std::move(done));
                     });
}

void Invocation::finished(std::expected<wmi::BlockAnswer, wmi::WmiError> answer,
                          std::span<const std::uint8_t> in, Done done) {
  MethodState& last = instance->methods[method_index];
  if (!answer) {
    last.failed(method(), in, answer.error());
    {
      const std::scoped_lock lock(mutex_);
      state_ = State::failed;
    }
    done(std::unexpected(failure(answer.error())));
    return;
  }
  last.completed(method(), in, answer->data);
  auto snapshot = std::make_shared<const Snapshot>(wmi::out_shape(method()), *std::move(answer));
  {
    const std::scoped_lock lock(mutex_);
    out_ = std::move(snapshot);
    state_ = State::done;
  }
  done({});
}

std::expected<InvocationPtr, int> InvocationTable::make(const InstancePtr& instance,
                                                        std::uint32_t method,
                                                        const std::string& name) {
  const std::scoped_lock lock(mutex_);
  Key key(instance.get(), method, name);
  if (by_name_.contains(key)) return std::unexpected(EEXIST);
  if (by_name_.size() >= kMost) return std::unexpected(ENOSPC);
  while (by_id_.contains(next_)) next_ = next_ == kMaxSlot ? 0 : next_ + 1;
  auto invocation = std::make_shared<Invocation>(next_, instance, method, name);
  next_ = next_ == kMaxSlot ? 0 : next_ + 1;
  by_id_.emplace(invocation->id, invocation);
  by_name_.emplace(std::move(key), invocation);
  return invocation;
}

InvocationPtr InvocationTable::find(std::uint32_t id) const {
  const std::scoped_lock lock(mutex_);
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

InvocationPtr InvocationTable::find(const InstancePtr& instance, std::uint32_t method,
                                    const std::string& name) const {
  const std::scoped_lock lock(mutex_);
  const auto found = by_name_.find(Key(instance.get(), method, name));
  return found == by_name_.end() ? nullptr : found->second;
}

std::vector<InvocationPtr> InvocationTable::list(const InstancePtr& instance,
                                                 std::uint32_t method) const {
  std::vector<InvocationPtr> found;
  const std::scoped_lock lock(mutex_);
  for (auto at = by_name_.lower_bound(Key(instance.get(), method, ""));
       at != by_name_.end() && std::get<0>(at->first) == instance.get() &&
       std::get<1>(at->first) == method;
       ++at) {
    found.push_back(at->second);
  }
  return found;
}

int InvocationTable::remove(const InstancePtr& instance, std::uint32_t method,
                            const std::string& name) {
  InvocationPtr last;  // dies without the lock
  const std::scoped_lock lock(mutex_);
  const auto found = by_name_.find(Key(instance.get(), method, name));
  if (found == by_name_.end()) return ENOENT;
  if (found->second->state() == Invocation::State::running) return EBUSY;
  last = found->second;
  by_id_.erase(last->id);
  by_name_.erase(found);
  return 0;
}

void InvocationTable::purge(const Catalog& catalog) {
  std::vector<InvocationPtr> gone;  // die without the lock
  const std::scoped_lock lock(mutex_);
  for (auto at = by_name_.begin(); at != by_name_.end();) {
    if (catalog.instance(at->second->instance->slot) == at->second->instance) {
      ++at;
      continue;
    }
    gone.push_back(at->second);
    by_id_.erase(at->second->id);
    at = by_name_.erase(at);
  }
}

}  // namespace hbalab::fs
