#include <arpa/inet.h>

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>
#include <set>

#include "hba-sim/types.hpp"

using namespace hbalab;
using namespace std::string_literals;

namespace {

std::string canonical(std::string_view text) { return IpAddress::from_text(text).canonical(); }

IpAddress text_address(std::u16string text) {
  IpAddress out;
  out.type = IpAddress::Type::text;
  out.text = std::move(text);
  return out;
}

IpAddress ipv6_address(const std::array<std::uint8_t, 16>& bytes) {
  IpAddress out;
  out.type = IpAddress::Type::ipv6;
  out.ipv6 = bytes;
  return out;
}

bool good(std::u16string name) { return IscsiName(std::move(name)).well_formed(); }

}  // namespace

TEST_CASE("Names are compared in lower case and kept as written") {
  const IscsiName upper(u"IQN.2001-04.com.Example:Storage.DISK2");
  CHECK(upper == IscsiName(u"iqn.2001-04.com.example:storage.disk2"));
  CHECK(upper.canonical() == "iqn.2001-04.com.example:storage.disk2");
  CHECK(upper.as_written() == u"IQN.2001-04.com.Example:Storage.DISK2");
  CHECK_FALSE(upper == IscsiName(u"iqn.2001-04.com.example:storage.disk3"));
  CHECK(IscsiName().empty());
  CHECK(IscsiName(u"").canonical().empty());
}

TEST_CASE("Names beyond ASCII are folded where folding is defined") {
  CHECK(IscsiName(u"iqn.2001-04.de.example:GRÜN") == IscsiName(u"iqn.2001-04.de.example:grün"));
  CHECK(IscsiName(u"\u0391\u0429\u0141\u017D") == IscsiName(u"\u03B1\u0449\u0142\u017E"));
  CHECK(IscsiName(u"\uFF29\uFF31\uFF2E.").canonical() == "iqn.");
  CHECK(IscsiName(u"a\u00AD\u200Bb").canonical() == "ab");
  CHECK(IscsiName(u"stra\u00DFe").canonical() == "strasse");
  CHECK(IscsiName(u"\U0001F4BE").canonical() == "\xF0\x9F\x92\xBE");
  CHECK(IscsiName(u"\u00D7").canonical() == "\u00D7");
}

TEST_CASE("Lone surrogates make no character, but names that differ in them differ") {
  const IscsiName high(std::u16string{u'a', char16_t{0xD800}});
  const IscsiName low(std::u16string{u'a', char16_t{0xDC00}});
  CHECK_FALSE(high == low);
  CHECK_FALSE(high.well_formed());
  CHECK(IscsiName(std::u16string{char16_t{0xDC00}, char16_t{0xD800}}).canonical().size() == 6);
}

TEST_CASE("The three name forms") {
  CHECK(good(u"iqn.2001-04.com.example:storage:diskarrays-sn-a8675309"));
  CHECK(good(u"iqn.2001-04.com.example"));
  CHECK(good(u"IQN.2001-12.COM.EXAMPLE:X"));
  CHECK(good(u"eui.02004567A425678D"));
  CHECK(good(u"naa.52004567BA64678D"));
  CHECK(good(u"naa.62004567BA64678D0123456789ABCDEF"));
  CHECK(good(u"iqn.2001-04.com.example:gr\u00FCn"));

  CHECK_FALSE(good(u""));
  CHECK_FALSE(good(u"iqn."));
  CHECK_FALSE(good(u"iqn.2001-04."));
  CHECK_FALSE(good(u"iqn.2001-04.com..example"));
  CHECK_FALSE(good(u"iqn.2001-04.com.example:"));
  CHECK_FALSE(good(u"iqn.2001-13.com.example"));
  CHECK_FALSE(good(u"iqn.2001-00.com.example"));
  CHECK_FALSE(good(u"iqn.20010-4.com.example"));
  CHECK_FALSE(good(u"iqn.2001-04.com.exam_ple"));
  CHECK_FALSE(good(u"iqn.2001-04.com.example:a b"));
  CHECK_FALSE(good(u"iqn.2001-04.com.example:a/b"));
  CHECK_FALSE(good(u"iqn.2001-04.com.example:a\u3002b"));
  CHECK_FALSE(good(u"iqn.2001-04.com.example:a"s + u'\0'));
  CHECK_FALSE(good(u"eui.02004567A425678"));
  CHECK_FALSE(good(u"eui.02004567A425678G"));
  CHECK_FALSE(good(u"naa.52004567BA64678D0"));
  CHECK_FALSE(good(u"target1"));
  const std::u16string prefix = u"iqn.2001-04.com.example:";
  CHECK(good(prefix + std::u16string(223 - prefix.size(), u'a')));
  CHECK_FALSE(good(prefix + std::u16string(224 - prefix.size(), u'a')));
  // 223 characters, but more bytes on the wire.
  CHECK_FALSE(good(prefix + std::u16string(223 - prefix.size(), u'\u00FC')));
}

