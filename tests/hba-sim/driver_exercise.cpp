#include "tests/hba-sim/driver_exercise.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "hba-sim/clock.hpp"
#include "hba-sim/port/driver_library.hpp"
#include "hba-sim/port/port_driver.hpp"
#include "tests/hba-sim/driver_support.hpp"
#include "wmi-model/codec.hpp"
#include "wmi-model/mof.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::driver_test {
namespace {

using wmi::InstanceKey;
using wmi::MinorFunction;
using wmi::WnodeBuffer;

constexpr std::size_t kRoom = 1024;         // more than any block here takes
constexpr std::uint32_t kLong = 3'600'000;  // of a method that takes milliseconds: it pends

std::vector<std::uint8_t> number(std::uint32_t value, std::size_t size) {
  std::vector<std::uint8_t> bytes(std::max(size, sizeof value));
  std::memcpy(bytes.data(), &value, sizeof value);
  bytes.resize(size);
  return bytes;
}

class Exercise {
 public:
  Exercise(const std::filesystem::path& driver, const std::filesystem::path& mof) {
    auto read = wmi::read_mof_files({mof}, {});
    REQUIRE(read.ok());
    schema_ = std::move(read.schema);
    registry_ = std::make_shared<wmi::ProviderRegistry>(schema_);
    result_.problem = start(driver);
  }
  Exercise(const Exercise&) = delete;
  Exercise& operator=(const Exercise&) = delete;

  void run(const std::vector<FirstCall>& first) {
    if (device_ == nullptr) return;
    for (const FirstCall& it : first) call(it);
    ask(MinorFunction::reginfo, {}, wmi::pack_reginfo(8));
    each_class(&Exercise::queries);
    each_class(&Exercise::sets);
    each_class(&Exercise::methods);
    switch_all(MinorFunction::enable_events, MinorFunction::enable_collection);
    each_class(&Exercise::sets);
    each_class(&Exercise::methods);
    switch_all(MinorFunction::disable_events, MinorFunction::disable_collection);
    each_class(&Exercise::sets);
    each_class(&Exercise::queries);
    // What pends is aborted, then reset, then stopped.
    each_class(&Exercise::aborted);
    each_class(&Exercise::pending);
    static_cast<void>(device_->reset());
    device_->settle();
    each_class(&Exercise::pending);
  }

  Exercised end() {
    if (device_ != nullptr) {
      device_->stop();
      device_->settle();
      device_.reset();
    }
    log_->flush();
    for (const check::Violation& it : log_->records()) {
      result_.rules.emplace(check::info(it.finding.rule).id);
      result_.text += check::to_text(it);
    }
    return std::move(result_);
  }

 private:
  std::string start(const std::filesystem::path& file) {
    auto driver = library_.open(file);
    if (!driver) return driver.error().reason;
    port::AdapterDeviceOptions options;
    options.device_instance = "ROOT\\SCSIADAPTER\\exercise";
    options.friendly_name = "exercise";
    options.clock = clock_;
    options.lock = std::make_shared<AdapterLock>();
    options.registry = registry_;
    options.events = std::make_shared<wmi::EventHub>();
    options.trace = port::Trace::create(1024);
    options.violations = log_;
    auto device = port::AdapterDevice::start(*std::move(driver), std::move(options));
    if (!device) return device.error();
    device_ = *std::move(device);
    device_->settle();
    return {};
  }

  // The answer of a request that succeeded; empty otherwise. Time goes on until there is one.
  std::vector<std::uint8_t> ask(MinorFunction minor, const wmi::Guid& guid, WnodeBuffer buffer) {
    auto answer = std::make_shared<std::unique_ptr<wmi::WmiRequest>>();
    static_cast<void>(submit(minor, guid, std::move(buffer), answer));
    for (int i = 0; i < 100 && *answer == nullptr; ++i)
      clock_->advance(std::chrono::milliseconds(1));
    device_->settle();
    if (*answer == nullptr || (*answer)->status != wmi::NtStatus::success) return {};
    ++result_.requests;
    const auto bytes = (*answer)->buffer.bytes().first((*answer)->information);
    return {bytes.begin(), bytes.end()};
  }

