#include "tests/conformance/last_requests.hpp"

#include <algorithm>

namespace hbalab::conform {
namespace {

using std::chrono::milliseconds;
using wmi::MinorFunction;

constexpr std::size_t kRoom = 4096;
constexpr milliseconds kMoment{1};          // for an answer, before the next request
constexpr std::uint32_t kLong = 3'600'000;  // where a method takes milliseconds it pends

class LastRequests {
 public:
  explicit LastRequests(Context& context) : context_(context) {}

  void make() {
    control(MinorFunction::enable_collection, MinorFunction::enable_events);
    touch();
    control(MinorFunction::disable_collection, MinorFunction::disable_events);
    touch();
    // What pends is aborted, then reset, and then the driver stops.
    for (const std::uint64_t ticket : pend()) context_.subject().cancel(ticket);
    (void)pend();
    (void)context_.subject().reset(context_.device());
    (void)pend();
  }

 private:
  [[nodiscard]] static bool is_event(const wmi::Class& cls) {
    return cls.kind == wmi::ClassKind::event;
  }

  void control(MinorFunction collection, MinorFunction events) {
    for (const wmi::Class* cls : context_.subject().classes()) {
      Request made;
      made.minor = is_event(*cls) ? events : collection;
      made.guid = cls->guid;
      made.room = 0;
      (void)context_.start(made, "control of " + cls->name);
      context_.subject().wait(kMoment);
    }
  }

  // Each instance gets the block that it has, and each of its methods is called.
  void touch() {
    for (const wmi::Class* cls : context_.subject().classes()) {
      if (is_event(*cls)) continue;
      for (const std::string& instance :
           context_.subject().instances(*cls).value_or(std::vector<std::string>{})) {
        const Reply block = context_.query(*cls, instance);
        if (block.ok()) {
          Request made;
          made.minor = MinorFunction::change_single_instance;
          made.guid = cls->guid;
          made.instance = instance;
          made.data = block.data;
          made.room = 0;
          (void)context_.start(made, "set all of " + cls->name);
          context_.subject().wait(kMoment);
        }
        for (const wmi::Method& method : cls->methods) call(*cls, instance, method);
      }
    }
  }

  // With IN of zeroes and of a 1; without room for OUT, with just enough and with much.
  void call(const wmi::Class& cls, const std::string& instance, const wmi::Method& method) {
    for (const std::uint32_t value : {0U, 1U}) {
      for (const std::size_t room : {std::size_t{0}, method.out_layout.fixed_size, kRoom}) {
        (void)start(cls, instance, method, value, room);
        context_.subject().wait(kMoment);
      }
    }
  }

  std::optional<std::uint64_t> start(const wmi::Class& cls, const std::string& instance,
                                     const wmi::Method& method, std::uint32_t value,
                                     std::size_t room) {
    Request made;
    made.minor = MinorFunction::execute_method;
    made.guid = cls.guid;
    made.instance = instance;
    made.id = method.id;
    made.data.resize(method.in_layout.fixed_size);
    for (std::size_t i = 0; i < std::min(sizeof value, made.data.size()); ++i)
      made.data[i] = static_cast<std::uint8_t>(value >> (8 * i));
    made.room = room;
    const auto ticket = context_.start(made, "call " + cls.name + "." + method.name);
    return ticket ? std::optional(*ticket) : std::nullopt;
  }

  std::vector<std::uint64_t> pend() {
    std::vector<std::uint64_t> tickets;
    for (const wmi::Class* cls : context_.subject().classes()) {
      const std::string instance = context_.instance(*cls);
      for (const wmi::Method& method : cls->methods) {
        if (const auto ticket = start(*cls, instance, method, kLong, kRoom))
          tickets.push_back(*ticket);
      }
    }
    return tickets;
  }

  Context& context_;
};

}  // namespace

void make_last_requests(Context& context) { LastRequests(context).make(); }

}  // namespace hbalab::conform
