#include <cstring>

#include "hba-sim/adapter/login_store_record.hpp"
#include "iscsiop/iscsiop.hpp"
#include "iscsiop/sizes.hpp"
#include "iscsiop/views.hpp"
#include "login_store_support.hpp"

using namespace hbalab;
using namespace hbalab::adapter;

namespace {

constexpr const char* kTargetA = "iqn.2026-01.org.example:a";
constexpr const char* kTargetB = "iqn.2026-01.org.example:b";

// Notes what was answered, in order.
struct Answers {
  std::vector<std::pair<StoreResult, std::size_t>> list;
  auto save() {
    return [this](StoreResult result) { list.emplace_back(result, 0); };
  }
  auto remove() {
    return [this](StoreResult result, std::size_t count) { list.emplace_back(result, count); };
  }
  [[nodiscard]] StoreResult last() const { return list.back().first; }
};

std::vector<std::string> contents(const LoginStore& store) {
  std::vector<std::string> out;
  store.for_each([&](LoginStore::RecordId, const PersistentLogin& login) {
    out.push_back(login.target.canonical() + "|" + login.portal.canonical() + "|" +
                  std::to_string(login.port.value) + "|" +
                  std::string(login.username.begin(), login.username.end()));
  });
  return out;
}

void save_now(FakeNvram& nvram, LoginStore& store, PersistentLogin login) {
  StoreResult result = StoreResult::full;
  store.save(std::move(login), [&](StoreResult r) { result = r; });
  nvram.commit_all();
  REQUIRE(result == StoreResult::ok);
}

std::pair<StoreResult, std::size_t> remove_now(FakeNvram& nvram, LoginStore& store,
                                               const RemoveFilter& filter) {
  Answers answers;
  store.remove(filter, answers.remove());
  nvram.commit_all();
  REQUIRE(answers.list.size() == 1);
  return answers.list.front();
}

}  // namespace

TEST_CASE("A save shows when it is durable, and leaves nothing when it fails") {
  FakeNvram nvram;
  LoginStore store(nvram, 4);
  Answers answers;
  store.save(make_login(kTargetA, "192.0.2.1"), answers.save());
  CHECK(store.size() == 0);
  CHECK(answers.list.empty());
  nvram.commit(false);
  CHECK(answers.last() == StoreResult::nvram_failed);
  CHECK(store.size() == 0);
  CHECK(store.block_bytes() == 0);
  store.save(make_login(kTargetA, "192.0.2.1"), answers.save());
  nvram.commit();
  CHECK(answers.last() == StoreResult::ok);
  CHECK(store.size() == 1);
  CHECK(nvram.stored.size() == 1);
}

TEST_CASE("The same port, target and portal replace the record in its place") {
  FakeNvram nvram;
  LoginStore store(nvram, 2);
  save_now(nvram, store, make_login(kTargetA, "192.0.2.1", 0, "first"));
  save_now(nvram, store, make_login(kTargetB, "192.0.2.1", 0, "other"));
  // Another spelling of the same, in a full store.
  auto again = make_login("IQN.2026-01.ORG.EXAMPLE:A", "192.0.2.1", 0, "second");
  again.portal.address = IpAddress::from_text("::ffff:192.0.2.1");
  again.portal.socket = 0;
  save_now(nvram, store, again);
  CHECK(contents(store) ==
        std::vector<std::string>{"iqn.2026-01.org.example:a|192.0.2.1:3260|0|second",
                                 "iqn.2026-01.org.example:b|192.0.2.1:3260|0|other"});
  // Reported as stored.
  store.for_each([&](LoginStore::RecordId id, const PersistentLogin& login) {
    if (id != 1) return;
    CHECK(login.target.as_written() == u"IQN.2026-01.ORG.EXAMPLE:A");
    CHECK(login.portal.address.type == IpAddress::Type::ipv6);
    CHECK(login.portal.socket == 0);
  });
}

TEST_CASE("A full store says so at once; a replacement needs no slot") {
  FakeNvram nvram;
  LoginStore store(nvram, 2);
  Answers answers;
  store.save(make_login(kTargetA, "192.0.2.1"), answers.save());
  store.save(make_login(kTargetA, "192.0.2.2"), answers.save());
  store.save(make_login(kTargetA, "192.0.2.3"), answers.save());
  REQUIRE(answers.list.size() == 1);  // queued saves count
  CHECK(answers.last() == StoreResult::full);
  nvram.commit(false);
  // The slots of failed saves are free again.
  store.save(make_login(kTargetA, "192.0.2.3"), answers.save());
  store.save(make_login(kTargetA, "192.0.2.4"), answers.save());
  nvram.commit();
  CHECK(answers.last() == StoreResult::ok);
  CHECK(store.size() == 2);
}

