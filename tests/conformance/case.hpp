// A test of the suite: what it is about, what it needs, and what it does.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tests/conformance/outcome.hpp"
#include "tests/conformance/result.hpp"
#include "tests/conformance/subject.hpp"

namespace hbalab::conform {

class Context;

// What a step does; case files name it.
enum class Verb : std::uint8_t {
  query,       // the block of an instance
  call,        // a method
  set,         // properties, one after the other
  instances,   // the names of a class's instances
  registered,  // that a driver serves the class
  watch,       // events of a class, from now on
  event,       // the next event of a class
  quiet,       // that there is no event
  reset,       // the adapter, or the lab: off and on
  start,       // a method, without waiting for its end
  finish,      // takes the answer of one that was started
  cancel,      // asks for the early end of one that was started
  bench,       // writes to a file of the bench
  look,        // reads one
  make,        // makes a directory of the bench
  remove,      // removes one
  views,       // that the forms of an instance say the same
  wait,        // lets time pass
};

// Room for an answer: so many bytes, or so many more or less than it needs.
struct Room {
  bool relative = false;
  std::int64_t bytes = 0;
};

struct Step {
  Verb verb = Verb::query;
  std::string object;    // class, "Class.Method", name of a started call, file, or a time
  std::string instance;  // pattern of its name; empty: the one of the device under test
  Json in;               // call: IN, set: values by property
  std::string text;      // bench: what is written
  std::string raw;       // IN as hexadecimal digits instead
  bool json = false;     // call: by the file that takes JSON
  std::optional<Room> room;
  std::vector<Outcome> outcomes;        // any of them; empty: success
  Json expect;                          // matchers by path into the answer
  std::string as;                       // later steps refer to the answer by this name
  std::chrono::milliseconds within{0};  // the step is repeated for so long until it is as expected
  std::uint32_t tries = 1;              // and so often, at once; "${try}" is the number of the try
  std::uint32_t line = 0;
};

struct DataCase {
  std::vector<Step> steps;
  std::vector<Step> cleanup;  // always; those that refer to answers that did not come are left out
};

// What an implementation must offer for the case to apply.
struct Needs {
  std::vector<std::string> classes;     // with at least one instance, but for classes of events
  std::vector<std::string> methods;     // "Class.Method"
  std::vector<std::string> parameters;  // what the user says of the implementation's surroundings
  std::vector<Ability> abilities;
};

struct Case {
  std::string id;  // "Class/about/what"
  std::string title;
  Requirement requirement;
  Needs needs;
  std::vector<Step> when;  // unless they are as expected the case does not apply
  bool exclusive = false;  // nothing else may run: it changes what others see
  // Runs when there is no other left, once for each process that cases ran in, whatever the shard:
  // it ends the implementation.
  bool last = false;
  std::string file;  // where a case of data stands
  std::uint32_t line = 0;
  std::variant<DataCase, std::function<void(Context&)>> body;
};

// A precondition of cases that follow from the class alone.
struct Condition {
  std::string cases;  // glob over ids
  std::vector<Step> when;
};

}  // namespace hbalab::conform
