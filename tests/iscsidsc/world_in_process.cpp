// A lab in this process, on a virtual clock that passes while somebody waits.
#include <cstdlib>

#include "iscsidsc/transport.hpp"
#include "tests/hba-sim/lab_support.hpp"
#include "world.hpp"
#include "world_lab.hpp"
#include "world_state.hpp"

namespace hbalab::dsc_test {
namespace {

class InProcessWorld final : public World {
 public:
  explicit InProcessWorld(std::string_view lab) : fixture_(lab) {
    state_ = (fixture_.directory.path / "dsc").string();
    ::setenv("HBALAB_DSC_STATE", state_.c_str(), 1);
    transport_ = dsc::make_in_process_transport(fixture_.client, [this] { pass(); });
    dsc::install_transport(transport_);
  }
  ~InProcessWorld() override { dsc::install_transport(nullptr); }

  std::shared_ptr<dsc::Transport> transport() override { return transport_; }
  void make(const std::string& path) override {
    const auto made = fixture_.lab->control()->make_directory(path);
    INFO(path << ": " << (made ? std::string() : made.error().reason));
    REQUIRE(made.has_value());
  }
  void control(const std::string& path, std::string_view text) override {
    fixture_.control(path, text);
  }
  std::string read(const std::string& path) override {
    const auto text = fixture_.lab->control()->read(path);
    REQUIRE(text.has_value());
    return *text;
  }
  const std::string& state_directory() const override { return state_; }
  void spoil_state(StateFault fault) override { spoil(state_, fault); }
  void hide() override { dsc::install_transport(dsc::make_tree_transport({state_ + "/none", {}})); }

 protected:
  void pass() override { fixture_.clock->advance(std::chrono::milliseconds(1)); }

 private:
  lab_test::LabFixture fixture_;
  std::string state_;
  std::shared_ptr<dsc::Transport> transport_;
};

}  // namespace

std::unique_ptr<World> World::open(std::string_view lab) {
  return std::make_unique<InProcessWorld>(lab.empty() ? kDefaultLab : lab);
}

}  // namespace hbalab::dsc_test
