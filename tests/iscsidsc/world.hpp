// A lab as the user-mode libraries see it, with the bench's controls for the test. The same tests
// are linked with a lab in this process (on virtual time), with a mounted tree that the real
// program serves, and as a Windows program that asks such a tree through Wine.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <string_view>

namespace hbalab::dsc {
class Transport;
}

namespace hbalab::dsc_test {

inline constexpr std::string_view kHba0 =
    "PCI\\VEN_1077&DEV_4010&SUBSYS_01221077&REV_03\\3&11583659&0&08_0";
inline constexpr std::string_view kHba1 =
    "PCI\\VEN_1077&DEV_4010&SUBSYS_01221077&REV_03\\3&11583659&0&10_0";

// What can be wrong with the directory that the service's lists are kept in.
enum class StateFault {
  unwritable,  // it can be neither made nor written
  damaged,     // its file is none
};

class World {
 public:
  // `lab`: text of a lab file; "": two adapters and targets for every case. While it lives, the
  // libraries of this process reach this lab and keep their state in a directory of its own.
  [[nodiscard]] static std::unique_ptr<World> open(std::string_view lab = {});
  virtual ~World() = default;

  // A file of the bench (`lab/`): a mkdir, a write, a read.
  virtual void make(const std::string& path) = 0;
  virtual void control(const std::string& path, std::string_view text) = 0;
  [[nodiscard]] virtual std::string read(const std::string& path) = 0;
  // Something that happens by itself after a while, such as the making of device objects: lets time
  // pass until `condition` holds, which then is the result.
  template <typename Condition>
  [[nodiscard]] bool eventually(Condition condition) {
    for (int i = 0; i < 100'000; ++i) {
      if (condition()) return true;
      pass();
    }
    return condition();
  }
  // From now on. Nothing may have been kept before.
  virtual void spoil_state(StateFault fault) = 0;
  // From now on the libraries find no lab.
  virtual void hide() = 0;

  // What the libraries are made of: not for tests that are Windows programs, too, for which this
  // fails.
  [[nodiscard]] virtual std::shared_ptr<dsc::Transport> transport() = 0;
  [[nodiscard]] virtual const std::string& state_directory() const = 0;

 protected:
  virtual void pass() = 0;
};

}  // namespace hbalab::dsc_test
