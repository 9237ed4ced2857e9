#include "fake_device.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "fuse-frontend/event_log.hpp"
#include "wmi-model/mof.hpp"
#include "wmi-model/text.hpp"
#include "wmi-model/wnode.hpp"
#include "wmi-model/wnode/wnode_layout.hpp"

namespace hbalab::fs::test {
namespace {

using namespace wmi;

constexpr std::string_view kMof = R"mof(
[WMI, guid("{00000000-0000-0000-0000-0000000000E1}")]
class Fake_Inner {
  [WmiDataId(1), read, write] uint32 Number;
  [WmiDataId(2), read, write, MaxLen(15)] string Label;
};
[WMI, guid("{00000000-0000-0000-0000-0000000000E2}")]
class Fake_Item {
  [WmiDataId(1), read] uint32 Index;
  [WmiDataId(2), read, MaxLen(31)] string Name;
};
[WMI, Dynamic, Provider("WMIProv"), guid("{00000000-0000-0000-0000-0000000000A1}")]
class Fake_Shapes {
  [key, read] string InstanceName;
  [read] boolean Active;
  [WmiDataId(1), read, write] boolean Flag;
  [WmiDataId(2), read, write] uint8 Small;
  [WmiDataId(3), read, write] sint32 Signed;
  [WmiDataId(4), read] uint64 Large;
  [WmiDataId(5), read, write, MaxLen(15)] string Text;
  [WmiDataId(6), read, write, Values{"Red", "Green"}, ValueMap{"1", "2"}] uint32 Colour;
  [WmiDataId(7), read] uint8 Raw[6];
  [WmiDataId(8), read] uint16 Fixed[3];
  [WmiDataId(9), read, write] Fake_Inner Inner;
  [WmiDataId(10), write, HbalabSecret] uint32 Secret;
  [WmiDataId(11), read] uint32 Count;
  [WmiDataId(12), read, WmiSizeIs("Count")] Fake_Inner Items[];
};
[WMI, Dynamic, Provider("WMIProv"), guid("{00000000-0000-0000-0000-0000000000A2}")]
class Fake_Big {
  [key, read] string InstanceName;
  [read] boolean Active;
  [WmiDataId(1), read] uint32 Count;
  [WmiDataId(2), read, WmiSizeIs("Count")] Fake_Item Items[];
};
[WMI, Dynamic, Provider("WMIProv"), guid("{00000000-0000-0000-0000-0000000000A3}")]
class Fake_Methods {
  [key, read] string InstanceName;
  [read] boolean Active;
  [Implemented, WmiMethodId(1)]
  void Add([in, WmiDataId(1)] uint32 A, [in, WmiDataId(2), HbalabDefault("2")] uint32 B,
           [out, WmiDataId(3)] uint32 Sum);
  [Implemented, WmiMethodId(2)] void Hang([in, WmiDataId(1)] uint32 A, [out, WmiDataId(2)] uint32 B);
  [Implemented, WmiMethodId(3)] void Missing([out, WmiDataId(1)] uint32 A);
  [Implemented, WmiMethodId(4)]
  void SetKey([in, WmiDataId(1), HbalabSecret, MaxLen(15)] string Key, [out, WmiDataId(2)] uint32 Length);
  [Implemented, WmiMethodId(5)]
  void Fill([in, WmiDataId(1)] uint32 Size, [out, WmiDataId(2)] uint32 Count,
            [out, WmiDataId(3), WmiSizeIs("Count")] uint8 Bytes[]);
};
[WMI, Dynamic, Provider("WMIProv"), guid("{00000000-0000-0000-0000-0000000000A4}")]
class Fake_Event : WMIEvent {
  [key, read] string InstanceName;
  [read] boolean Active;
  [WmiDataId(1), read] uint32 Code;
};
)mof";

Guid guid_of(std::uint8_t last) {
  Guid guid;
  guid.bytes[15] = last;
  return guid;
}
const Guid kShapes = guid_of(0xA1), kBig = guid_of(0xA2), kMethods = guid_of(0xA3),
           kEvent = guid_of(0xA4);

const Class& class_of(const Guid& guid) {
  const Class* cls = fake_schema()->find(guid);
  if (cls == nullptr) throw std::logic_error("no such fake class");
  return *cls;
}

void store_data(std::span<std::uint8_t> wnode, std::span<const std::uint8_t> data, bool item) {
  const std::size_t offset_field = item ? wnode::kItemDataOffset : wnode::kInstanceDataOffset;
  const std::size_t size_field = item ? wnode::kItemDataSize : wnode::kInstanceDataSize;
  const std::size_t offset = wnode::load32(wnode, offset_field);
  wnode::store(wnode, size_field, static_cast<std::uint32_t>(data.size()));
  wnode::store(wnode, wnode::kBufferSize, static_cast<std::uint32_t>(offset + data.size()));
  if (!data.empty()) std::memcpy(wnode.data() + offset, data.data(), data.size());
}

std::span<const std::uint8_t> item_data(const WmiRequest& request) {
  const auto wnode = request.buffer.bytes();
  return wnode.subspan(wnode::load32(wnode, wnode::kItemDataOffset),
                       wnode::load32(wnode, wnode::kItemDataSize));
}

std::uint32_t load_u32(std::span<const std::uint8_t> bytes, std::size_t at) {
  return at + 4 <= bytes.size() ? wnode::load32(bytes, at) : 0;
}

}  // namespace

