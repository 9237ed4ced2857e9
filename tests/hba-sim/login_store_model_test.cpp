// The store against a list that is searched from one end to the other, with commits that succeed or
// fail when the generator says so; and the record format against random logins and random bytes.
#include <rapidcheck/catch.h>

#include <algorithm>
#include <boost/crc.hpp>

#include "hba-sim/adapter/login_store_record.hpp"
#include "iscsiop/sizes.hpp"
#include "login_store_support.hpp"

using namespace hbalab;
using namespace hbalab::adapter;

namespace {

struct Command {
  enum Kind { save, remove, commit, fail } kind = save;
  int target = 0;
  int portal = 0;  // 0: any, for removals
  int port = 0;    // 0: any or all
  int luns = 0;
  int name = 0;  // length of the user name
};

void showValue(const Command& c, std::ostream& out) {
  out << "{" << c.kind << " t" << c.target << " p" << c.portal << " n" << c.port << " l" << c.luns
      << " u" << c.name << "}";
}

std::string target_text(int n, bool spelling) {
  return (spelling ? "IQN.2026-01.Org.Example:T" : "iqn.2026-01.org.example:t") + std::to_string(n);
}

std::string portal_text(int n, bool spelling) {
  switch (n) {
    case 1:
      return spelling ? "[::ffff:192.0.2.1]:3260" : "192.0.2.1";
    case 2:
      return spelling ? "[2001:DB8:0::1]" : "2001:db8::1";
    default:
      return spelling ? "Host.example." : "host.example:3260";
  }
}

std::uint32_t port_number(int n) {
  return n == 0 ? PortNumber::kAnyOrAll : static_cast<std::uint32_t>(n);
}

// One stored login of the model; its key is the three numbers.
struct Row {
  int target, portal, port;
  std::size_t size;
  std::uint64_t stamp;
};

class Model {
 public:
  std::vector<Row> rows;

  [[nodiscard]] Row* find(const Command& c) {
    for (auto& row : rows) {
      if (row.target == c.target && row.portal == c.portal && row.port == c.port) return &row;
    }
    return nullptr;
  }
  // What the removal answers, and how many it takes away.
  std::pair<StoreResult, std::size_t> remove(const Command& c, bool apply) {
    bool target = false;
    bool portal = false;
    std::vector<Row> kept;
    for (const auto& row : rows) {
      const bool t = row.target == c.target;
      const bool p = t && (c.portal == 0 || row.portal == c.portal);
      const bool n = p && (c.port == 0 || row.port == c.port);
      target |= t;
      portal |= p;
      if (!n) kept.push_back(row);
    }
    const std::size_t count = rows.size() - kept.size();
    if (apply) rows = kept;
    if (count > 0) return {StoreResult::ok, count};
    if (!target) return {StoreResult::target_not_found, 0};
    return {portal ? StoreResult::port_not_found : StoreResult::portal_not_found, 0};
  }
};

rc::Gen<Command> command() {
  using rc::gen::inRange;
  return rc::gen::build<Command>(
      rc::gen::set(&Command::kind, rc::gen::weightedElement<Command::Kind>({{5, Command::save},
                                                                            {3, Command::remove},
                                                                            {3, Command::commit},
                                                                            {1, Command::fail}})),
      rc::gen::set(&Command::target, inRange(0, 3)), rc::gen::set(&Command::portal, inRange(0, 4)),
      rc::gen::set(&Command::port, inRange(0, 3)), rc::gen::set(&Command::luns, inRange(0, 4)),
      rc::gen::set(&Command::name, inRange(0, 20)));
}

PersistentLogin login_of(const Command& c, std::uint64_t stamp) {
  auto login =
      make_login(target_text(c.target, stamp % 2 == 0), portal_text(c.portal, stamp % 3 == 0),
                 port_number(c.port), std::string(static_cast<std::size_t>(c.name), 'u'));
  login.security_flags = stamp;
  login.mapping.luns.resize(static_cast<std::size_t>(c.luns));
  return login;
}

// The store with a NVRAM in memory. Changes take effect one after the other here: every command
// that is not answered at once is followed by commits of which the first fails when asked to.
class Harness {
 public:
  explicit Harness(std::uint32_t slots) : slots_(slots), store_(nvram_, slots) {}

