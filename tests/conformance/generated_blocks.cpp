// Queries: single and all, with every room, of what is there and of what is not.
#include <algorithm>
#include <set>

#include "tests/conformance/generated.hpp"

namespace hbalab::conform {
namespace {

using wmi::MinorFunction;

constexpr std::size_t kBeyond = 8;  // rooms above what is needed
constexpr std::size_t kEveryRoom = 16
                                   << 10;   // blocks up to this size are asked for with every room
constexpr std::size_t kSampledRooms = 256;  // of larger ones

std::string bytes_text(std::size_t count) { return std::to_string(count) + " bytes"; }

// Every room from 0 to needed + 8; of large blocks the ends, and a sample between them.
std::vector<std::size_t> rooms_of(std::size_t needed) {
  std::vector<std::size_t> rooms;
  const std::size_t step = needed <= kEveryRoom ? 1 : needed / kSampledRooms;
  for (std::size_t room = 0; room < needed; room += step) rooms.push_back(room);
  for (std::size_t room = needed > 9 ? needed - 9 : 0; room <= needed + kBeyond; ++room)
    rooms.push_back(room);
  return rooms;
}

void query_single(Context& context, const wmi::Class& cls) {
  const wmi::Shape shape = wmi::shape_of(cls);
  for_each_instance(context, cls, [&](const std::string& instance) {
    const Reply reply = context.query(cls, instance);
    if (!context.check_outcome(reply, {Outcome::success})) return;
    const auto decoded = wmi::decode(shape, reply.data);
    if (!decoded)
      context.fail(decoded.error().path, "a block of the class's layout",
                   decoded.error().to_string());
  });
}

// What a block has beyond its values: padding, what lies behind strings, odd booleans.
void padding(Context& context, const wmi::Class& cls) {
  for_each_instance(context, cls, [&](const std::string& instance) {
    const Reply reply = context.query(cls, instance);
    const auto decoded = wmi::decode(wmi::shape_of(cls), reply.data);
    if (!reply.ok() || !decoded) return;  // query says so
    for (const auto& residue : decoded->residue)
      context.fail("offset " + std::to_string(residue.offset), "zeros, which carry no value",
                   bytes_text(residue.bytes.size()) + " of something else");
  });
}

void query_all(Context& context, const wmi::Class& cls) {
  const auto names = context.instances(cls);
  Request made;
  made.minor = MinorFunction::query_all_data;
  made.guid = cls.guid;
  const Reply reply = context.request(made, "query all of " + cls.name);
  if (!context.check_outcome(reply, {Outcome::success})) return;
  const std::size_t own = static_cast<std::size_t>(std::ranges::count_if(
      names, [&](const auto& name) { return name.starts_with(context.device()); }));
  // One driver is asked, of which other devices are not. Names that do not speak of a device can be
  // those of several: each logical unit is a driver's own.
  const std::size_t count = reply.all.size();
  const bool whole =
      count == names.size() || count == own || (own == 0 && count != 0 && count < names.size());
  context.check(whole, "number of instances", std::to_string(names.size()),
                std::to_string(reply.all.size()));
  std::set<std::string> seen;
  for (const auto& [name, block] : reply.all) {
    if (!name.empty() && !seen.insert(name).second)
      context.fail("instance name", "each name once", name + " twice");
    const auto decoded = wmi::decode(wmi::shape_of(cls), block);
    if (!decoded)
      context.fail(decoded.error().path, "a block of the class's layout",
                   decoded.error().to_string());
  }
}

void every_room(Context& context, const wmi::Class& cls) {
  for_each_instance(context, cls, [&](const std::string& instance) {
    const Reply whole = context.query(cls, instance);
    if (!whole.ok()) return;  // query says so
    const std::size_t needed = whole.data.size();
    for (const std::size_t room : rooms_of(needed)) {
      if (context.full()) return;
      const Reply reply = context.query(cls, instance, room);
      if (room < needed) {
        if (!context.check_outcome(reply, {Outcome::too_small})) continue;
        context.check(reply.needed == needed, "room asked for", bytes_text(needed),
                      reply.needed ? bytes_text(*reply.needed) : "none");
      } else if (context.check_outcome(reply, {Outcome::success})) {
        context.check(reply.data.size() == needed, "size of the answer", bytes_text(needed),
                      bytes_text(reply.data.size()));
      }
    }
  });
}

void all_rooms(Context& context, const wmi::Class& cls) {
  Request made;
  made.minor = MinorFunction::query_all_data;
  made.guid = cls.guid;
  made.room = 0;
  const Reply smallest = context.request(made, "query all of " + cls.name + " without room");
  if (smallest.ok()) return;  // nothing to tell: it fits
  if (!context.check_outcome(smallest, {Outcome::too_small})) return;
  const std::size_t needed = smallest.needed.value_or(0);
  context.check(needed > 0, "room asked for", "more than was offered", bytes_text(needed));
  for (const std::size_t room : {needed / 4, needed / 2, needed - 1, needed, needed + kBeyond}) {
    made.room = room;
    const Reply reply =
        context.request(made, "query all of " + cls.name + " with room for " + bytes_text(room));
    const bool fits = room >= needed;
    if (!context.check_outcome(reply, {fits ? Outcome::success : Outcome::too_small})) continue;
    if (!fits)
      context.check(reply.needed == needed, "room asked for", bytes_text(needed),
                    bytes_text(reply.needed.value_or(0)));
  }
}

void unknown_instance(Context& context, const wmi::Class& cls) {
  const Reply reply = context.query(cls, context.device() + "_9999999");
  if (reply.ok()) context.check_outcome(reply, {Outcome::not_found});
}

void unknown_index(Context& context, const wmi::Class& cls) {
  const std::string instance = context.instance(cls);
  for (const std::uint32_t index : {1000U, 0xFFFFFFFEU}) {
    Request made;
    made.guid = cls.guid;
    made.instance = instance;
    made.index = index;
    const Reply reply =
        context.request(made, "query " + cls.name + ", instance number " + std::to_string(index));
    if (reply.ok()) context.check_outcome(reply, {Outcome::not_found, Outcome::unsupported});
  }
}

void names(Context& context, const wmi::Class& cls) {
  const auto first = context.instances(cls);
  std::set<std::string> seen;
  for (const std::string& name : first) {
    context.check(!name.empty(), "instance name", "a name", "an empty text");
    if (!seen.insert(name).second) context.note("instance name", "each name once", name + " twice");
  }
  const auto again = context.instances(cls);
  if (again != first)
    context.note("instances, listed again", std::to_string(first.size()) + " as before",
                 std::to_string(again.size()));
}

void add_queries(const wmi::Class& cls, std::vector<Case>& cases) {
  constexpr auto kMust = Weight::must;
  add_case(cases, cls,
           {"block/query",
            "every instance answers with a block of the class's layout",
            {"HwScsiWmiQueryDataBlock (WDK); Driver-Defined WMI Data Items",
             "A query of a single instance returns the block, its items in the order of their ids "
             "and aligned to their types",
             kMust},
            {},
            false},
           query_single);
  add_case(
      cases, cls,
      {"block/padding",
       "bytes of a block that carry no value are zero",
       {"Driver-Defined WMI Data Items",
        "What pads a block, or lies behind a counted string, holds nothing of the driver's memory",
        Weight::should},
       {},
       false},
      padding);
  add_case(
      cases, cls,
      {"block/query-all",
       "a query of all data has every instance once",
       {"IRP_MN_QUERY_ALL_DATA; WNODE_ALL_DATA (WDK)",
        "All data is the block of each instance, and for dynamic names the name of each", kMust},
       {},
       false},
      query_all);
  add_case(cases, cls,
           {"block/every-room",
            "a block asks for more until the room is enough",
            {"WNODE_TOO_SMALL (WDK); HwScsiWmiQueryDataBlock",
             "With less room than needed the driver asks for what it needs; with as much, or more, "
             "it answers with the whole block",
             kMust},
            {Ability::raw},
            false},
           every_room);
  add_case(
      cases, cls,
      {"block/query-all-rooms",
       "a query of all data asks for more until the room is enough",
       {"WNODE_TOO_SMALL (WDK)",
        "With less room than needed the driver asks for what it needs; with as much it answers",
        kMust},
       {Ability::raw},
       false},
      all_rooms);
}

void add_names(const wmi::Class& cls, std::vector<Case>& cases) {
  constexpr auto kMust = Weight::must;
  add_case(cases, cls,
           {"block/unknown-instance",
            "an instance name that is not there is refused",
            {"IRP_MN_QUERY_SINGLE_INSTANCE (WDK)",
             "A request for an instance that the driver does not have fails", kMust},
            {},
            false},
           unknown_instance);
  add_case(cases, cls,
           {"block/unknown-index",
            "an instance number that is not there is refused",
            {"IRP_MN_QUERY_SINGLE_INSTANCE (WDK)",
             "A request for an instance that the driver does not have fails", kMust},
            {Ability::raw},
            false},
           unknown_index);
  add_case(cases, cls,
           {"block/names",
            "instance names are unique and stay",
            {"Defining WMI Instance Names (WDK)",
             "Instance names identify the instances of a class", kMust},
            {},
            false},
           names);
}

}  // namespace

void add_block_cases(const wmi::Class& cls, std::vector<Case>& cases) {
  add_queries(cls, cases);
  add_names(cls, cases);
}

}  // namespace hbalab::conform