std::shared_ptr<const SchemaSet> fake_schema() {
  static const auto schema = [] {
    const MofResult result = read_mof_text("fake.mof", kMof, {});
    if (!result.ok()) {
      std::string text;
      for (const auto& d : result.diagnostics) text += d.to_string() + "\n";
      throw std::logic_error(text);
    }
    return result.schema;
  }();
  return schema;
}

FakeDevice::FakeDevice(std::string device_instance, std::uint32_t big_count)
    : device_instance_(std::move(device_instance)), friendly_name_("fake0"), big_count_(big_count) {
  set_shapes(R"({"Flag": true, "Small": 7, "Signed": -5, "Large": 18446744073709551615,
    "Text": "hello", "Colour": 2, "Raw": "0102030405ff", "Fixed": [1, 2, 3],
    "Inner": {"Number": 42, "Label": "inner"}, "Secret": 99,
    "Items": [{"Number": 1, "Label": "a"}, {"Number": 2, "Label": "b"}]})");
  big_ = big_block();
}

FakeDevice::~FakeDevice() { release_all(); }

void FakeDevice::set_shapes(std::string_view json) {
  auto object = parse_json(shape_of(class_of(kShapes)), json);
  if (!object) throw std::logic_error(object.error().to_string());
  const std::scoped_lock lock(mutex_);
  shapes_ = *std::move(object);
}

Object FakeDevice::shapes() const {
  const std::scoped_lock lock(mutex_);
  return shapes_;
}

FakeDevice::Bytes FakeDevice::big_block() const {
  const Class& cls = class_of(kBig);
  Object object;
  object.members.emplace_back(std::monostate{});
  Array items;
  for (std::uint32_t i = 0; i < big_count_; ++i) {
    Object item;
    item.members.emplace_back(std::uint64_t{i});
    const std::string name = "item" + std::to_string(i);
    item.members.emplace_back(std::u16string(name.begin(), name.end()));
    items.elements.emplace_back(std::move(item));
  }
  object.members.emplace_back(std::move(items));
  auto bytes = encode(shape_of(cls), object);
  if (!bytes) throw std::logic_error(bytes.error().to_string());
  return *std::move(bytes);
}

void FakeDevice::set_big_count(std::uint32_t count) {
  const std::scoped_lock lock(mutex_);
  big_count_ = count;
  big_ = big_block();
}

void FakeDevice::hold_queries(bool hold) {
  const std::scoped_lock lock(mutex_);
  hold_queries_ = hold;
}

bool FakeDevice::pends(const WmiRequest& request) const {
  if (request.minor == MinorFunction::execute_method) {
    return wnode::load32(request.buffer.bytes(), wnode::kItemId) == 2;
  }
  return hold_queries_ && request.minor == MinorFunction::query_single_instance &&
         request.data_path == kShapes;
}

RequestId FakeDevice::submit(std::unique_ptr<WmiRequest> request) {
  {
    const std::scoped_lock lock(mutex_);
    if (pends(*request)) {
      const RequestId id = next_++;
      pending_.emplace(id, std::move(request));
      return id;
    }
    answer(*request);
  }
  auto done = std::move(request->on_complete);
  done(std::move(request));
  return 0;
}