  void run(const Command& c, bool fails) {
    ++stamp_;
    if (c.kind == Command::remove) return remove(c, fails);
    save(c, fails);
  }

  void check() {
    std::vector<std::uint64_t> stamps;
    std::size_t bytes = 0;
    for (const auto& row : model_.rows) {
      stamps.push_back(row.stamp);
      bytes += row.size;
    }
    compare(store_, stamps, bytes);
    // And the same from what is stored.
    LoginStore again(nvram_, slots_);
    RC_ASSERT(again.load_error().empty());
    compare(again, stamps, bytes);
  }

 private:
  void save(Command c, bool fails) {
    if (c.portal == 0) c.portal = 1;
    std::optional<StoreResult> answer;
    store_.save(login_of(c, stamp_), [&](StoreResult result) { answer = result; });
    const auto expected_size =
        iscsi::align_up(iscsi::persistent_login_size(static_cast<std::size_t>(c.luns),
                                                     static_cast<std::size_t>(c.name)),
                        8);
    Row* row = model_.find(c);
    if (row == nullptr && model_.rows.size() >= slots_) {
      RC_ASSERT(answer == StoreResult::full);
      return;
    }
    RC_ASSERT(!answer.has_value());
    nvram_.commit(!fails);
    RC_ASSERT(answer == (fails ? StoreResult::nvram_failed : StoreResult::ok));
    if (fails) return;
    if (row == nullptr) {
      model_.rows.push_back({c.target, c.portal, c.port, expected_size, stamp_});
    } else {
      row->size = expected_size;
      row->stamp = stamp_;
    }
  }

  void remove(const Command& c, bool fails) {
    auto filter = make_filter(target_text(c.target, stamp_ % 2 == 0),
                              c.portal == 0 ? "" : portal_text(c.portal, stamp_ % 3 == 0),
                              port_number(c.port));
    std::optional<std::pair<StoreResult, std::size_t>> answer;
    store_.remove(filter,
                  [&](StoreResult result, std::size_t count) { answer.emplace(result, count); });
    const auto expected = model_.remove(c, false);
    if (expected.first != StoreResult::ok) {
      RC_ASSERT(answer == expected);
      return;
    }
    RC_ASSERT(!answer.has_value());
    nvram_.commit(!fails);
    if (fails) {
      RC_ASSERT(answer == std::pair(StoreResult::nvram_failed, std::size_t{0}));
      return;
    }
    RC_ASSERT(answer == expected);
    model_.remove(c, true);
  }

  static void compare(const LoginStore& store, const std::vector<std::uint64_t>& stamps,
                      std::size_t bytes) {
    RC_ASSERT(store.size() == stamps.size());
    RC_ASSERT(store.block_bytes() == bytes);
    std::vector<std::uint64_t> seen;
    std::uint64_t last_id = 0;
    store.for_each([&](LoginStore::RecordId id, const PersistentLogin& login) {
      RC_ASSERT(id > last_id);
      last_id = id;
      seen.push_back(login.security_flags);
      RC_ASSERT(store.get(id)->security_flags == login.security_flags);
    });
    RC_ASSERT(seen == stamps);
    std::vector<std::uint64_t> block(bytes / 8 + 1, 0xEEEEEEEEEEEEEEEEull);
    store.write_block(reinterpret_cast<std::uint8_t*>(block.data()));
    RC_ASSERT(block.back() == 0xEEEEEEEEEEEEEEEEull);
  }

