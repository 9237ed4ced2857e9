// Setting: what may be set is taken, kept and can be put back; what may not is refused and stays.
#include <algorithm>

#include "tests/conformance/generated.hpp"

namespace hbalab::conform {
namespace {

using wmi::MinorFunction;

bool is_scalar(const wmi::Property& property) {
  return property.array == wmi::ArrayKind::none && wmi::scalar_size(property.type) != 0;
}

Bytes bytes_of(std::uint64_t value, std::size_t size) {
  Bytes bytes;
  for (std::size_t i = 0; i < size; ++i)
    bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  return bytes;
}

std::uint64_t number_of(const Bytes& bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 8; ++i)
    value |= std::uint64_t{bytes[i]} << (8 * i);
  return value;
}

// Other values that the property might take: a driver may have rules of its own.
std::vector<Bytes> candidates(const wmi::Property& property, const Bytes& now) {
  std::vector<Bytes> found;
  const auto offer = [&](std::uint64_t value) {
    Bytes item = bytes_of(value, now.size());
    if (item != now && std::ranges::find(found, item) == found.end())
      found.push_back(std::move(item));
  };
  if (!is_scalar(property)) return found;
  const std::uint64_t value = number_of(now);
  if (property.type == wmi::CimType::boolean) {
    offer(value == 0 ? 1 : 0);
    return found;
  }
  if (property.enumeration) {
    for (const auto& item : property.enumeration->items) offer(item.value);
    return found;
  }
  for (const std::uint64_t other : {value + 1, value - 1, value / 2, value * 2, std::uint64_t{512}})
    offer(other);
  return found;
}

std::optional<Bytes> read_item(Context& context, const wmi::Class& cls, const std::string& instance,
                               std::size_t member) {
  const Reply reply = context.query(cls, instance);
  return reply.ok() ? item_of(cls, member, reply.data) : std::nullopt;
}

void refused(Context& context, const wmi::Class& cls, std::size_t member) {
  const wmi::Property& property = cls.properties[member];
  for_each_instance(context, cls, [&](const std::string& instance) {
    const auto before = read_item(context, cls, instance, member);
    if (!before || before->empty()) return;
    Bytes other = *before;
    const bool text = property.type == wmi::CimType::string;
    other[text && other.size() > 2 ? 2 : 0] ^= 1;
    const Reply reply = context.set_item(cls, instance, property, other);
    if (reply.ok()) context.check_outcome(reply, {Outcome::read_only});
    const auto after = read_item(context, cls, instance, member);
    context.check(after != other, property.name, "as before: it is read-only",
                  "what was refused, or taken without effect elsewhere");
  });
}

// What changed along with a property, as the address of a port that makes its own, goes back as far
// as it can be set.
void put_back_others(Context& context, const wmi::Class& cls, const std::string& instance,
                     const Bytes& before) {
  const Reply now = context.query(cls, instance);
  if (!now.ok() || now.data == before) return;
  for (std::size_t member = 0; member < cls.properties.size(); ++member) {
    const auto was = item_of(cls, member, before);
    if (cls.properties[member].writable && was && was != item_of(cls, member, now.data))
      (void)context.set_item(cls, instance, cls.properties[member], *was);
  }
}

// The instance as it was is the measure at the end.
void settable(Context& context, const wmi::Class& cls, std::size_t member) {
  const wmi::Property& property = cls.properties[member];
  const std::string instance = context.instance(cls);
  const Reply whole = context.query(cls, instance);
  if (!context.check_outcome(whole, {Outcome::success})) return;
  const auto now = item_of(cls, member, whole.data);
  if (!now) return context.skip("the block has no bytes of " + property.name);
  const Reply same = context.set_item(cls, instance, property, *now);
  if (!context.check_outcome(same, {Outcome::success}, property.name + ", set to what it is"))
    return;
  for (const Bytes& other : candidates(property, *now)) {
    const Reply set = context.set_item(cls, instance, property, other);
    if (!set.ok()) continue;
    const auto read = read_item(context, cls, instance, member);
    context.check(read == other, property.name,
                  std::to_string(number_of(other)) + ", as it was set",
                  read ? std::to_string(number_of(*read)) : "nothing");
    const Reply back = context.set_item(cls, instance, property, *now);
    context.check_outcome(back, {Outcome::success}, property.name + ", put back");
    put_back_others(context, cls, instance, whole.data);
    break;
  }
  const Reply after = context.query(cls, instance);
  const auto kept = after.ok() ? item_of(cls, member, after.data) : std::nullopt;
  context.check(kept == now, property.name + ", put back", "as it was", "something else");
}

Reply set_block(Context& context, const wmi::Class& cls, const std::string& instance, Bytes block) {
  Request made;
  made.minor = MinorFunction::change_single_instance;
  made.guid = cls.guid;
  made.instance = instance;
  const std::string size = std::to_string(block.size());
  made.data = std::move(block);
  return context.request(std::move(made),
                         "set " + cls.name + " of " + instance + ", " + size + " bytes");
}

void whole_block(Context& context, const wmi::Class& cls) {
  const bool writable = std::ranges::any_of(cls.properties, &wmi::Property::writable);
  const std::string instance = context.instance(cls);
  const Reply before = context.query(cls, instance);
  if (!context.check_outcome(before, {Outcome::success})) return;
  const Reply set = set_block(context, cls, instance, before.data);
  if (writable) {
    context.check_outcome(set, {Outcome::success});
  } else if (set.ok()) {
    context.check_outcome(set, {Outcome::read_only});
  }
  const Reply after = context.query(cls, instance);
  if (writable)
    context.check(after.data == before.data, "the block, set to what it is", "as it was",
                  "something else");
}

void short_block(Context& context, const wmi::Class& cls) {
  const std::string instance = context.instance(cls);
  const Reply before = context.query(cls, instance);
  if (!context.check_outcome(before, {Outcome::success})) return;
  const std::size_t fixed = std::min(cls.layout.unpadded_size, before.data.size());
  for (const std::size_t size : {std::size_t{0}, fixed / 2, fixed == 0 ? 0 : fixed - 1}) {
    if (size >= fixed) continue;
    const Reply set = set_block(
        context, cls, instance,
        Bytes(before.data.begin(), before.data.begin() + static_cast<std::ptrdiff_t>(size)));
    if (set.ok())
      context.check_outcome(set, {Outcome::invalid, Outcome::unsupported, Outcome::failed});
  }
  const Reply after = context.query(cls, instance);
  context.check(after.data.size() == before.data.size(), "the block, after short ones were set",
                std::to_string(before.data.size()) + " bytes",
                std::to_string(after.data.size()) + " bytes");
}

void unknown_item(Context& context, const wmi::Class& cls) {
  const std::string instance = context.instance(cls);
  for (const std::uint32_t id :
       {0U, static_cast<std::uint32_t>(cls.properties.size()) + 1000, 0xFFFFFFFFU}) {
    Request made;
    made.minor = MinorFunction::change_single_item;
    made.guid = cls.guid;
    made.instance = instance;
    made.id = id;
    made.data = Bytes(8);
    const Reply set = context.request(
        made, "set item " + std::to_string(id) + " of " + cls.name + ", " + instance);
    if (set.ok()) context.check_outcome(set, {Outcome::unsupported});
  }
}

void add_property(const wmi::Class& cls, std::size_t member, std::vector<Case>& cases) {
  const wmi::Property& property = cls.properties[member];
  const std::string source =
      "MOF of " + cls.name + " (read, write); IRP_MN_CHANGE_SINGLE_ITEM (WDK)";
  if (!property.writable) {
    add_case(cases, cls,
             {property.name + "/read-only",
              property.name + " cannot be set",
              {source, "An item without the write qualifier is refused and stays as it is",
               Weight::must},
              {Ability::set_item},
              false},
             [member](Context& context, const wmi::Class& its) {
               if (member < its.properties.size()) refused(context, its, member);
             });
  } else if (is_scalar(property)) {
    add_case(cases, cls,
             {property.name + "/set",
              property.name + " can be set, read back and put back",
              {source, "An item with the write qualifier takes a new value, and answers with it",
               Weight::must},
              {Ability::set_item},
              true},
             [member](Context& context, const wmi::Class& its) {
               if (member < its.properties.size()) settable(context, its, member);
             });
  }
}

}  // namespace

void add_set_cases(const wmi::Class& cls, std::vector<Case>& cases) {
  for (std::size_t member = 0; member < cls.properties.size(); ++member)
    add_property(cls, member, cases);
  add_case(cases, cls,
           {"block/set",
            "a block that is written as it was read changes nothing",
            {"IRP_MN_CHANGE_SINGLE_INSTANCE (WDK); MOF of " + cls.name,
             "A class with items that can be set takes a whole block; one without them refuses it",
             Weight::must},
            {Ability::raw},
            true},
           whole_block);
  add_case(cases, cls,
           {"block/set-short",
            "a block that is too short is refused",
            {"HwScsiWmiSetDataBlock (WDK)",
             "A driver does not take a block that ends before its items do", Weight::should},
            {Ability::raw},
            true},
           short_block);
  add_case(cases, cls,
           {"block/set-unknown-item",
            "an item id that the class does not have is refused",
            {"IRP_MN_CHANGE_SINGLE_ITEM (WDK)", "A request for an item that is not there fails",
             Weight::must},
            {Ability::raw},
            true},
           unknown_item);
}

}  // namespace hbalab::conform