  wmi::RequestId submit(MinorFunction minor, const wmi::Guid& guid, WnodeBuffer buffer,
                        std::shared_ptr<std::unique_ptr<wmi::WmiRequest>> answer) {
    auto request = std::make_unique<wmi::WmiRequest>();
    request->minor = minor;
    request->data_path = guid;
    request->buffer = std::move(buffer);
    request->on_complete = [answer = std::move(answer)](std::unique_ptr<wmi::WmiRequest> done) {
      *answer = std::move(done);
    };
    return device_->provider()->submit(std::move(request));
  }

  // A query with much room, with none, with exactly what it takes, and with one byte less.
  template <typename Pack>
  std::vector<std::uint8_t> sizes(MinorFunction minor, const wmi::Guid& guid, const Pack& pack) {
    std::vector<std::uint8_t> answer = ask(minor, guid, pack(kRoom));
    static_cast<void>(ask(minor, guid, pack(0)));
    const std::size_t none = pack(0).capacity();
    if (answer.size() <= none) return answer;
    static_cast<void>(ask(minor, guid, pack(answer.size() - none)));
    static_cast<void>(ask(minor, guid, pack(answer.size() - none - 1)));
    return answer;
  }

  void each_class(void (Exercise::*step)(const wmi::Class&)) {
    for (const auto& cls : schema_->classes()) {
      if (cls->has_guid && cls->kind != wmi::ClassKind::event) (this->*step)(*cls);
    }
  }

  void queries(const wmi::Class& cls) {
    static_cast<void>(sizes(MinorFunction::query_all_data, cls.guid,
                            [&](std::size_t room) { return wmi::pack_query_all(cls.guid, room); }));
    for (const InstanceKey& key : instances(cls)) {
      static_cast<void>(
          sizes(MinorFunction::query_single_instance, cls.guid,
                [&](std::size_t room) { return wmi::pack_query_single(cls.guid, key, room); }));
    }
  }

  std::vector<InstanceKey> instances(const wmi::Class& cls) {
    std::vector<InstanceKey> keys;
    for (const wmi::InstanceRef& it : registry_->static_instances(cls.guid)) keys.push_back(it.key);
    if (!keys.empty()) return keys;
    const auto answer =
        ask(MinorFunction::query_all_data, cls.guid, wmi::pack_query_all(cls.guid, kRoom));
    const auto all = wmi::unpack_all_data(answer);
    if (!all) return keys;
    for (const auto& it : all->instances) {
      if (!it.name.empty()) keys.push_back({InstanceKey::kByName, it.name});
    }
    return keys;
  }

  // Each instance gets what it has: the block, less than that, each item, and one that is not
  // there.
  void sets(const wmi::Class& cls) {
    for (const InstanceKey& key : instances(cls)) {
      const auto answer = ask(MinorFunction::query_single_instance, cls.guid,
                              wmi::pack_query_single(cls.guid, key, kRoom));
      const auto block = wmi::unpack_single(answer);
      if (!block || block->empty()) continue;
      const auto set = [&](std::span<const std::uint8_t> bytes) {
        static_cast<void>(ask(MinorFunction::change_single_instance, cls.guid,
                              wmi::pack_set_single(cls.guid, key, bytes)));
      };
      set(*block);
      set(block->first(1));
      const auto set_item = [&](std::uint32_t id, std::span<const std::uint8_t> bytes) {
        static_cast<void>(ask(MinorFunction::change_single_item, cls.guid,
                              wmi::pack_set_item(cls.guid, key, id, bytes)));
      };
      for (std::size_t i = 0; i < cls.properties.size(); ++i) {
        const wmi::FieldLayout& field = cls.layout.fields[i];
        if (field.variable || field.offset + field.size > block->size()) continue;
        set_item(cls.properties[i].id, block->subspan(field.offset, field.size));
      }
      set_item(99, block->first(1));
    }
  }