void FakeDevice::cancel(RequestId id) {
  std::unique_ptr<WmiRequest> request;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = pending_.find(id);
    if (found == pending_.end()) return;
    request = std::move(found->second);
    pending_.erase(found);
  }
  ++cancelled_;
  request->status = NtStatus::cancelled;
  auto done = std::move(request->on_complete);
  done(std::move(request));
}

void FakeDevice::release_all() {
  std::map<RequestId, std::unique_ptr<WmiRequest>> all;
  {
    const std::scoped_lock lock(mutex_);
    all.swap(pending_);
    for (auto& [id, request] : all) answer(*request);
  }
  for (auto& [id, request] : all) {
    auto done = std::move(request->on_complete);
    done(std::move(request));
  }
}

std::size_t FakeDevice::pending() const {
  const std::scoped_lock lock(mutex_);
  return pending_.size();
}

void FakeDevice::answer_data(WmiRequest& request, std::span<const std::uint8_t> data, bool item) {
  const auto wnode = request.buffer.bytes();
  const std::size_t offset =
      wnode::load32(wnode, item ? wnode::kItemDataOffset : wnode::kInstanceDataOffset);
  const std::size_t total = offset + data.size();
  if (total > wnode.size()) {
    const std::uint32_t flags = wnode::load32(wnode, wnode::kFlags);
    wnode::store(wnode, wnode::kFlags, flags | wnode::kFlagTooSmall);
    wnode::store(wnode, wnode::kSizeNeeded, static_cast<std::uint32_t>(total));
    wnode::store(wnode, wnode::kBufferSize, static_cast<std::uint32_t>(wnode::kTooSmallSize));
    request.information = wnode::kTooSmallSize;
    return;
  }
  store_data(wnode, data, item);
  request.information = total;
  ++queries_;
}

void FakeDevice::query(WmiRequest& request) {
  if (request.data_path == kShapes) {
    Object visible = shapes_;
    const auto block = encode(shape_of(class_of(kShapes)), visible);
    if (!block) {
      request.status = NtStatus::io_device_error;
      return;
    }
    answer_data(request, *block, false);
  } else if (request.data_path == kBig) {
    if (request.buffer.capacity() > big_.size()) ++big_queries_;
    answer_data(request, big_, false);
  } else {
    request.status = NtStatus::wmi_guid_not_found;
  }
}

void FakeDevice::set_item(WmiRequest& request) {
  const Class& cls = class_of(kShapes);
  const std::uint32_t id = wnode::load32(request.buffer.bytes(), wnode::kItemId);
  if (request.data_path != kShapes || id == 0 || id > cls.properties.size()) {
    request.status = NtStatus::wmi_itemid_not_found;
    return;
  }
  const Property& property = cls.properties[id - 1];
  const StructLayout layout = compute_layout({&property, 1});
  auto decoded = decode({{&property, 1}, &layout}, item_data(request));
  if (!decoded) {
    request.status = NtStatus::wmi_set_failure;
    return;
  }
  // A value that this device does not like, to see an error of the driver.
  if (property.name == "Small" && decoded->root.members[0] == Value(std::uint64_t{66})) {
    request.status = NtStatus::device_busy;
    return;
  }
  shapes_.members[id - 1] = std::move(decoded->root.members[0]);
}

void FakeDevice::fill(WmiRequest& request, std::uint32_t size) {
  Bytes out(sizeof size + size, 0x5A);
  std::memcpy(out.data(), &size, sizeof size);
  answer_data(request, out, true);
}

void FakeDevice::execute(WmiRequest& request) {
  const auto in = item_data(request);
  const std::uint32_t method = wnode::load32(request.buffer.bytes(), wnode::kItemId);
  std::uint32_t out = 0;
  switch (method) {
    case 1:
      if (in.size() < 8) {
        request.status = NtStatus::invalid_parameter;
        return;
      }
      out = load_u32(in, 0) + load_u32(in, 4);
      break;
    case 2:
      break;
    case 4:
      out = static_cast<std::uint32_t>(in.size());
      break;
    case 5:
      return fill(request, load_u32(in, 0));
    default:
      request.status = NtStatus::wmi_itemid_not_found;
      return;
  }
  std::uint8_t bytes[4];
  std::memcpy(bytes, &out, sizeof bytes);
  answer_data(request, bytes, true);
}

