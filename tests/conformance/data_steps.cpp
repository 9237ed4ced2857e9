// Cases of data: what each verb does.
#include <algorithm>
#include <limits>
#include <map>

#include "tests/conformance/case_fields.hpp"
#include "tests/conformance/case_run.hpp"
#include "tests/conformance/generated.hpp"
#include "tests/conformance/secrets.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::conform {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRetry{20};          // between tries of a step with "within"
constexpr milliseconds kEventLimit{2'000};  // for an event to come, where the step does not say
constexpr milliseconds kQuietLimit{100};

enum class StepEnd { done, stop, unresolved };

class Steps {
 public:
  explicit Steps(Context& context) : context_(context) {}

  // What came of a step. Findings are in the context.
  StepEnd run(const Step& step);
  // Ends what was started and not finished; what was answered can be undone.
  void end_started();

 private:
  StepEnd attempt(const Step& step);
  [[nodiscard]] std::optional<Json> resolved(const Json& value);
  [[nodiscard]] const wmi::Class* class_of(const Step& step);
  [[nodiscard]] std::string instance_of(const Step& step, const wmi::Class& cls);
  void tell(const std::string& path, const Blame& part);
  void judge(const Step& step, const Reply& reply, const std::optional<wmi::Shape>& shape);
  void judge_answer(const Step& step, const Json& answer);
  [[nodiscard]] std::size_t room_of(const Step& step, const wmi::Shape& shape, Request request);
  void query(const Step& step, const wmi::Class& cls);
  void call(const Step& step);
  void overlap(const Step& step);
  void start(const Step& step);
  void finish(const Step& step);
  void cancel(const Step& step);
  void set(const Step& step, const wmi::Class& cls);
  void list(const Step& step, const wmi::Class& cls);
  void find_driver(const wmi::Class& cls);
  void take_event(const Step& step, const wmi::Class& cls);
  void handle_bench(const Step& step);
  void switch_off_and_on(const Step& step);
  // What a step with call or start asks for; nothing, and a problem: it cannot be asked.
  struct Call {
    const wmi::Class* cls = nullptr;
    const wmi::Method* method = nullptr;
    std::string instance;
    Json in;
    Bytes block;
  };
  [[nodiscard]] std::optional<Call> call_of(const Step& step);

  Context& context_;
  std::map<std::string, StartedCall> started_;  // by name
  bool unresolved_ = false;
};

bool is_about_a_class(Verb verb) {
  switch (verb) {
    case Verb::reset:
    case Verb::finish:
    case Verb::cancel:
    case Verb::bench:
    case Verb::look:
    case Verb::make:
    case Verb::remove:
    case Verb::wait:
      return false;
    default:
      return true;
  }
}

// A text that is one reference has the type of what it names.
std::string plain_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

Bytes bytes_of_hex(std::string_view text) {
  Bytes bytes;
  unsigned digits = 0, value = 0;
  for (const char c : text) {
    if (c == ' ' || c == '\n') continue;
    const auto digit = static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    value = value * 16 + digit;
    if (++digits % 2 != 0) continue;
    bytes.push_back(static_cast<std::uint8_t>(value));
    value = 0;
  }
  return bytes;
}

std::optional<Json> Steps::resolved(const Json& value) {
  auto result = substitute(value, context_.scope());
  if (result) return *std::move(result);
  unresolved_ = true;
  context_.note("reference", "an earlier answer or a parameter", result.error());
  return std::nullopt;
}

const wmi::Class* Steps::class_of(const Step& step) {
  const wmi::Class* cls = context_.find_class(step.object.substr(0, step.object.find('.')));
  if (cls == nullptr) context_.note(step.object, "a class of the schema", "nothing of this name");
  return cls;
}

std::string Steps::instance_of(const Step& step, const wmi::Class& cls) {
  if (step.instance.empty()) return context_.instance(cls);
  const auto pattern = resolved(Json(step.instance));
  if (!pattern) return {};
  for (const std::string& name : context_.instances(cls)) {
    if (glob_matches(plain_text(*pattern), name)) return name;
  }
  // One that is not there is asked for by the name itself.
  return plain_text(*pattern);
}

void Steps::judge_answer(const Step& step, const Json& answer) {
  if (!step.as.empty()) context_.scope().answers[step.as] = answer;
  if (step.expect.is_null()) return;
  const auto expect = resolved(step.expect);
  if (!expect) return;
  for (const auto& [path, matcher] : expect->items()) {
    const Json* value = find_path(answer, path);
    if (value == nullptr) {
      context_.fail(path, "a value", "no such value in " + shown(answer));
      continue;
    }
    const Json* name = find_path(answer, path + ".name");
    if (mismatch(*value, name, matcher)) tell(path, blame(*value, name, matcher));
  }
}

void Steps::tell(const std::string& path, const Blame& part) {
  const std::string where = path + (part.path.empty() ? "" : "/" + part.path);
  const std::string more = part.nearest ? "; no element fits, this one comes nearest" : "";
  if (part.value == nullptr)
    return context_.fail(where, shown(*part.matcher) + more, "no such value");
  context_.fail_value(
      where, *part.matcher,
      mismatch(*part.value, part.name, *part.matcher).value_or(shown(*part.matcher)) + more,
      shown(*part.value) + (part.name != nullptr ? " (" + shown(*part.name) + ")" : ""));
}

void Steps::judge(const Step& step, const Reply& reply, const std::optional<wmi::Shape>& shape) {
  const bool wanted = step.outcomes.empty()
                          ? reply.ok()
                          : std::ranges::find(step.outcomes, reply.outcome) != step.outcomes.end();
  if (!wanted) {
    std::string names;
    for (const Outcome each : step.outcomes)
      names += (names.empty() ? "" : " or ") + std::string(outcome_name(each));
    context_.fail("outcome", names.empty() ? "success" : names,
                  std::string(outcome_name(reply.outcome)) +
                      (reply.detail.empty() ? "" : ": " + reply.detail));
    return;
  }
  if (!reply.ok() || !shape) return;
  const auto decoded = wmi::decode(*shape, reply.data);
  if (!decoded) {
    context_.fail(decoded.error().path, "a block of the class's layout",
                  decoded.error().to_string());
    return;
  }
  judge_answer(step, wmi::to_json(*shape, decoded->root, {true, true}));
}

// Asks without room first where the room is relative to what is needed.
std::size_t Steps::room_of(const Step& step, const wmi::Shape& shape, Request request) {
  if (!step.room) return Request::kAsNeeded;
  if (!step.room->relative) return static_cast<std::size_t>(step.room->bytes);
  request.room = 0;
  const Reply reply =
      context_.request(std::move(request), "the size that " + step.object + " needs", shape);
  const std::int64_t needed = static_cast<std::int64_t>(reply.needed.value_or(reply.data.size()));
  return static_cast<std::size_t>(std::max<std::int64_t>(needed + step.room->bytes, 0));
}

void Steps::query(const Step& step, const wmi::Class& cls) {
  const std::string instance = instance_of(step, cls);
  if (unresolved_) return;
  const wmi::Shape shape = wmi::shape_of(cls);
  const std::size_t room =
      room_of(step, shape,
              {wmi::MinorFunction::query_single_instance, cls.guid, instance, {}, 0, {}, 0, {}});
  judge(step, context_.query(cls, instance, room), shape);
}

std::optional<Steps::Call> Steps::call_of(const Step& step) {
  Call call;
  call.method = context_.find_method(step.object, call.cls);
  if (call.method == nullptr) {
    context_.note(step.object, "a method of the schema", "nothing of this name");
    return std::nullopt;
  }
  call.instance = instance_of(step, *call.cls);
  const auto in = resolved(step.in.is_null() ? Json::object() : step.in);
  if (!in || unresolved_) return std::nullopt;
  call.in = *in;
  call.block = bytes_of_hex(step.raw);
  if (!step.raw.empty()) return call;
  const wmi::Shape shape = wmi::in_shape(*call.method);
  const auto wrong = [&](const std::string& what) {
    context_.note("in", "IN of " + step.object, what);
    return std::nullopt;
  };
  const auto object = wmi::from_json(shape, *in);
  if (!object) return wrong(object.error().to_string());
  const auto encoded = wmi::encode(shape, *object);
  if (!encoded) return wrong(encoded.error().to_string());
  call.block = *encoded;
  return call;
}

void Steps::call(const Step& step) {
  const auto call = call_of(step);
  if (!call) return;
  const auto& [cls, method, instance, in, block] = *call;
  const wmi::Shape out = wmi::out_shape(*method);
  const std::size_t room = room_of(
      step, out,
      {wmi::MinorFunction::execute_method, cls->guid, instance, {}, method->id, block, 0, {}});
  const Reply reply = context_.call(*cls, *method, instance, block, room,
                                    step.json ? std::optional(in.dump()) : std::nullopt);
  context_.describe_in(method->in, in);
  judge(step, reply, out);
}

void Steps::start(const Step& step) {
  const auto call = call_of(step);
  if (!call) return;
  auto started = context_.start(*call->cls, *call->method, call->instance, call->block);
  if (!started) return context_.note(step.object, "a call under way", started.error());
  started->exchange.in = without_secrets(call->method->in, call->in);
  started_[step.as] = *std::move(started);
}

void Steps::finish(const Step& step) {
  auto call = started_.extract(step.object);
  if (call.empty()) return context_.note(step.object, "a call under way", "none of this name");
  const auto shape = call.mapped().exchange.shape;
  Step named = step;
  if (named.as.empty()) named.as = step.object;
  judge(named, context_.finish(std::move(call.mapped())), shape);
}

void Steps::cancel(const Step& step) {
  const auto call = started_.find(step.object);
  if (call == started_.end())
    return context_.note(step.object, "a call under way", "none of this name");
  context_.subject().cancel(call->second.ticket);
}

void Steps::overlap(const Step& step) {
  if (step.verb == Verb::start) {
    start(step);
  } else if (step.verb == Verb::finish) {
    finish(step);
  } else {
    cancel(step);
  }
}

void Steps::end_started() {
  while (!started_.empty()) {
    auto call = started_.extract(started_.begin());
    context_.subject().cancel(call.mapped().ticket);
    const auto shape = call.mapped().exchange.shape;
    const Reply reply = context_.finish(std::move(call.mapped()));
    const auto decoded =
        reply.ok() && shape ? std::optional(wmi::decode(*shape, reply.data)) : std::nullopt;
    if (decoded && *decoded)
      context_.scope().answers[call.key()] = wmi::to_json(*shape, (*decoded)->root, {true, true});
  }
}

void Steps::set(const Step& step, const wmi::Class& cls) {
  const std::string instance = instance_of(step, cls);
  const auto values = resolved(step.in);
  if (!values || unresolved_) return;
  for (const auto& [name, value] : values->items()) {
    const wmi::Property* property = cls.property(name);
    if (property == nullptr)
      return context_.note(name, "a property of " + cls.name, "nothing of this name");
    // The property by itself, as a list of one.
    const std::span<const wmi::Property> list(property, 1);
    const wmi::StructLayout layout = wmi::compute_layout(list);
    const wmi::Shape shape{list, &layout};
    const auto object = wmi::from_json(shape, Json{{name, value}});
    if (!object) return context_.note(name, "a value of its type", object.error().to_string());
    const auto item = wmi::encode_item(*property, object->members.front());
    if (!item) return context_.note(name, "a value of its type", item.error().to_string());
    const Reply reply = context_.set_item(cls, instance, *property, *item);
    context_.describe_in(list, Json{{name, value}});
    judge(step, reply, std::nullopt);
  }
}

void Steps::list(const Step& step, const wmi::Class& cls) {
  const auto names = context_.subject().instances(cls);
  Json answer{{"count", 0}, {"names", Json::array()}};
  if (names) {
    answer["count"] = names->size();
    for (const std::string& name : *names) answer["names"].push_back(name);
  } else {
    context_.note("instances of " + cls.name, "a list", names.error());
  }
  context_.took({"instances of " + cls.name, nullptr, {}, {Outcome::success, {}, {}, {}, {}}, {}});
  judge_answer(step, answer);
}

void Steps::find_driver(const wmi::Class& cls) {
  const auto classes = context_.subject().classes();
  if (std::ranges::find(classes, &cls) == classes.end())
    context_.note(cls.name, "a driver that serves it", "none");
}

void Steps::take_event(const Step& step, const wmi::Class& cls) {
  const milliseconds limit = step.within.count() != 0   ? step.within
                             : step.verb == Verb::quiet ? kQuietLimit
                                                        : kEventLimit;
  const auto event = context_.subject().next_event(cls, limit);
  if (step.verb == Verb::quiet) {
    if (event) context_.note(cls.name, "no event", "an event of " + event->instance);
    return;
  }
  if (!event)
    return context_.note(cls.name, "an event within " + std::to_string(limit.count()) + " ms",
                         "none");
  Reply reply;
  reply.outcome = Outcome::success;
  reply.data = event->data;
  context_.took(
      {"event of " + cls.name + " of " + event->instance, nullptr, {}, reply, wmi::shape_of(cls)});
  judge(step, reply, wmi::shape_of(cls));
}

void Steps::handle_bench(const Step& step) {
  const auto path = resolved(Json(step.object)), text = resolved(Json(step.text));
  if (!path || !text) return;
  Subject& subject = context_.subject();
  const std::string place = plain_text(*path);
  if (step.verb == Verb::look) {
    auto seen = subject.bench_text(place);
    if (!seen) return context_.note("look", "a text", seen.error());
    while (seen->ends_with('\n')) seen->pop_back();
    return judge_answer(step, Json{{"text", *seen}});
  }
  const auto done = step.verb == Verb::make     ? subject.bench_make(place)
                    : step.verb == Verb::remove ? subject.bench_remove(place)
                                                : subject.bench(place, plain_text(*text));
  if (!done) context_.note(std::string(verb_name(step.verb)), "done", done.error());
}

void Steps::switch_off_and_on(const Step& step) {
  const auto done = step.object == "lab" ? context_.subject().restart()
                                         : context_.subject().reset(context_.device());
  if (!done) context_.note("reset", "done", done.error());
}

StepEnd Steps::attempt(const Step& step) {
  unresolved_ = false;
  const std::size_t before = context_.problems();
  const wmi::Class* cls = nullptr;
  if (is_about_a_class(step.verb)) {
    cls = class_of(step);
    if (cls == nullptr) return StepEnd::stop;
  }
  switch (step.verb) {
    case Verb::query:
      query(step, *cls);
      break;
    case Verb::call:
      call(step);
      break;
    case Verb::set:
      set(step, *cls);
      break;
    case Verb::instances:
      list(step, *cls);
      break;
    case Verb::registered:
      find_driver(*cls);
      break;
    case Verb::watch:
      if (auto watched = context_.subject().watch(*cls); !watched)
        context_.note(cls->name, "its events", watched.error());
      break;
    case Verb::event:
    case Verb::quiet:
      take_event(step, *cls);
      break;
    case Verb::views:
      if (const std::string instance = instance_of(step, *cls); !unresolved_)
        check_views(context_, *cls, instance);
      break;
    case Verb::reset:
      switch_off_and_on(step);
      break;
    case Verb::start:
    case Verb::finish:
    case Verb::cancel:
      overlap(step);
      break;
    case Verb::bench:
    case Verb::look:
    case Verb::make:
    case Verb::remove:
      handle_bench(step);
      break;
    case Verb::wait:
      context_.subject().wait(lab::parse_duration(step.object).value_or(milliseconds(0)));
      break;
  }
  if (unresolved_) return StepEnd::unresolved;
  return context_.problems() == before ? StepEnd::done : StepEnd::stop;
}

StepEnd Steps::run(const Step& step) {
  const std::size_t before = context_.problems();
  const bool waits = step.verb == Verb::event || step.verb == Verb::quiet;
  const auto once = [&](std::uint32_t number) {
    context_.forget_problems(before);
    if (step.tries > 1) context_.scope().parameters["try"] = number;
    return attempt(step);
  };
  StepEnd end = once(1);
  for (std::uint32_t number = 2; end == StepEnd::stop && number <= step.tries; ++number)
    end = once(number);
  for (milliseconds waited{0}; end == StepEnd::stop && !waits && waited < step.within;
       waited += kRetry) {
    context_.subject().wait(kRetry);
    context_.forget_problems(before);
    end = attempt(step);
  }
  return end;
}

}  // namespace

bool applies(const std::vector<Step>& when, Context& context) {
  Steps steps(context);
  for (const Step& step : when) {
    context.at_step("when");
    if (steps.run(step) == StepEnd::done) continue;
    std::string reason = "not so: " + std::string(verb_name(step.verb)) + " " + step.object;
    if (!step.expect.is_null()) reason += " " + shown(step.expect);
    context.forget_problems(0);
    context.skip(reason);
    return false;
  }
  context.at_step("");
  return true;
}

void run_steps(const DataCase& made, Context& context) {
  Steps steps(context);
  std::size_t number = 0;
  for (const Step& step : made.steps) {
    context.at_step("step " + std::to_string(++number));
    if (steps.run(step) != StepEnd::done) break;
  }
  context.at_step("");
  steps.end_started();
  number = 0;
  for (const Step& step : made.cleanup) {
    context.at_step("cleanup " + std::to_string(++number));
    const std::size_t before = context.problems();
    if (steps.run(step) == StepEnd::unresolved) context.forget_problems(before);
  }
}

}  // namespace hbalab::conform