TEST_CASE("A save waits for the slot of a record that is being removed") {
  FakeNvram nvram;
  LoginStore store(nvram, 1);
  save_now(nvram, store, make_login(kTargetA, "192.0.2.1"));
  for (const bool durable : {false, true}) {
    Answers answers;
    store.remove(make_filter(kTargetA), answers.remove());
    store.save(make_login(kTargetB, "192.0.2.1"), answers.save());
    store.save(make_login(kTargetB, "192.0.2.2"), answers.save());
    REQUIRE(answers.list.size() == 1);  // one slot comes free, not two
    CHECK(answers.last() == StoreResult::full);
    nvram.commit(durable);
    if (!durable) {
      REQUIRE(answers.list.size() == 3);
      CHECK(answers.list[1].first == StoreResult::nvram_failed);
      CHECK(answers.list[2].first == StoreResult::full);
      CHECK(store.size() == 1);
      continue;
    }
    REQUIRE(answers.list.size() == 2);
    nvram.commit();
    REQUIRE(answers.list.size() == 3);
    CHECK(answers.last() == StoreResult::ok);
    CHECK(contents(store).front().starts_with(kTargetB));
  }
}

TEST_CASE("Who waits for a slot is not overtaken") {
  FakeNvram nvram;
  LoginStore store(nvram, 1);
  save_now(nvram, store, make_login(kTargetA, "192.0.2.1"));
  std::vector<std::pair<char, StoreResult>> order;
  store.remove(make_filter(kTargetA),
               [&](StoreResult r, std::size_t) { order.emplace_back('r', r); });
  store.save(make_login(kTargetB, "192.0.2.1"), [&](StoreResult r) { order.emplace_back('b', r); });
  // Waits behind the removal of its target, but called later.
  store.save(make_login(kTargetA, "192.0.2.1"), [&](StoreResult r) { order.emplace_back('a', r); });
  nvram.commit_all();
  CHECK(order == std::vector<std::pair<char, StoreResult>>{
                     {'r', StoreResult::ok}, {'a', StoreResult::full}, {'b', StoreResult::ok}});
}

TEST_CASE("Removals by port, target and portal, and what was missing") {
  FakeNvram nvram;
  LoginStore store(nvram, 100);
  const auto fill = [&] {
    for (const char* target : {kTargetA, kTargetB}) {
      for (const char* portal : {"192.0.2.1", "[2001:db8::1]:860"}) {
        for (const std::uint32_t port : {0u, 1u, PortNumber::kAnyOrAll}) {
          save_now(nvram, store, make_login(target, portal, port));
        }
      }
    }
    REQUIRE(store.size() == 12);
  };
  using Answer = std::pair<StoreResult, std::size_t>;
  fill();
  CHECK(remove_now(nvram, store, make_filter(kTargetA, "192.0.2.1", 1)) ==
        Answer{StoreResult::ok, 1});
  CHECK(remove_now(nvram, store, make_filter(kTargetA, "192.0.2.1", 1)) ==
        Answer{StoreResult::port_not_found, 0});
  CHECK(remove_now(nvram, store, make_filter(kTargetA, "192.0.2.1")) == Answer{StoreResult::ok, 2});
  CHECK(remove_now(nvram, store, make_filter(kTargetA, "192.0.2.1")) ==
        Answer{StoreResult::portal_not_found, 0});
  CHECK(remove_now(nvram, store, make_filter(kTargetA, "192.0.2.1", 7)) ==
        Answer{StoreResult::portal_not_found, 0});
  CHECK(remove_now(nvram, store, make_filter(kTargetA, "", 7)) ==
        Answer{StoreResult::port_not_found, 0});
  CHECK(remove_now(nvram, store, make_filter(kTargetA, "", 0)) == Answer{StoreResult::ok, 1});
  CHECK(remove_now(nvram, store, make_filter("IQN.2026-01.org.example:A")) ==
        Answer{StoreResult::ok, 2});
  CHECK(remove_now(nvram, store, make_filter(kTargetA)) ==
        Answer{StoreResult::target_not_found, 0});
  CHECK(remove_now(nvram, store, make_filter(kTargetA, "192.0.2.1", 1)) ==
        Answer{StoreResult::target_not_found, 0});
  CHECK(store.size() == 6);
  CHECK(remove_now(nvram, store, make_filter(kTargetB, "", 1)) == Answer{StoreResult::ok, 2});
  CHECK(remove_now(nvram, store, make_filter(kTargetB)) == Answer{StoreResult::ok, 4});
  CHECK(store.size() == 0);
  CHECK(store.block_bytes() == 0);
  CHECK(nvram.stored.empty());
  fill();
}

