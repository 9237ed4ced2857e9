// Logins to store, a directory that goes away, and an NVRAM in memory whose commits the test
// decides.
#pragma once

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <map>
#include <string>

#include "hba-sim/adapter/login_store.hpp"
#include "hba-sim/adapter/nvram.hpp"

namespace hbalab::adapter {

class TestDirectory {
 public:
  TestDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "hbalab-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TestDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path file(const char* name = "nvram.sqlite3") const {
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

inline Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

inline std::u16string ascii16(std::string_view text) { return {text.begin(), text.end()}; }

inline PersistentLogin make_login(std::string_view target, std::string_view portal,
                                  std::uint32_t port = PortNumber::kAnyOrAll,
                                  std::string_view username = "") {
  PersistentLogin out;
  out.target = IscsiName(ascii16(target));
  out.portal = Portal::from_text(portal).value();
  out.port.value = port;
  out.username = bytes_of(username);
  return out;
}

inline RemoveFilter make_filter(std::string_view target, std::string_view portal = "",
                                std::uint32_t port = PortNumber::kAnyOrAll) {
  RemoveFilter out;
  out.target = IscsiName(ascii16(target));
  if (!portal.empty()) out.portal = Portal::from_text(portal).value();
  out.port.value = port;
  return out;
}

// Commits nothing until it is told to.
class FakeNvram final : public Nvram {
 public:
  std::map<std::uint64_t, Bytes> stored;
  struct Queued {
    Change change;
    std::move_only_function<void(bool)> done;
  };
  std::deque<Queued> queue;

  void submit(Change change, std::move_only_function<void(bool)> done) override {
    queue.push_back({std::move(change), std::move(done)});
  }
  // One transaction of what is queued now.
  void commit(bool good = true) {
    auto batch = std::exchange(queue, {});
    if (good) {
      for (const auto& item : batch) {
        for (const auto slot : item.change.erase_logins) stored.erase(slot);
        for (const auto& put : item.change.put_logins) stored[put.slot] = put.record;
      }
    }
    for (auto& item : batch) item.done(good);
  }
  void commit_all() {
    while (!queue.empty()) commit();
  }
  bool help() override {
    const bool any = !queue.empty();
    commit();
    return any;
  }
  bool for_each_login(
      const std::function<void(std::uint64_t, std::span<const std::uint8_t>)>& visit) override {
    for (const auto& [slot, record] : stored) visit(slot, record);
    return true;
  }
  std::expected<std::optional<Bytes>, std::string> setting(std::string_view) override {
    return std::nullopt;
  }
  std::expected<std::uint64_t, std::string> reserve_ids(std::uint32_t) override { return 1; }
  void set_faults(const NvramFaults&) override {}
  [[nodiscard]] NvramFaults faults() const override { return {}; }
};

}  // namespace hbalab::adapter