void FakeDevice::answer(WmiRequest& request) {
  request.status = NtStatus::success;
  switch (request.minor) {
    case MinorFunction::query_single_instance:
      query(request);
      break;
    case MinorFunction::change_single_item:
      set_item(request);
      break;
    case MinorFunction::execute_method:
      execute(request);
      break;
    case MinorFunction::enable_events:
    case MinorFunction::disable_events:
      ++event_requests_;
      request.information = request.buffer.capacity();
      break;
    case MinorFunction::reginfo: {
      RegInfo info;
      for (const Guid& guid : {kShapes, kBig, kMethods, kEvent}) {
        const std::uint32_t pdo = wnode::kRegFlagInstancePdo;
        info.guids.push_back({guid, guid == kEvent ? pdo | wnode::kRegFlagEventOnly : pdo, 1, {}});
      }
      const auto bytes = pack_reginfo_answer(info);
      if (bytes.size() > request.buffer.capacity()) {
        request.status = NtStatus::buffer_too_small;
        request.information = bytes.size();
        break;
      }
      std::memcpy(request.buffer.data(), bytes.data(), bytes.size());
      request.information = bytes.size();
      break;
    }
    default:
      request.status = NtStatus::invalid_device_request;
      break;
  }
}

// ---- controls ----

namespace {

using lab::ControlError;
using lab::ControlNode;

ControlNode node(std::string name, ControlNode::Kind kind, bool readable, bool writable,
                 bool removable = false) {
  return {std::move(name), kind, readable, writable, removable};
}

std::unexpected<ControlError> refused(int error, std::string reason) {
  return std::unexpected(ControlError{error, std::move(reason)});
}

}  // namespace

FakeControls::FakeControls() : log_(std::make_shared<EventLog>(4096)) {}
FakeControls::~FakeControls() = default;

std::expected<std::vector<ControlNode>, ControlError> FakeControls::list(
    std::string_view path) const {
  using Kind = ControlNode::Kind;
  if (path.empty()) {
    return std::vector{
        node("value", Kind::file, true, true), node("secret", Kind::file, false, true),
        node("trace.jsonl", Kind::log, true, false), node("things", Kind::directory, true, true)};
  }
  std::vector<ControlNode> nodes;
  const std::scoped_lock lock(mutex_);
  if (path == "things") {
    for (const auto& name : things_) nodes.push_back(node(name, Kind::directory, true, true, true));
    return nodes;
  }
  if (path.starts_with("things/") && std::ranges::count(things_, path.substr(7)) != 0) return nodes;
  return refused(ENOENT, "no such directory");
}

std::expected<ControlNode, ControlError> FakeControls::stat(std::string_view path) const {
  const auto slash = path.rfind('/');
  const auto parent = slash == path.npos ? std::string_view() : path.substr(0, slash);
  const auto name = slash == path.npos ? path : path.substr(slash + 1);
  const auto nodes = list(parent);
  if (!nodes) return std::unexpected(nodes.error());
  for (const auto& found : *nodes) {
    if (found.name == name) return found;
  }
  return refused(ENOENT, "no such control");
}

std::expected<std::string, ControlError> FakeControls::read(std::string_view path) const {
  if (path != "value") return refused(EACCES, "not readable");
  const std::scoped_lock lock(mutex_);
  return value_;
}

std::expected<void, ControlError> FakeControls::write(std::string_view path,
                                                      std::string_view text) {
  if (path == "secret") return {};
  if (path != "value") return refused(EACCES, "not writable");
  if (text.starts_with("bad")) return refused(ERANGE, "expected anything but bad");
  const std::scoped_lock lock(mutex_);
  value_ = text;
  return {};
}

std::expected<void, ControlError> FakeControls::make_directory(std::string_view path) {
  if (!path.starts_with("things/")) return refused(EPERM, "only things are made");
  const std::scoped_lock lock(mutex_);
  things_.emplace_back(path.substr(7));
  return {};
}

std::expected<void, ControlError> FakeControls::remove_directory(std::string_view path) {
  if (!path.starts_with("things/")) return refused(EPERM, "only things are removed");
  const std::scoped_lock lock(mutex_);
  if (std::erase(things_, path.substr(7)) == 0) return refused(ENOENT, "no such thing");
  return {};
}

std::shared_ptr<lab::LogSource> FakeControls::log(std::string_view path) const {
  return path == "trace.jsonl" ? log_ : nullptr;
}

std::shared_ptr<void> FakeControls::on_change(std::function<void(std::string_view)>) {
  return nullptr;
}

void FakeControls::append(std::string line) { log_->append(std::move(line)); }

}  // namespace hbalab::fs::test
