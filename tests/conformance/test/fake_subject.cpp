#include "tests/conformance/test/fake_subject.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "wmi-model/mof.hpp"

namespace hbalab::conform_test {
namespace {

using conform::Bytes;
using conform::Outcome;
using conform::Reply;
using conform::Request;
using wmi::MinorFunction;

constexpr const char* kMof = R"(
[WMI, Dynamic, Provider("WmiProv"), guid("{6B1D0009-5A51-4C5A-9C12-0D0B5E7A1001}")]
class Fake_Block {
  [key, read] string InstanceName;
  [read] boolean Active;
  [WmiDataId(1), read, write] uint32 Value;
  [WmiDataId(2), read, Values{"one", "two"}, ValueMap{"1", "2"}] uint32 Kind;
  [WmiDataId(3), read, MaxLen(7)] string Name;
};
[WMI, Dynamic, Provider("WmiProv"), guid("{6B1D000A-5A51-4C5A-9C12-0D0B5E7A1001}")]
class Fake_Methods {
  [key, read] string InstanceName;
  [read] boolean Active;
  [WmiMethodId(1), Implemented] void Twice([in] uint32 Value, [out] uint32 Sum, [out] uint32 Again);
};
)";

std::shared_ptr<const wmi::SchemaSet> fake_schema() {
  static const auto schema = wmi::read_mof_text("fake.mof", kMof, {}).schema;
  REQUIRE(schema);
  return schema;
}

Reply refusal(Outcome outcome) { return {outcome, "refused", {}, {}, {}}; }

Reply answer(const Request& request, const Bytes& block) {
  if (request.room != Request::kAsNeeded && request.room < block.size()) {
    Reply reply = refusal(Outcome::too_small);
    reply.needed = block.size();
    return reply;
  }
  return {Outcome::success, {}, block, {}, {}};
}

}  // namespace

FakeSubject::FakeSubject(Fault fault) : fault_(fault), schema_(fake_schema()), block_(24) {
  block_[0] = 7;
  block_[4] = fault == Fault::unknown_value ? 9 : 1;
  block_[8] = 4;  // bytes of the string
  block_[10] = 'a';
  block_[12] = 'b';
  if (fault == Fault::dirty_padding) block_[20] = 0xAA;
}

std::vector<const wmi::Class*> FakeSubject::classes() {
  return {schema_->find("Fake_Block"), schema_->find("Fake_Methods")};
}

std::expected<std::vector<std::string>, std::string> FakeSubject::instances(const wmi::Class&) {
  std::vector<std::string> names{kInstance};
  if (fault_ == Fault::name_twice) names.emplace_back(kInstance);
  return names;
}

std::expected<void, std::string> FakeSubject::alive() {
  if (gone_) return std::unexpected("it was there a moment ago");
  return {};
}

std::vector<conform::Violation> FakeSubject::violations() {
  const bool first = !std::exchange(asked_, true);
  if (fault_ == Fault::starts_badly && first) return {{"punctuality", "in time", "it was late"}};
  return {};
}

std::vector<conform::Violation> FakeSubject::end() {
  while (fault_ == Fault::never_ends) ::pause();
  return late_;
}

bool FakeSubject::known(const Request& request) const {
  if (fault_ == Fault::unknown_is_first) return true;
  return request.instance == kInstance && request.index.value_or(0) == 0;
}

Reply FakeSubject::query(const Request& request) {
  switch (fault_) {
    case Fault::hangs:
      for (;;) ::pause();
    case Fault::aborts:
      ::signal(SIGABRT, SIG_DFL);  // the test program has a handler that tells of it
      std::abort();
    case Fault::vanishes:
      gone_ = true;
      return refusal(Outcome::failed);
    case Fault::garbage:
      return answer(request, Bytes(5));
    case Fault::ends_badly:
      late_.push_back(
          {"leak", "nothing left", "of a query in process " + std::to_string(::getpid())});
      break;
    case Fault::no_overrun:
      if (request.room < block_.size()) return {Outcome::success, {}, Bytes(request.room), {}, {}};
      break;
    default:
      break;
  }
  Reply reply = answer(request, block_);
  if (fault_ == Fault::wrong_needed && reply.needed) --*reply.needed;
  return reply;
}