  std::uint32_t slots_;
  FakeNvram nvram_;
  LoginStore store_;
  Model model_;
  std::uint64_t stamp_ = 0;
};

std::u16string any_text() { return *rc::gen::arbitrary<std::u16string>(); }

PersistentLogin any_login() {
  const auto number = [] { return *rc::gen::arbitrary<std::uint32_t>(); };
  const auto wide = [] { return *rc::gen::arbitrary<std::uint64_t>(); };
  PersistentLogin out;
  out.target = IscsiName(any_text());
  out.security_flags = wide();
  out.port.value = *rc::gen::element(0u, 1u, number(), PortNumber::kAnyOrAll);
  out.informational = *rc::gen::arbitrary<bool>();
  out.unique_id_for_isid = *rc::gen::arbitrary<std::uint16_t>();
  out.portal.address.type =
      static_cast<IpAddress::Type>(*rc::gen::element(0u, 1u, 2u, 3u, number()));
  out.portal.address.ipv4 = number();
  out.portal.address.ipv6 = *rc::gen::arbitrary<std::array<std::uint8_t, 16>>();
  out.portal.address.ipv6_flow_info = number();
  out.portal.address.ipv6_scope_id = number();
  out.portal.address.text = any_text();
  out.portal.reserved = number();
  out.portal.socket = *rc::gen::arbitrary<std::uint16_t>();
  out.options = {number(), number(), number(), number(), number(), number(), number(), number()};
  out.mapping.os_bus = number();
  out.mapping.os_target = number();
  out.mapping.unique_session_id = wide();
  out.mapping.target_name =
      *rc::gen::element(std::u16string(), out.target.as_written(), any_text());
  out.mapping.from_persistent_login = *rc::gen::arbitrary<bool>();
  out.mapping.reserved = wide();
  for (auto count = *rc::gen::inRange(0, 5); count > 0; --count) {
    out.mapping.luns.push_back({wide(), number(), number()});
  }
  out.username = *rc::gen::arbitrary<Bytes>();
  out.password = *rc::gen::arbitrary<Bytes>();
  out.key = *rc::gen::arbitrary<Bytes>();
  out.initiator_node = any_text();
  out.initiator_alias = any_text();
  return out;
}

bool same_address(const IpAddress& a, const IpAddress& b) {
  return a.type == b.type && a.ipv4 == b.ipv4 && a.ipv6 == b.ipv6 &&
         a.ipv6_flow_info == b.ipv6_flow_info && a.ipv6_scope_id == b.ipv6_scope_id &&
         a.text == b.text;
}

bool same(const PersistentLogin& a, const PersistentLogin& b) {
  return a.target.as_written() == b.target.as_written() && a.security_flags == b.security_flags &&
         a.port == b.port && a.informational == b.informational &&
         a.unique_id_for_isid == b.unique_id_for_isid &&
         same_address(a.portal.address, b.portal.address) &&
         a.portal.reserved == b.portal.reserved && a.portal.socket == b.portal.socket &&
         a.options == b.options && a.mapping == b.mapping && a.username == b.username &&
         a.password == b.password && a.key == b.key && a.initiator_node == b.initiator_node &&
         a.initiator_alias == b.initiator_alias;
}

// A record whose checksum fits, so that what is behind the checksum is reached.
void seal(Bytes& record) {
  boost::crc_32_type crc;
  crc.process_bytes(record.data(), record.size() - 4);
  for (unsigned i = 0; i < 4; ++i) {
    record[record.size() - 4 + i] = static_cast<std::uint8_t>(crc.checksum() >> (8 * i));
  }
}

}  // namespace

TEST_CASE("The store does what a plain list does") {
  rc::prop("one change after the other, with failures", [] {
    const auto slots = *rc::gen::inRange(1u, 12u);
    Harness harness(slots);
    for (const auto& c : *rc::gen::container<std::vector<Command>>(command())) {
      harness.run(c, c.kind == Command::fail);
      harness.check();
    }
  });
}

