#include "tests/conformance/tree_subject.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "fuse-frontend/names.hpp"
#include "hbalab/tree.hpp"
#include "wmi-model/codec.hpp"
#include "wmi-model/mof.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::conform {
namespace {

namespace stdfs = std::filesystem;
using cli::FileError;
using std::chrono::milliseconds;
using wmi::MinorFunction;

constexpr std::string_view kClassFiles[]{"class.mof", "class.json", "guid"};
// Files of an instance that are no property.
constexpr std::string_view kInstanceFiles[]{"InstanceName", "Active", "instance.json", "block.bin",
                                            "events.jsonl"};

template <std::size_t N>
bool is_one_of(const std::string_view (&names)[N], std::string_view name) {
  return std::ranges::find(names, name) != std::end(names);
}

Reply refused(const FileError& error) {
  Reply reply;
  reply.outcome = outcome_of_errno(error.error);
  reply.detail = std::strerror(error.error);
  if (!error.reason.empty()) reply.detail += ": " + error.reason;
  return reply;
}

Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

std::uint64_t size_of(const stdfs::path& path) {
  struct stat attributes{};
  return ::stat(path.c_str(), &attributes) == 0 ? static_cast<std::uint64_t>(attributes.st_size)
                                                : 0;
}

std::string read_from(const stdfs::path& path, std::uint64_t offset) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  std::string text;
  char buffer[64 << 10];
  for (;;) {
    const ssize_t n = ::pread(file, buffer, sizeof buffer, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    text.append(buffer, static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  ::close(file);
  return text;
}

// What a write to a call's file gets; a write of nothing does not reach the file system.
std::string in_text(const Bytes& data) {
  return data.empty() ? std::string(1, '\0') : std::string(data.begin(), data.end());
}

// A call by a thread of its own, with a handle of its own.
class Caller {
 public:
  Caller(stdfs::path file, std::string in)
      : thread_([this, file = std::move(file), in = std::move(in)] {
          const auto out = cli::transact(file, in);
          reply_ = out ? Reply{Outcome::success, {}, bytes_of(*out), {}, {}} : refused(out.error());
          done_ = true;
        }) {}

  [[nodiscard]] bool done() const { return done_; }
  // The call's write ends with EINTR once the driver has given it up.
  void interrupt() {
    struct sigaction action{};  // without SA_RESTART
    action.sa_handler = [](int) {};
    ::sigaction(kInterrupt, &action, nullptr);
    if (!done_) ::pthread_kill(thread_.native_handle(), kInterrupt);
  }
  Reply take() {
    thread_.join();
    return std::move(reply_);
  }

 private:
  static constexpr int kInterrupt = SIGUSR1;

  Reply reply_;  // of the thread until it has ended
  std::atomic<bool> done_{false};
  std::jthread thread_;  // last: it uses the others
};

class TreeSubject : public Subject {
 public:
  TreeSubject(stdfs::path root, std::shared_ptr<const wmi::SchemaSet> schema)
      : root_(std::move(root)), schema_(std::move(schema)) {}

  std::expected<void, std::string> open();

  [[nodiscard]] std::string describe() const override { return "the tree " + root_.string(); }
  [[nodiscard]] Abilities abilities() const override { return abilities_; }
  [[nodiscard]] std::shared_ptr<const wmi::SchemaSet> schema() const override { return schema_; }
  [[nodiscard]] std::vector<const wmi::Class*> classes() override;
  [[nodiscard]] std::expected<std::vector<std::string>, std::string> instances(
      const wmi::Class& cls) override;
  [[nodiscard]] Reply request(const Request& request) override;
  [[nodiscard]] std::expected<void, std::string> alive() override;
  void wait(milliseconds time) override { std::this_thread::sleep_for(time); }
  [[nodiscard]] std::expected<void, std::string> reset(const std::string& device) override;
  [[nodiscard]] std::expected<void, std::string> watch(const wmi::Class& cls) override;
  [[nodiscard]] std::optional<EventRecord> next_event(const wmi::Class& cls,
                                                      milliseconds limit) override;
  [[nodiscard]] std::expected<Views, std::string> views(const wmi::Class& cls,
                                                        const std::string& instance) override;
  [[nodiscard]] std::expected<void, std::string> bench(const std::string& path,
                                                       const std::string& text) override;
  [[nodiscard]] std::expected<std::string, std::string> bench_text(
      const std::string& path) override;
  [[nodiscard]] std::expected<void, std::string> bench_make(const std::string& path) override;
  [[nodiscard]] std::expected<void, std::string> bench_remove(const std::string& path) override;
  [[nodiscard]] std::string bench_name(const std::string& device) override;
  [[nodiscard]] std::expected<std::uint64_t, std::string> start(const Request& request) override;
  void cancel(std::uint64_t ticket) override;
  [[nodiscard]] Reply finish(std::uint64_t ticket) override;
  [[nodiscard]] std::uint64_t trace_mark() override { return size_of(trace_file()); }
  [[nodiscard]] std::vector<std::string> trace_since(std::uint64_t mark) override {
    return last_lines(read_from(trace_file(), mark), kTraceLines);
  }

 private:
  static constexpr std::size_t kTraceLines = 40;

  [[nodiscard]] stdfs::path wmi() const { return root_ / "root" / "wmi"; }
  [[nodiscard]] stdfs::path adapters() const { return root_ / "lab" / "adapters"; }
  [[nodiscard]] stdfs::path trace_file() const { return root_ / "lab" / "trace.jsonl"; }
  [[nodiscard]] stdfs::path place(const wmi::Class& cls, const std::string& instance) const {
    return wmi() / cls.name / fs::encode_name(instance);
  }
  void add_unknown_classes();
  [[nodiscard]] Reply query_all(const wmi::Class& cls);
  [[nodiscard]] Reply set_item(const wmi::Class& cls, const Request& request);
  [[nodiscard]] Reply call(const wmi::Class& cls, const Request& request);
  [[nodiscard]] Reply call_by_json(const wmi::Class& cls, const wmi::Method& method,
                                   const Request& request);
  [[nodiscard]] std::size_t pending(const std::string& adapter) const;
  void collect(const stdfs::path& directory, const std::string& prefix, Views& views) const;
  [[nodiscard]] std::optional<EventRecord> take_event(const wmi::Class& cls);

  stdfs::path root_;
  std::shared_ptr<const wmi::SchemaSet> schema_;
  Abilities abilities_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> watched_;  // class, instance: offset
  std::map<std::uint64_t, std::unique_ptr<Caller>> started_;              // by ticket
  std::uint64_t last_ticket_ = 0;
};

std::expected<void, std::string> TreeSubject::open() {
  if (auto there = alive(); !there) return there;
  add_unknown_classes();
  abilities_ = {Ability::set_item, Ability::views, Ability::events};
  std::error_code ignored;
  if (stdfs::exists(adapters(), ignored)) abilities_.add(Ability::reset);
  if (const auto names = cli::list_directory(adapters());
      names && !names->empty() && stdfs::exists(adapters() / names->front() / "pending", ignored))
    abilities_.add(Ability::overlap);
  if (stdfs::exists(root_ / "lab" / "fabric", ignored)) abilities_.add(Ability::bench);
  if (stdfs::exists(trace_file(), ignored)) abilities_.add(Ability::trace);
  return {};
}

std::expected<void, std::string> TreeSubject::alive() {
  struct stat attributes{};
  if (::stat(wmi().c_str(), &attributes) != 0)
    return std::unexpected(wmi().string() + ": " + std::strerror(errno));
  return {};
}

void TreeSubject::add_unknown_classes() {
  for (const auto& name : cli::list_directory(wmi()).value_or(std::vector<std::string>{})) {
    if (schema_->find(name) != nullptr) continue;
    const auto text = cli::read_file(wmi() / name / "class.mof");
    if (!text) continue;
    auto read = wmi::read_mof_text(name + "/class.mof", *text, {}, schema_);
    if (read.ok()) schema_ = read.schema;
  }
}

std::vector<const wmi::Class*> TreeSubject::classes() {
  std::vector<const wmi::Class*> found;
  for (const auto& name : cli::list_directory(wmi()).value_or(std::vector<std::string>{})) {
    if (const wmi::Class* cls = schema_->find(name)) found.push_back(cls);
  }
  return found;
}

std::expected<std::vector<std::string>, std::string> TreeSubject::instances(const wmi::Class& cls) {
  const auto entries = cli::list_directory(wmi() / cls.name);
  // A class that nobody serves has no directory: it has no instances.
  if (!entries && entries.error().error == ENOENT && alive()) return std::vector<std::string>{};
  if (!entries) return std::unexpected(entries.error().to_string(wmi() / cls.name));
  std::vector<std::string> names;
  for (const auto& entry : *entries) {
    if (is_one_of(kClassFiles, entry)) continue;
    auto name = fs::decode_name(entry);
    if (!name) return std::unexpected(cls.name + "/" + entry + ": no name of an instance");
    names.push_back(*std::move(name));
  }
  return names;
}

Reply TreeSubject::request(const Request& request) {
  const wmi::Class* cls = schema_->find(request.guid);
  if (cls == nullptr) return {Outcome::unsupported, "no class has the GUID", {}, {}, {}};
  switch (request.minor) {
    case MinorFunction::query_all_data:
      return query_all(*cls);
    case MinorFunction::query_single_instance: {
      const auto block = cli::read_file(place(*cls, request.instance) / "block.bin");
      if (!block) return refused(block.error());
      return {Outcome::success, {}, bytes_of(*block), {}, {}};
    }
    case MinorFunction::change_single_item:
      return set_item(*cls, request);
    case MinorFunction::execute_method:
      return call(*cls, request);
    default:
      return {Outcome::unsupported, "a tree has no file for this request", {}, {}, {}};
  }
}

Reply TreeSubject::query_all(const wmi::Class& cls) {
  const auto names = instances(cls);
  if (!names) return {Outcome::failed, names.error(), {}, {}, {}};
  Reply all{Outcome::success, {}, {}, {}, {}};
  for (const auto& name : *names) {
    const auto block = cli::read_file(place(cls, name) / "block.bin");
    if (!block && block.error().error == ENOENT) continue;  // it has gone meanwhile
    if (!block) return refused(block.error());
    all.all.emplace_back(name, bytes_of(*block));
  }
  return all;
}

Reply TreeSubject::set_item(const wmi::Class& cls, const Request& request) {
  const auto property = std::ranges::find(cls.properties, request.id, &wmi::Property::id);
  if (property == cls.properties.end())
    return {Outcome::unsupported, "the class has no such property", {}, {}, {}};
  if (property->type == wmi::CimType::object)
    return {Outcome::unsupported, "an object is set member by member", {}, {}, {}};
  wmi::FieldRef field;
  field.property = &*property;
  field.size = request.data.size();
  field.count =
      property->array == wmi::ArrayKind::none ? 0
      : property->array == wmi::ArrayKind::fixed
          ? property->fixed_count
          : static_cast<std::uint32_t>(request.data.size() /
                                       std::max<std::size_t>(wmi::scalar_size(property->type), 1));
  const auto value = wmi::decode_field(field, request.data);
  if (!value) return {Outcome::invalid, value.error().to_string(), {}, {}, {}};
  const auto written = cli::write_file(place(cls, request.instance) / property->name,
                                       wmi::format_property(*property, *value));
  if (!written) return refused(written.error());
  return {Outcome::success, {}, {}, {}, {}};
}

Reply TreeSubject::call(const wmi::Class& cls, const Request& request) {
  const wmi::Method* method = cls.method(request.id);
  if (method == nullptr)
    return {Outcome::unsupported, "a tree has no file for a method without a name", {}, {}, {}};
  if (request.json) return call_by_json(cls, *method, request);
  const auto out = cli::transact(place(cls, request.instance) / method->name / "call.bin",
                                 in_text(request.data));
  if (!out) return refused(out.error());
  return {Outcome::success, {}, bytes_of(*out), {}, {}};
}

std::string TreeSubject::bench_name(const std::string& device) {
  for (const auto& name : cli::list_directory(adapters()).value_or(std::vector<std::string>{})) {
    auto its = cli::read_file(adapters() / name / "device_instance").value_or("");
    while (its.ends_with('\n')) its.pop_back();
    if (its == device || device.empty()) return name;
  }
  return {};
}

std::expected<void, std::string> TreeSubject::bench(const std::string& path,
                                                    const std::string& text) {
  const stdfs::path file = root_ / "lab" / path;
  if (auto done = cli::write_file(file, text + "\n"); !done)
    return std::unexpected(done.error().to_string(file));
  return {};
}

// The answer's JSON becomes the block that it is a view on.
Reply TreeSubject::call_by_json(const wmi::Class& cls, const wmi::Method& method,
                                const Request& request) {
  const auto text =
      cli::transact(place(cls, request.instance) / method.name / "call", *request.json + "\n");
  if (!text) return refused(text.error());
  const wmi::Shape shape = wmi::out_shape(method);
  const auto object = wmi::from_json(shape, nlohmann::ordered_json::parse(*text, nullptr, false));
  if (!object)
    return {Outcome::failed, "OUT is no JSON of it: " + object.error().to_string(), {}, {}, {}};
  const auto block = wmi::encode(shape, *object);
  if (!block)
    return {Outcome::failed, "OUT is no JSON of it: " + block.error().to_string(), {}, {}, {}};
  return {Outcome::success, {}, *block, {}, {}};
}

std::expected<std::string, std::string> TreeSubject::bench_text(const std::string& path) {
  auto text = cli::read_file(root_ / "lab" / path);
  if (!text) return std::unexpected(text.error().to_string(root_ / "lab" / path));
  return *std::move(text);
}

std::expected<void, std::string> TreeSubject::bench_make(const std::string& path) {
  std::error_code error;
  if (!stdfs::create_directory(root_ / "lab" / path, error))
    return std::unexpected(path + ": " + (error ? error.message() : "is there already"));
  return {};
}

std::expected<void, std::string> TreeSubject::bench_remove(const std::string& path) {
  const stdfs::path directory = root_ / "lab" / path;
  if (::rmdir(directory.c_str()) != 0) return std::unexpected(path + ": " + std::strerror(errno));
  return {};
}

std::size_t TreeSubject::pending(const std::string& adapter) const {
  const auto text = cli::read_file(adapters() / adapter / "pending").value_or("0");
  return std::strtoull(text.c_str(), nullptr, 10);
}

// The driver has the call when there is one pending more; or the call has ended already.
std::expected<std::uint64_t, std::string> TreeSubject::start(const Request& request) {
  constexpr milliseconds kStep{1};
  const wmi::Class* cls = schema_->find(request.guid);
  const wmi::Method* method = cls == nullptr ? nullptr : cls->method(request.id);
  if (method == nullptr) return std::unexpected("a tree has no file for the method");
  const std::string adapter = bench_name(request.device);
  const std::size_t before = pending(adapter);
  auto caller = std::make_unique<Caller>(place(*cls, request.instance) / method->name / "call.bin",
                                         in_text(request.data));
  while (!caller->done() && pending(adapter) <= before) wait(kStep);
  started_[++last_ticket_] = std::move(caller);
  return last_ticket_;
}

void TreeSubject::cancel(std::uint64_t ticket) { started_.at(ticket)->interrupt(); }

Reply TreeSubject::finish(std::uint64_t ticket) {
  const auto caller = std::move(started_.at(ticket));
  started_.erase(ticket);
  return caller->take();
}

std::expected<void, std::string> TreeSubject::reset(const std::string& device) {
  const std::string name = bench_name(device);
  if (name.empty()) return std::unexpected("no adapter is the device " + device);
  return bench("adapters/" + name + "/reset", "1");
}

std::expected<void, std::string> TreeSubject::watch(const wmi::Class& cls) {
  const auto names = instances(cls);
  if (!names) return std::unexpected(names.error());
  for (const auto& name : *names)
    watched_[{cls.name, name}] = size_of(place(cls, name) / "events.jsonl");
  return {};
}

std::optional<EventRecord> TreeSubject::take_event(const wmi::Class& cls) {
  for (auto& [key, offset] : watched_) {
    if (key.first != cls.name) continue;
    const std::string text = read_from(place(cls, key.second) / "events.jsonl", offset);
    const auto end = text.find('\n');
    if (end == std::string::npos) continue;
    offset += end + 1;
    const auto line = nlohmann::ordered_json::parse(text.substr(0, end), nullptr, false);
    EventRecord event{key.second, {}};
    if (line.is_object() && line.contains("data")) {
      const wmi::Shape shape = wmi::shape_of(cls);
      const auto object = wmi::from_json(shape, line["data"]);
      const auto block = object ? wmi::encode(shape, *object) : Bytes{};
      if (block) event.data = *block;
    }
    return event;
  }
  return std::nullopt;
}

std::optional<EventRecord> TreeSubject::next_event(const wmi::Class& cls, milliseconds limit) {
  constexpr milliseconds kStep{10};
  for (milliseconds waited{0};; waited += kStep) {
    if (auto event = take_event(cls)) return event;
    if (waited >= limit) return std::nullopt;
    wait(kStep);
  }
}

void TreeSubject::collect(const stdfs::path& directory, const std::string& prefix,
                          Views& views) const {
  for (const auto& name : cli::list_directory(directory).value_or(std::vector<std::string>{})) {
    const stdfs::path path = directory / name;
    struct stat attributes{};
    if (::stat(path.c_str(), &attributes) != 0) continue;
    if (S_ISDIR(attributes.st_mode)) {
      std::error_code ignored;
      if (!stdfs::exists(path / "method.json", ignored)) collect(path, prefix + name + "/", views);
    } else if ((attributes.st_mode & 0444) != 0 &&
               (!prefix.empty() || !is_one_of(kInstanceFiles, name))) {
      if (auto text = cli::read_file(path)) views.files.emplace_back(prefix + name, *text);
    }
  }
}

std::expected<Views, std::string> TreeSubject::views(const wmi::Class& cls,
                                                     const std::string& instance) {
  const stdfs::path directory = place(cls, instance);
  const auto json = cli::read_file(directory / "instance.json");
  if (!json) return std::unexpected(json.error().to_string(directory / "instance.json"));
  Views views{*json, {}};
  collect(directory, "", views);
  return views;
}

}  // namespace

std::expected<std::unique_ptr<Subject>, std::string> open_tree_subject(
    const stdfs::path& root, std::shared_ptr<const wmi::SchemaSet> schema) {
  auto subject = std::make_unique<TreeSubject>(root, std::move(schema));
  if (auto opened = subject->open(); !opened) return std::unexpected(opened.error());
  return subject;
}

}  // namespace hbalab::conform