  // With IN of zeroes and of a 1, without room for OUT, the first time too, and with it; ids that
  // there are not as well.
  void methods(const wmi::Class& cls) {
    if (cls.methods.empty()) return;
    for (const InstanceKey& key : instances(cls)) {
      for (const wmi::Method& method : cls.methods) {
        for (const std::uint32_t value : {0u, 1u}) {
          const auto in = number(value, method.in_layout.fixed_size);
          for (const std::size_t room : {std::size_t{0}, method.out_layout.fixed_size, kRoom}) {
            execute(cls, key, method.id, in, room);
          }
        }
        execute(cls, key, method.id, {}, kRoom);
      }
      for (const std::uint32_t id : {0u, 99u}) execute(cls, key, id, number(1, 64), kRoom);
    }
  }

  void execute(const wmi::Class& cls, const InstanceKey& key, std::uint32_t id,
               const std::vector<std::uint8_t>& in, std::size_t room) {
    static_cast<void>(ask(MinorFunction::execute_method, cls.guid,
                          wmi::pack_method(cls.guid, key, id, in, room)));
  }

  void call(const FirstCall& first) {
    const wmi::Class* cls = schema_->find(first.class_name);
    REQUIRE(cls != nullptr);
    const wmi::Method* method = cls->method(first.method);
    REQUIRE(method != nullptr);
    const auto object = wmi::parse_json(wmi::in_shape(*method), first.in_json);
    REQUIRE(object.has_value());
    const auto in = wmi::encode(wmi::in_shape(*method), *object);
    REQUIRE(in.has_value());
    const std::size_t before = result_.requests;
    execute(*cls, {0, u""}, method->id, *in, kRoom);
    REQUIRE(result_.requests == before + 1);
  }

  void switch_all(MinorFunction events, MinorFunction collection) {
    for (const auto& cls : schema_->classes()) {
      if (!cls->has_guid) continue;
      const bool event = cls->kind == wmi::ClassKind::event;
      static_cast<void>(ask(event ? events : collection, cls->guid, wmi::pack_control(cls->guid)));
    }
  }

  // Methods that would take long, of the first instance; those that pend are left so.
  std::vector<wmi::RequestId> start_long(const wmi::Class& cls) {
    std::vector<wmi::RequestId> ids;
    for (const wmi::Method& method : cls.methods) {
      const auto in = number(kLong, method.in_layout.fixed_size);
      ids.push_back(submit(MinorFunction::execute_method, cls.guid,
                           wmi::pack_method(cls.guid, {0, u""}, method.id, in, kRoom),
                           std::make_shared<std::unique_ptr<wmi::WmiRequest>>()));
    }
    std::erase(ids, 0);
    return ids;
  }
  void pending(const wmi::Class& cls) { static_cast<void>(start_long(cls)); }
  void aborted(const wmi::Class& cls) {
    for (const wmi::RequestId id : start_long(cls)) device_->provider()->cancel(id);
    device_->settle();
  }

  Folder folder_;
  std::shared_ptr<VirtualClock> clock_ = std::make_shared<VirtualClock>();
  std::shared_ptr<check::ViolationLog> log_ = std::make_shared<check::ViolationLog>();
  std::shared_ptr<const wmi::SchemaSet> schema_;
  std::shared_ptr<wmi::ProviderRegistry> registry_;
  port::DriverLibrary library_{folder_ / "copies"};
  std::shared_ptr<port::AdapterDevice> device_;
  Exercised result_;
};

}  // namespace

Exercised exercise(const std::filesystem::path& driver, const std::filesystem::path& mof,
                   const std::vector<FirstCall>& first) {
  Exercise it(driver, mof);
  it.run(first);
  return it.end();
}

const std::vector<SampleDriver>& sample_drivers() {
  static const std::vector<SampleDriver> all{
      {"storport", {}},
      {"scsiport", {}},
      {"dynamic",
       {{"SampleEnclosure", "Insert", R"({"Serial": "WX/1", "Capacity": 4000000})"},
        {"SampleEnclosure", "Insert", R"({"Serial": "WX", "Capacity": 10})"}}},
      {"pending", {}}};
  return all;
}

}  // namespace hbalab::driver_test
