#include "tests/hba-sim/driver_support.hpp"

#include <cstdlib>

namespace hbalab::driver_test {
namespace fs = std::filesystem;

Folder::Folder() {
  std::string name = (fs::temp_directory_path() / "hbalab-driver.XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string Folder::write(const std::string& name, const std::string& text) const {
  const fs::path file = path_ / name;
  std::ofstream(file, std::ios::binary) << text;
  return file.string();
}

std::string driver_file(const std::string& name) {
  return (fs::path(HBALAB_TEST_DRIVERS) / (name + ".so")).string();
}

std::string kit_mof() { return (fs::path(HBALAB_TEST_DRIVER_SOURCES) / "kit_test.mof").string(); }

lab::AdapterConfig loaded(const std::string& name, const std::string& driver,
                          std::vector<std::string> mof) {
  lab::AdapterConfig adapter;
  adapter.name = name;
  adapter.miniport.emplace().path = driver.find('/') == 0 ? driver : driver_file(driver);
  adapter.miniport->mof = std::move(mof);
  lab::complete_loaded_adapter(adapter);
  return adapter;
}

lab::AdapterConfig isolated(const std::string& name, const std::string& driver,
                            std::chrono::milliseconds hang) {
  lab::AdapterConfig adapter = loaded(name, driver);
  adapter.miniport->isolate.emplace().hang = hang;
  return adapter;
}

World::World(std::vector<lab::AdapterConfig> adapters, std::optional<lab::Check> check) {
  lab::LabOptions options;
  options.config.adapters = std::move(adapters);
  options.state_dir = folder / "state";
  options.clock = clock;
  options.check = check;
  options.notice = [this](std::string_view line) {
    const std::scoped_lock lock(mutex);
    told.emplace_back(line);
  };
  auto opened = lab::Lab::open(std::move(options));
  if (opened) {
    lab = *std::move(opened);
  } else {
    error = std::move(opened.error());
  }
}

std::string World::read(const std::string& path) const {
  auto text = lab->control()->read(path);
  if (!text) return "error: " + text.error().reason;
  if (text->ends_with('\n')) text->pop_back();
  return *text;
}

std::string World::add(const lab::AdapterConfig& adapter, int* error_number) {
  const auto done = lab->control()->write("add_adapter", lab::loaded_adapter_text(adapter));
  if (error_number != nullptr) *error_number = done ? 0 : done.error().error;
  return done ? std::string() : done.error().reason;
}

std::string World::log(const std::string& adapter) const {
  const auto source = lab->control()->log("adapters/" + adapter + "/log");
  REQUIRE(source != nullptr);
  return source->read(0, 1u << 20);
}

std::vector<std::string> World::notices() const {
  const std::scoped_lock lock(mutex);
  return told;
}

std::vector<wmi::InstanceRef> World::instances(const std::string& cls) const {
  const wmi::Class* known = lab->registry()->schema()->find(cls);
  if (known == nullptr) return {};
  auto found = lab->client()->instances_wait(known->guid);
  return found ? *std::move(found) : std::vector<wmi::InstanceRef>();
}

wmi::InstanceRef World::instance(const std::string& cls, std::size_t index) const {
  const auto all = instances(cls);
  REQUIRE(index < all.size());
  return all[index];
}

std::vector<std::uint32_t> World::query(const std::string& cls, std::size_t index) const {
  const auto answer = lab->client()->query_wait(instance(cls, index), 0);
  if (!answer) FAIL(answer.error().message);
  std::vector<std::uint32_t> numbers(answer->data.size() / sizeof(std::uint32_t));
  std::memcpy(numbers.data(), answer->data.data(), numbers.size() * sizeof(std::uint32_t));
  return numbers;
}

std::shared_ptr<World::Call> World::call(std::uint32_t method, std::vector<std::uint32_t> in,
                                         std::size_t index) const {
  auto state = std::make_shared<Call>();
  std::vector<std::uint8_t> bytes(in.size() * sizeof(std::uint32_t));
  std::memcpy(bytes.data(), in.data(), bytes.size());
  lab->client()->call(instance("KitTest_Operations", index), method, bytes, 0, false,
                      [state](std::expected<wmi::BlockAnswer, wmi::WmiError> answer) {
                        std::uint32_t out = 0;
                        if (!answer) {
                          state->failed = answer.error().status;
                        } else {
                          if (answer->data.size() == sizeof out)
                            std::memcpy(&out, answer->data.data(), sizeof out);
                          state->out = out;
                        }
                        state->done = true;
                      });
  return state;
}

std::uint32_t World::value(std::uint32_t method, std::vector<std::uint32_t> in) const {
  const auto state = call(method, std::move(in));
  REQUIRE(state->done);
  REQUIRE(state->out);
  return *state->out;
}

}  // namespace hbalab::driver_test