TEST_CASE("A miss is answered inside the call, without NVRAM") {
  FakeNvram nvram;
  LoginStore store(nvram, 4);
  Answers answers;
  store.remove(make_filter(kTargetA), answers.remove());
  REQUIRE(answers.list.size() == 1);
  CHECK(answers.last() == StoreResult::target_not_found);
  CHECK(nvram.queue.empty());
}

TEST_CASE("Changes of one record take effect in the order of the calls") {
  FakeNvram nvram;
  LoginStore store(nvram, 4);
  Answers answers;
  store.save(make_login(kTargetA, "192.0.2.1", 0, "1"), answers.save());
  store.remove(make_filter(kTargetA, "192.0.2.1", 0), answers.remove());
  store.remove(make_filter(kTargetA, "192.0.2.1", 0), answers.remove());
  store.save(make_login(kTargetA, "192.0.2.1", 0, "2"), answers.save());
  store.save(make_login(kTargetA, "192.0.2.1", 0, "3"), answers.save());
  nvram.commit_all();
  using Answer = std::pair<StoreResult, std::size_t>;
  CHECK(answers.list == std::vector<Answer>{{StoreResult::ok, 0},
                                            {StoreResult::ok, 1},
                                            {StoreResult::target_not_found, 0},
                                            {StoreResult::ok, 0},
                                            {StoreResult::ok, 0}});
  CHECK(contents(store).size() == 1);
  CHECK(contents(store).front().ends_with("|3"));
}

TEST_CASE("A change behind one that fails is decided by what is stored") {
  FakeNvram nvram;
  LoginStore store(nvram, 4);
  save_now(nvram, store, make_login(kTargetA, "192.0.2.1", 0, "old"));
  Answers answers;
  store.remove(make_filter(kTargetA), answers.remove());
  store.save(make_login(kTargetA, "192.0.2.1", 0, "new"), answers.save());
  nvram.commit(false);
  nvram.commit();
  CHECK(answers.list.front().first == StoreResult::nvram_failed);
  CHECK(answers.last() == StoreResult::ok);
  CHECK(nvram.stored.size() == 1);
  CHECK(contents(store).front().ends_with("|new"));
}

TEST_CASE("Changes of different records of a target are committed together") {
  FakeNvram nvram;
  LoginStore store(nvram, 100);
  Answers answers;
  for (std::uint32_t port = 0; port < 32; ++port) {
    store.save(make_login(kTargetA, "192.0.2.1", port), answers.save());
  }
  CHECK(nvram.queue.size() == 32);
  store.remove(make_filter(kTargetA), answers.remove());  // waits for all of them
  CHECK(nvram.queue.size() == 32);
  nvram.commit();
  CHECK(store.size() == 32);
  nvram.commit();
  CHECK(answers.list.back() == std::pair{StoreResult::ok, std::size_t{32}});
  CHECK(store.size() == 0);
}

