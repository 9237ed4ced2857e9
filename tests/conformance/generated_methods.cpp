// Methods and events: what must be so whatever they do.
#include "tests/conformance/generated.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::conform {
namespace {

using wmi::MinorFunction;

// IN with the documented defaults.
std::optional<Bytes> default_in(Context& context, const wmi::Method& method) {
  const wmi::Shape shape = wmi::in_shape(method);
  const auto object = wmi::from_json(shape, Json::object());
  if (object) {
    if (auto block = wmi::encode(shape, *object)) return *std::move(block);
  }
  context.skip("an IN block cannot be made without values");
  return std::nullopt;
}

// Whether the method says in OUT that it did nothing.
bool refused_in_out(const wmi::Method& method, const Reply& reply) {
  const auto decoded = wmi::decode(wmi::out_shape(method), reply.data);
  if (!decoded) return false;
  for (std::size_t i = 0; i < method.out.size(); ++i) {
    if (method.out[i].name != "Status") continue;
    const auto* status = std::get_if<std::uint64_t>(&decoded->root.members[i]);
    return status != nullptr && *status != 0;
  }
  return false;
}

void short_in(Context& context, const wmi::Class& cls, const wmi::Method& method) {
  const std::string instance = context.instance(cls);
  const auto in = default_in(context, method);
  if (!in) return;
  const std::size_t fixed = std::min(method.in_layout.fixed_size, in->size());
  for (const std::size_t size : {std::size_t{0}, fixed / 2, fixed - 1}) {
    const Reply reply = context.call(
        cls, method, instance, Bytes(in->begin(), in->begin() + static_cast<std::ptrdiff_t>(size)));
    if (reply.ok() && !refused_in_out(method, reply))
      context.check_outcome(reply, {Outcome::invalid, Outcome::unsupported, Outcome::failed},
                            "IN of " + std::to_string(size) + " bytes");
  }
}

void small_out(Context& context, const wmi::Class& cls, const wmi::Method& method) {
  const std::string instance = context.instance(cls);
  const auto in = default_in(context, method);
  if (!in) return;
  const std::size_t fixed = method.out_layout.fixed_size;
  // OUT lies where IN lay, so there is room for as much as IN took.
  for (std::size_t room = in->size(); room < fixed && !context.full(); ++room) {
    const Reply reply = context.call(cls, method, instance, *in, room);
    if (!context.check_outcome(reply, {Outcome::too_small})) continue;
    context.check(reply.needed.value_or(0) > room, "room asked for",
                  "more than " + std::to_string(room) + " bytes",
                  std::to_string(reply.needed.value_or(0)) + " bytes");
  }
}

void unknown_method(Context& context, const wmi::Class& cls) {
  const std::string instance = context.instance(cls);
  for (const std::uint32_t id : {0U, 9999U, 0x80000000U, 0xFFFFFFFFU}) {
    if (cls.method(id) != nullptr) continue;
    Request made;
    made.minor = MinorFunction::execute_method;
    made.guid = cls.guid;
    made.instance = instance;
    made.id = id;
    made.data = Bytes(64);
    made.room = 256;
    const Reply reply =
        context.request(made, "call method " + std::to_string(id) + " of " + cls.name);
    if (reply.ok()) context.check_outcome(reply, {Outcome::unsupported});
  }
}

void unknown_instance(Context& context, const wmi::Class& cls, const wmi::Method& method) {
  const auto in = default_in(context, method);
  if (!in) return;
  const Reply reply = context.call(cls, method, context.device() + "_9999999", *in);
  if (reply.ok()) context.check_outcome(reply, {Outcome::not_found});
}

void add_method(const wmi::Class& cls, const wmi::Method& method, std::vector<Case>& cases) {
  const auto bind = [&](void (*body)(Context&, const wmi::Class&, const wmi::Method&)) {
    return [id = method.id, body](Context& context, const wmi::Class& its) {
      if (const wmi::Method* found = its.method(id)) body(context, its, *found);
    };
  };
  const std::string name = method.name;
  if (method.in_layout.fixed_size != 0) {
    add_case(cases, cls,
             {name + "/in-short",
              name + " refuses an IN block that is too short",
              {"HwScsiWmiExecuteMethod (WDK), InBufferSize",
               "A method does not run on parameters that it did not get", Weight::should},
              {},
              true},
             bind(short_in));
  }
  if (method.out_layout.fixed_size > method.in_layout.fixed_size) {
    add_case(cases, cls,
             {name + "/out-small",
              name + " asks for more where OUT does not fit",
              {"HwScsiWmiExecuteMethod (WDK), OutBufferSize; WNODE_TOO_SMALL",
               "Without room for OUT the driver says how much it needs", Weight::must},
              {Ability::raw},
              true},
             bind(small_out));
  }
  add_case(cases, cls,
           {name + "/unknown-instance",
            name + " of an instance that is not there is refused",
            {"IRP_MN_EXECUTE_METHOD (WDK)", "A request for an instance that is not there fails",
             Weight::must},
            {},
            true},
           bind(unknown_instance));
}

// ---- events and GUIDs --------------------------------------------------------------------------

void enable_and_disable(Context& context, const wmi::Class& cls) {
  for (const MinorFunction minor :
       {MinorFunction::enable_events, MinorFunction::enable_events, MinorFunction::disable_events,
        MinorFunction::disable_events, MinorFunction::enable_events}) {
    Request made;
    made.minor = minor;
    made.guid = cls.guid;
    const bool on = minor == MinorFunction::enable_events;
    const Reply reply =
        context.request(made, (on ? "enable events of " : "disable events of ") + cls.name);
    context.check_outcome(reply, {Outcome::success});
  }
}

}  // namespace

void add_method_cases(const wmi::Class& cls, std::vector<Case>& cases) {
  if (cls.methods.empty()) return;
  add_case(cases, cls,
           {"method/unknown-id",
            "a method id that the class does not have is refused",
            {"HwScsiWmiExecuteMethod (WDK), MethodId",
             "A driver completes a request for a method that it does not have with an error",
             Weight::must},
            {Ability::raw},
            true},
           unknown_method);
  for (const wmi::Method& method : cls.methods) add_method(cls, method, cases);
}

void add_event_cases(const wmi::Class& cls, std::vector<Case>& cases) {
  add_case(
      cases, cls,
      {"events/control",
       "events can be enabled and disabled, also again",
       {"HwScsiWmiFunctionControl (WDK); IRP_MN_ENABLE_EVENTS",
        "A driver takes requests to enable and to disable the events of a class", Weight::must},
       {Ability::raw},
       true},
      enable_and_disable, false);
}

}  // namespace hbalab::conform