TEST_CASE("Concurrent changes end as some order of the calls says") {
  // Without failures the order of the calls is the only one.
  rc::prop("the outcome is that of one change after the other", [] {
    const std::uint32_t slots = 1000;
    // What exactly a removal misses depends on which unfinished saves are visible.
    const auto answer = [](StoreResult r) { return std::min(r, StoreResult::target_not_found); };
    FakeNvram together;
    FakeNvram alone;
    LoginStore a(together, slots);
    LoginStore b(alone, slots);
    std::vector<StoreResult> answers_a;
    std::vector<StoreResult> answers_b;
    const auto commands = *rc::gen::container<std::vector<Command>>(command());
    answers_a.resize(commands.size(), StoreResult::nvram_failed);
    answers_b.resize(commands.size(), StoreResult::nvram_failed);
    for (std::size_t i = 0; i < commands.size(); ++i) {
      Command c = commands[i];
      for (auto [store, answers] : {std::pair(&a, &answers_a), std::pair(&b, &answers_b)}) {
        if (c.kind == Command::remove) {
          store->remove(
              make_filter(target_text(c.target, false),
                          c.portal == 0 ? "" : portal_text(c.portal, false), port_number(c.port)),
              [answers, answer, i](StoreResult r, std::size_t) { (*answers)[i] = answer(r); });
        } else if (c.kind == Command::save) {
          c.portal = std::max(c.portal, 1);
          store->save(login_of(c, i), [answers, i](StoreResult r) { (*answers)[i] = r; });
        }
      }
      alone.commit_all();
      if (c.kind == Command::commit) together.commit();
    }
    together.commit_all();
    RC_ASSERT(answers_a == answers_b);
    std::vector<std::uint64_t> left;
    std::vector<std::uint64_t> right;
    a.for_each([&](auto, const PersistentLogin& login) { left.push_back(login.security_flags); });
    b.for_each([&](auto, const PersistentLogin& login) { right.push_back(login.security_flags); });
    // The order among targets is that in which the saves became durable.
    std::sort(left.begin(), left.end());
    std::sort(right.begin(), right.end());
    RC_ASSERT(left == right);
    RC_ASSERT(a.block_bytes() == b.block_bytes());
  });
}

TEST_CASE("Records keep everything") {
  rc::prop("any login comes back as it was", [] {
    const auto login = any_login();
    const Bytes record = encode_record(login);
    const auto view = decode_record(record);
    RC_ASSERT(view.has_value());
    RC_ASSERT(same(unpack(*view), login));
    RC_ASSERT(same(unpack(view_record(record)), login));
    std::vector<std::uint64_t> out(element_size(*view) / 8 + 1, ~0ull);
    write_element(*view, reinterpret_cast<std::uint8_t*>(out.data()));
    RC_ASSERT(out.back() == ~0ull);
  });
}

TEST_CASE("Any byte string is a record or is refused") {
  rc::prop("one byte changed, checksum or not; cut off; random", [] {
    Bytes record = encode_record(any_login());
    const auto at = *rc::gen::inRange<std::size_t>(0, record.size());
    record[at] = static_cast<std::uint8_t>(record[at] ^ *rc::gen::inRange(1, 256));
    RC_ASSERT(!decode_record(record).has_value());
    if (*rc::gen::arbitrary<bool>())
      record.resize(*rc::gen::inRange<std::size_t>(5, record.size() + 1));
    seal(record);
    if (const auto view = decode_record(record)) {
      const auto login = unpack(*view);
      RC_ASSERT(same(unpack(*decode_record(encode_record(login))), login));
    } else {
      RC_ASSERT(!view.error().empty());
    }
    Bytes random = *rc::gen::arbitrary<Bytes>();
    random.insert(random.begin(), 1);
    random.resize(random.size() + 4);
    seal(random);
    (void)decode_record(random).has_value();
  });
}