TEST_CASE("Many changes of one record wait without deep recursion") {
  FakeNvram nvram;
  LoginStore store(nvram, 4);
  save_now(nvram, store, make_login(kTargetA, "192.0.2.1"));
  std::size_t removed = 0;
  std::size_t answered = 0;
  for (int i = 0; i < 50'000; ++i) {
    store.remove(make_filter(kTargetA), [&](StoreResult, std::size_t count) {
      removed += count;
      ++answered;
    });
  }
  nvram.commit_all();
  CHECK(removed == 1);
  CHECK(answered == 50'000);
}

TEST_CASE("A callback may change the store again") {
  FakeNvram nvram;
  LoginStore store(nvram, 4);
  bool inner = false;
  store.save(make_login(kTargetA, "192.0.2.1"), [&](StoreResult) {
    CHECK(store.size() == 1);
    store.remove(make_filter(kTargetA), [&](StoreResult result, std::size_t count) {
      inner = result == StoreResult::ok && count == 1;
    });
  });
  nvram.commit_all();
  CHECK(inner);
  CHECK(store.size() == 0);
}

TEST_CASE("The listener hears what becomes visible, before the caller does") {
  FakeNvram nvram;
  LoginStore store(nvram, 4);
  std::vector<std::string> heard;
  store.on_change([&](LoginStore::RecordId id, bool removed) {
    heard.push_back((removed ? "removed " : "saved ") + std::to_string(id));
    CHECK(store.get(id).has_value() != removed);
  });
  store.save(make_login(kTargetA, "192.0.2.1"), [&](StoreResult) { heard.emplace_back("done"); });
  nvram.commit_all();
  save_now(nvram, store, make_login(kTargetA, "192.0.2.1"));
  remove_now(nvram, store, make_filter(kTargetA));
  save_now(nvram, store, make_login(kTargetA, "192.0.2.1"));
  CHECK(heard == std::vector<std::string>{"saved 1", "done", "saved 1", "removed 1", "saved 2"});
}

TEST_CASE("After the store has gone its callbacks do not run") {
  FakeNvram nvram;
  Answers answers;
  {
    LoginStore store(nvram, 4);
    store.save(make_login(kTargetA, "192.0.2.1"), answers.save());
    store.remove(make_filter(kTargetA), answers.remove());
  }
  nvram.commit_all();
  CHECK(answers.list.empty());
  CHECK(nvram.stored.empty());
}

TEST_CASE("What was stored is loaded again in its order, also more than the slots") {
  FakeNvram nvram;
  std::vector<std::string> before;
  {
    LoginStore store(nvram, 10);
    for (std::uint32_t port = 0; port < 5; ++port) {
      save_now(nvram, store, make_login(kTargetA, "192.0.2.1", 9 - port));
    }
    remove_now(nvram, store, make_filter(kTargetA, "192.0.2.1", 7));
    save_now(nvram, store, make_login(kTargetA, "192.0.2.1", 9, "replaced"));
    before = contents(store);
  }
  const auto store = LoginStore::create(nvram, 2);
  REQUIRE(store);
  CHECK(contents(**store) == before);
  Answers answers;
  (*store)->save(make_login(kTargetB, "192.0.2.1"), answers.save());
  CHECK(answers.last() == StoreResult::full);
}

TEST_CASE("A record that cannot be read is reported with its slot, and no store is made") {
  FakeNvram nvram;
  {
    LoginStore store(nvram, 10);
    auto login = make_login(kTargetA, "192.0.2.1");
    login.password = bytes_of("top-secret-value");
    save_now(nvram, store, login);
    save_now(nvram, store, make_login(kTargetB, "192.0.2.1"));
  }
  const auto refused = [&](std::string_view expected) {
    const auto store = LoginStore::create(nvram, 10);
    REQUIRE_FALSE(store);
    INFO(store.error());
    CHECK(store.error().contains(expected));
    CHECK_FALSE(store.error().contains("top-secret"));
    LoginStore broken(nvram, 10);
    CHECK(broken.load_error() == store.error());
    CHECK(broken.size() == 0);
    Answers answers;
    broken.save(make_login(kTargetB, "192.0.2.9"), answers.save());
    CHECK(answers.last() == StoreResult::nvram_failed);
    broken.remove(make_filter(kTargetB), answers.remove());
    CHECK(answers.last() == StoreResult::nvram_failed);
    CHECK(nvram.queue.empty());
  };
  const Bytes good = nvram.stored[1];
  nvram.stored[1][10] ^= 1;
  refused("slot 1 is damaged: its checksum");
  nvram.stored[1] = {};
  refused("slot 1 is damaged: it has 0 bytes");
  nvram.stored[1] = good;
  nvram.stored[1][0] = 9;
  refused("its format is version 9");
  nvram.stored[1] = good;
  nvram.stored[7] = good;
  refused("slot 7 has the port, target and portal of slot 1");
  nvram.stored.erase(7);
  nvram.stored[~0ull] = good;
  refused("out of range");
}

TEST_CASE("The block is laid out as ISCSI_Persistent_Login") {
  FakeNvram nvram;
  LoginStore store(nvram, 10);
  auto login = make_login("iqn.2026-01.org.example:Disk", "192.0.2.1:860", 3, "user");
  login.security_flags = 0x1122334455667788;
  login.informational = true;
  login.unique_id_for_isid = 0xABCD;
  login.portal.reserved = 5;
  login.options = {1, 2, 3, 4, 5, 6, 7, 8};
  login.mapping = {1, 2, 0x1234567890, u"iqn.x", true, 77, {{10, 11, 12}, {1ull << 63, 14, 15}}};
  login.password = bytes_of("secret-password");
  login.key = bytes_of("secret-key");
  save_now(nvram, store, login);
  auto plain = make_login(kTargetA, "[2001:db8::1]", 0, "");
  plain.portal.address.type = IpAddress::Type::text;
  plain.portal.address.text = u"host.example";
  plain.target = IscsiName(u"iqn.\u00FC\U0001F4BE");
  save_now(nvram, store, plain);

  const std::size_t first = iscsi::align_up(iscsi::persistent_login_size(2, 4), 8);
  const std::size_t second = iscsi::align_up(iscsi::persistent_login_size(0, 0), 8);
  REQUIRE(store.block_bytes() == first + second);
  // A whole data block, so that the reader of the interface checks it.
  constexpr std::size_t head = offsetof(iscsi::MSiSCSI_PersistentLogins, PersistentLogins);
  std::vector<std::uint64_t> room((head + store.block_bytes()) / 8 + 1, ~0ull);
  auto* block = reinterpret_cast<std::uint8_t*>(room.data());
  reinterpret_cast<iscsi::MSiSCSI_PersistentLogins*>(block)->PersistentLoginCount = 2;
  store.write_block(block + head);
  const std::span whole(block, head + store.block_bytes());
  CHECK(block[whole.size()] == 0xFF);
  const std::string_view text(reinterpret_cast<const char*>(block), whole.size());
  CHECK_FALSE(text.contains("secret"));

  const auto view = iscsi::view<iscsi::PersistentLoginsView>(whole);
  REQUIRE(view);
  REQUIRE(view->logins.size() == 2);
  const auto a = *view->logins.begin();
  CHECK(*iscsi::read_fixed_string(a.head->TargetName, "") == u"iqn.2026-01.org.example:Disk");
  CHECK(a.head->SecurityFlags == 0x1122334455667788u);
  CHECK(a.head->InitiatorPortNumber == 3);
  CHECK(a.head->IsInformationalSession == 1);
  CHECK(a.head->UniqueIdForISID == 0xABCD);
  CHECK(a.head->TargetPortal.Address.Type == 1);
  CHECK(std::memcmp(&a.head->TargetPortal.Address.IpV4Address, "\xC0\x00\x02\x01", 4) == 0);
  CHECK(a.head->TargetPortal.Reserved == 5);
  CHECK(a.head->TargetPortal.Socket == 860);
  CHECK(a.head->LoginOptions.InformationSpecified == 1);
  CHECK(a.head->LoginOptions.AuthType == 8);
  CHECK(a.mapping.head->OSTarget == 2);
  CHECK(a.mapping.head->UniqueSessionId == 0x1234567890u);
  CHECK(*iscsi::read_fixed_string(a.mapping.head->TargetName, "") == u"iqn.x");
  CHECK(a.mapping.head->FromPersistentLogin == 1);
  CHECK(a.mapping.head->Reserved == 77);
  REQUIRE(a.mapping.luns.size() == 2);
  CHECK(a.mapping.luns[1].TargetLUN == 1ull << 63);
  CHECK(a.mapping.luns[1].Reserved == 15);
  CHECK(std::string(a.username.begin(), a.username.end()) == "user");
  const auto b = *std::next(view->logins.begin());
  CHECK(*iscsi::read_fixed_string(b.head->TargetName, "") == u"iqn.\u00FC\U0001F4BE");
  CHECK(*iscsi::read_fixed_string(b.head->TargetPortal.Address.TextAddress, "") == u"host.example");
  CHECK(b.mapping.luns.empty());
  CHECK(b.username.empty());
}

TEST_CASE("Names beyond their members end with them") {
  auto login = make_login(kTargetA, "192.0.2.1");
  // A pair of surrogates does not fit into the last place.
  login.target = IscsiName(std::u16string(222, u'a') + u"\U0001F4BE");
  login.portal.address.type = IpAddress::Type::text;
  login.portal.address.text = std::u16string(1000, u'b');
  const Bytes record = encode_record(login);
  const auto view = decode_record(record);
  REQUIRE(view);
  std::vector<std::uint64_t> room(element_size(*view) / 8, ~0ull);
  auto* out = reinterpret_cast<std::uint8_t*>(room.data());
  write_element(*view, out);
  const auto* element = reinterpret_cast<const iscsi::ISCSI_Persistent_Login*>(out);
  CHECK(element->TargetName[0] == 2 * 222);
  CHECK(element->TargetName[223] == 0);
  CHECK(element->TargetPortal.Address.TextAddress[0] == 2 * 256);
  CHECK(element->TargetPortal.Reserved == 0);
}
