// What is known of the discovery library's functions: their arguments, the structures and the named
// values, as iscsidsc/api.json and iscsidsc/commands.json have them. Everything that `hbalab dsc`
// reads, calls, shows and explains goes by these tables; nothing knows a function by its name.
//
// The arguments of a call are a structure too: one member of 8 bytes for each.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "iscsidsc.h"
#include "wmi-model/model.hpp"

namespace hbalab::cli::dsc {

struct Name {
  std::string_view name;        // as the header has it
  std::string_view short_name;  // the part that tells it from others, or ""
  std::uint64_t value;
};
struct Enumeration {
  bool flags;
  std::span<const Name> names;
};

enum class Form : std::uint8_t {
  number,
  boolean_,
  text,     // characters and a NUL
  strings,  // texts one behind the other, then an empty one
  bytes,
  guid,
  record,
  chosen,    // another argument says what it is
  reserved,  // nothing
};
enum class Way : std::uint8_t {
  in,
  out,
  both,
  counts,  // bytes or elements of another member; follows it
};

struct Record;

struct Field {
  std::string_view name;
  std::string_view text = {};  // what it is, for people
  Form form = Form::number;
  Way way = Way::in;
  bool pointer = false;  // the member has the address of the value
  bool required = false;
  bool secret = false;
  bool hex = false;              // people see it in hexadecimal
  bool specified = false;        // has a bit for each member that counts
  bool first_call_only = false;  // 0 when a call is repeated for a larger buffer
  bool listed = false;           // begins with its count
  std::uint32_t offset = 0;
  std::uint32_t size = 0;  // of one value; text and bytes: the room for them, 0 where there is none
  std::uint32_t align = 1;
  int sized_by = -1;    // the member with its size in bytes
  int counted_by = -1;  // the member with the number of its elements
  std::uint64_t default_value = 0;
  std::uint64_t specifies = 0;  // the bit that makes it count
  std::uint64_t when = 0;       // of cases: the value of the argument that decides
  ISDSC_STATUS only_with = 0;   // there is such an answer with this failure alone
  const Enumeration* names = nullptr;
  const Record* record = nullptr;
  int chosen_by = -1;
  std::span<const Field> cases = {};

  [[nodiscard]] bool is_list() const { return form == Form::record && (counted_by >= 0 || listed); }
  [[nodiscard]] bool is_input() const {
    return (way == Way::in || way == Way::both) && form != Form::reserved;
  }
  [[nodiscard]] bool is_output() const { return way == Way::out || way == Way::both; }
};

// How a structure may be written as one text.
enum class Shorthand : std::uint8_t {
  none,
  id,      // both members, with the separator between them; answers have it in this way
  pair,    // both members, with the separator between them
  portal,  // ADDRESS[:SOCKET]
  list,    // the elements of the member that is a list
};

struct Record {
  std::string_view name;
  std::string_view syntax = {};  // of the shorthand
  Shorthand shorthand = Shorthand::none;
  char separator = ' ';
  std::span<const Field> fields = {};
  std::uint32_t size = 0;

  // By name, letters compared without case; nullptr: no such.
  [[nodiscard]] const Field* find(std::string_view member) const;
  // The members that the caller may give.
  [[nodiscard]] std::vector<std::string_view> inputs() const;
  // Arguments whose values need no name: those that are required; where there is only one argument
  // and it is not a boolean, that one.
  [[nodiscard]] std::vector<const Field*> positional() const;
};

struct Function {
  Record arguments;  // with the function's name
  std::string_view summary;
  ISDSC_STATUS (*call)(const std::uint64_t* arguments);
};

struct Status {
  ISDSC_STATUS code;
  std::string_view name, text;
};

[[nodiscard]] std::span<const Function> functions();
// Without W or A, letters compared without case; nullptr: no such.
[[nodiscard]] const Function* find_function(std::string_view name);
// Of iscsierr.h and winerror.h; nullopt: it has no name.
[[nodiscard]] std::optional<Status> find_status(ISDSC_STATUS code);
// Done, perhaps with something to say about it (severity 2).
[[nodiscard]] bool is_done(ISDSC_STATUS status);

// The member as the tree's text functions see it: a number or a boolean, with its names.
[[nodiscard]] wmi::Property property_of(const Field& field);
// "A|B", or "" where the value has no name.
[[nodiscard]] std::string names_of(const Field& field, std::uint64_t value);

[[nodiscard]] bool same_name(std::string_view a, std::string_view b);

}  // namespace hbalab::cli::dsc