TEST_CASE("IPv4 is held with its octets in memory order") {
  const auto address = IpAddress::from_text("192.0.2.10");
  CHECK(address.type == IpAddress::Type::ipv4);
  CHECK(address.ipv4 == 0x0A0200C0);
  CHECK(address.canonical() == "192.0.2.10");
  CHECK(canonical("0.0.0.0") == "0.0.0.0");
  CHECK(canonical("255.255.255.255") == "255.255.255.255");
  for (const auto* text : {"256.1.1.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.", "1..2.3",
                           "1.2.3.4 ", "1.2.3.0004", "+1.2.3.4", "0x1.2.3.4"}) {
    INFO(text);
    CHECK(IpAddress::from_text(text).type == IpAddress::Type::text);
  }
}

TEST_CASE("IPv6 in the form of RFC 5952") {
  CHECK(canonical("2001:DB8:0:0:0:0:0:1") == "2001:db8::1");
  CHECK(canonical("[2001:db8::1]") == "2001:db8::1");
  CHECK(canonical("2001:db8:0:1:1:1:1:1") == "2001:db8:0:1:1:1:1:1");  // one group is not shortened
  CHECK(canonical("2001:0:0:1:0:0:0:1") == "2001:0:0:1::1");           // the longest run
  CHECK(canonical("2001:db8:0:0:1:0:0:1") == "2001:db8::1:0:0:1");     // the first of equal runs
  CHECK(canonical("::") == "::");
  CHECK(canonical("::1") == "::1");
  CHECK(canonical("1::") == "1::");
  CHECK(canonical("1:2:3:4:5:6:7::") == "1:2:3:4:5:6:7:0");
  CHECK(canonical("64:ff9b::192.0.2.33") == "64:ff9b::c000:221");
  CHECK(canonical("::ffff:192.0.2.1") == "192.0.2.1");
  CHECK(canonical("::FFFF:c000:201") == "192.0.2.1");
  CHECK(canonical("fe80::1%5") == "fe80::1%5");
  CHECK(canonical("fe80::1%05") == "fe80::1%5");
  CHECK(canonical("fe80::1%0") == "fe80::1");
  CHECK(canonical("[fe80::1%Eth0]") == "fe80::1%Eth0");
  CHECK(IpAddress::from_text("fe80::1%5").ipv6_scope_id == 5);
  for (const auto* text :
       {":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::", "1:", "::1%",
        "1:2:3:4:5:6:7:8::", "::1.2.3", "1:2:3:4:5:6:7:1.2.3.4", ":1::", "[::1", "::1]"}) {
    INFO(text);
    CHECK(IpAddress::from_text(text).type == IpAddress::Type::text);
  }
}

TEST_CASE("Text that spells a number equals the number") {
  CHECK(text_address(u"192.0.2.10").canonical() == canonical("192.0.2.10"));
  CHECK(text_address(u"[2001:DB8::1]").canonical() == canonical("2001:db8::1"));
  CHECK(text_address(u"fe80::1%5").canonical() == canonical("fe80::1%5"));
  CHECK_FALSE(text_address(u"192.0.2.10").is_name());
  CHECK_FALSE(text_address(u"::1").is_name());
  CHECK_FALSE(text_address(u"").is_name());
  CHECK(text_address(u"").empty());
  CHECK(text_address(u"Host").is_name());
  CHECK(text_address(u"192.0.2.256").is_name());
}

TEST_CASE("Host names: lower case, no trailing dot") {
  CHECK(canonical("Disk.Example.COM.") == "disk.example.com");
  CHECK(canonical("GR\u00DCN.example") == "gr\u00FCn.example");
  CHECK(canonical(".") == ".");
  CHECK(canonical("") == "");
  CHECK(IpAddress::from_text("").type == IpAddress::Type::empty);
  CHECK(IpAddress::from_text("\xFF\xC3").text == u"\uFFFD\uFFFD");
  CHECK(IpAddress::from_text("\xED\xA0\x80").text == u"\uFFFD\uFFFD\uFFFD");
  IpAddress odd;
  odd.type = static_cast<IpAddress::Type>(77);
  CHECK(odd.canonical() == "?77");
  CHECK_FALSE(odd.empty());
}