Reply FakeSubject::set_item(const Request& request) {
  if (request.id == 2 && fault_ == Fault::takes_read_only) {
    std::ranges::copy(request.data, block_.begin() + 4);
    return {Outcome::success, {}, {}, {}, {}};
  }
  if (request.id == 0 || request.id > 3) return refusal(Outcome::unsupported);
  if (request.id != 1) return refusal(Outcome::read_only);
  if (fault_ != Fault::forgets_set) std::ranges::copy(request.data, block_.begin());
  return {Outcome::success, {}, {}, {}, {}};
}

Reply FakeSubject::set_block(const Request& request) {
  if (request.data.size() < block_.size()) return refusal(Outcome::invalid);
  std::copy_n(request.data.begin(), 4, block_.begin());
  return {Outcome::success, {}, {}, {}, {}};
}

Reply FakeSubject::call(const Request& request) const {
  if (request.id != 1 && fault_ != Fault::unknown_method) return refusal(Outcome::unsupported);
  if (request.data.size() < 4 && fault_ != Fault::short_in) return refusal(Outcome::invalid);
  Bytes out(8);
  if (!request.data.empty()) out[0] = static_cast<std::uint8_t>(request.data[0] * 2);
  return answer(request, out);
}

Reply FakeSubject::request(const Request& request) {
  if (request.minor == MinorFunction::query_all_data) {
    if (request.room < block_.size()) {
      Reply reply = refusal(Outcome::too_small);
      reply.needed = block_.size();
      return reply;
    }
    Reply all{Outcome::success, {}, {}, {}, {}};
    all.all.emplace_back("", fault_ == Fault::garbage ? Bytes(5) : block_);
    return all;
  }
  if (!known(request)) return refusal(Outcome::not_found);
  switch (request.minor) {
    case MinorFunction::query_single_instance:
      return query(request);
    case MinorFunction::change_single_item:
      return set_item(request);
    case MinorFunction::change_single_instance:
      return set_block(request);
    case MinorFunction::execute_method:
      return call(request);
    default:
      return refusal(Outcome::unsupported);
  }
}

std::expected<std::uint64_t, std::string> FakeSubject::start(const Request& request) {
  started_[++last_ticket_] = request;
  log_.push_back("start " + std::to_string(last_ticket_));
  return last_ticket_;
}

void FakeSubject::cancel(std::uint64_t ticket) {
  cancelled_.insert(ticket);
  log_.push_back("cancel " + std::to_string(ticket));
}

// A call of the value 13 is too far to be cancelled.
Reply FakeSubject::finish(std::uint64_t ticket) {
  log_.push_back("finish " + std::to_string(ticket));
  const Request request = std::move(started_.at(ticket));
  started_.erase(ticket);
  if (cancelled_.contains(ticket) && request.data.front() != 13) return refusal(Outcome::cancelled);
  return call(request);
}

std::expected<void, std::string> FakeSubject::restart() {
  log_.emplace_back("restart");
  return {};
}

std::expected<void, std::string> FakeSubject::bench(const std::string& path,
                                                    const std::string& text) {
  files_[path] = text + "\n";
  log_.push_back("write " + path + " " + text);
  return {};
}

std::expected<std::string, std::string> FakeSubject::bench_text(const std::string& path) {
  const auto file = files_.find(path);
  if (file == files_.end()) return std::unexpected(path + ": is not there");
  return file->second;
}

std::expected<void, std::string> FakeSubject::bench_make(const std::string& path) {
  log_.push_back("make " + path);
  return {};
}

std::expected<void, std::string> FakeSubject::bench_remove(const std::string& path) {
  log_.push_back("remove " + path);
  return {};
}

conform::SubjectFactory fake_factory(Fault fault) {
  return [fault]() -> std::expected<std::unique_ptr<conform::Subject>, std::string> {
    return std::make_unique<FakeSubject>(fault);
  };
}

std::vector<conform::Case> fake_cases() {
  FakeSubject subject;
  const auto classes = subject.classes();
  return conform::generated_cases(classes);
}

}  // namespace hbalab::conform_test