TEST_CASE("Portals as text") {
  const auto form = [](std::string_view text) {
    const auto portal = Portal::from_text(text);
    return portal ? portal->canonical() : "refused"s;
  };
  CHECK(form("192.0.2.10") == "192.0.2.10:3260");
  CHECK(form("192.0.2.10:860") == "192.0.2.10:860");
  CHECK(form("[2001:db8::1]:3261") == "[2001:db8::1]:3261");
  CHECK(form("[2001:db8::1]") == "[2001:db8::1]:3260");
  CHECK(form("2001:db8::1") == "[2001:db8::1]:3260");
  CHECK(form("[::ffff:192.0.2.1]:1") == "192.0.2.1:1");
  CHECK(form("[fe80::1%3]:1") == "[fe80::1%3]:1");
  CHECK(form("Disk.Example.:65535") == "disk.example:65535");
  CHECK(form("localhost") == "localhost:3260");
  for (const auto* text :
       {"",       ":3260",    "host:",   "host:0", "host:65536", "host:1x", "[::1]x",
        "[::1]:", "[host]:1", "[::1",    "a b",    "300.1.2.3",  "1.2.3",   "h..x",
        "-h",     "\xFF",     "host:-1", "1:2:3",  "[1.2.3.4]",  "host/1",  "."}) {
    INFO(text);
    CHECK(form(text) == "refused");
  }
  CHECK(form(std::string(257, 'a')) == "refused");
  Portal portal = *Portal::from_text("192.0.2.10");
  portal.socket = 0;
  CHECK(portal.canonical() == "192.0.2.10:3260");
  CHECK(Portal{}.canonical().empty());
  CHECK(Portal{}.empty());
}

TEST_CASE("IPv6 text agrees with the C library") {
  rc::prop("format and parse", [](std::array<std::uint8_t, 16> bytes) {
    // Half of the groups zero, so that runs of zeros are met.
    const auto zeros = *rc::gen::arbitrary<std::uint8_t>();
    for (std::size_t i = 0; i < 8; ++i) {
      if ((zeros >> i) & 1) bytes[2 * i] = bytes[2 * i + 1] = 0;
    }
    const auto ours = ipv6_address(bytes).canonical();
    std::array<std::uint8_t, 16> back{};
    if (ours.find('.') != std::string::npos) return;  // IPv4-mapped
    RC_ASSERT(inet_pton(AF_INET6, ours.c_str(), back.data()) == 1);
    RC_ASSERT(back == bytes);
    RC_ASSERT(IpAddress::from_text(ours).ipv6 == bytes);
    std::array<char, INET6_ADDRSTRLEN> theirs{};
    inet_ntop(AF_INET6, bytes.data(), theirs.data(), theirs.size());
    // The C library writes ::a.b.c.d where RFC 5952 leaves it open.
    if (!std::string_view(theirs.data()).contains('.')) RC_ASSERT(ours == theirs.data());
  });
  rc::prop("any text is numeric for both or for neither", [] {
    const auto text = *rc::gen::container<std::string>(rc::gen::elementOf("0123456789afF:::.."s));
    std::array<std::uint8_t, 16> theirs{};
    const bool ipv6 = inet_pton(AF_INET6, text.c_str(), theirs.data()) == 1;
    const auto ours = IpAddress::from_text(text);
    RC_ASSERT((ours.type == IpAddress::Type::ipv6) == ipv6);
    if (ipv6) RC_ASSERT(ours.ipv6 == theirs);
    std::uint32_t ipv4 = 0;
    const bool is_ipv4 = inet_pton(AF_INET, text.c_str(), &ipv4) == 1;
    RC_ASSERT((ours.type == IpAddress::Type::ipv4) == is_ipv4);
    if (is_ipv4) RC_ASSERT(ours.canonical() == text);
  });
}

TEST_CASE("A canonical form is its own canonical form") {
  rc::prop("names, addresses and portals of any text", [](const std::string& text) {
    const auto address = IpAddress::from_text(text);
    // What ends in two dots loses one each time: such text is no host name.
    if (!text.ends_with("..")) {
      RC_ASSERT(IpAddress::from_text(address.canonical()).canonical() == address.canonical());
    }
    if (const auto portal = Portal::from_text(text)) {
      const auto again = Portal::from_text(portal->canonical());
      RC_ASSERT(again.has_value());
      RC_ASSERT(again->canonical() == portal->canonical());
    }
  });
  rc::prop("names of any UTF-16", [](const std::u16string& text) {
    const IscsiName name(text);
    // "x" keeps it from being a number; a lone surrogate is not UTF-8 and cannot come back.
    const auto again = IscsiName(IpAddress::from_text("x" + name.canonical()).text);
    if (!again.as_written().contains(u'\uFFFD')) {
      RC_ASSERT(again.canonical() == "x" + name.canonical());
    }
    RC_ASSERT(name.as_written() == text);
  });
}
