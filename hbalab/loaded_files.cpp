#include "hbalab/loaded_files.hpp"

#include <algorithm>
#include <filesystem>

namespace hbalab::cli {
namespace fs = std::filesystem;
namespace {

std::string absolute(const std::string& file) { return fs::absolute(file).lexically_normal(); }

}  // namespace

std::string adapter_name_of(const std::string& file) {
  constexpr std::size_t kLongest = 48;  // room for a number behind it
  std::string name = fs::path(file).stem().string();
  if (name.starts_with("lib") && name.size() > 3) name.erase(0, 3);
  const auto letter_or_digit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  for (char& c : name) {
    if (!letter_or_digit(c) && c != '.' && c != '-') c = '_';
  }
  name.erase(name.begin(), std::ranges::find_if(name, letter_or_digit));
  name = name.substr(0, kLongest);
  return name.empty() ? "driver" : name;
}

std::vector<lab::AdapterConfig> loaded_adapters(const std::vector<CLI::Option*>& order,
                                                const CLI::Option* miniport, const CLI::Option* mof,
                                                const LoadedFiles& files) {
  std::vector<lab::AdapterConfig> adapters;
  std::vector<std::string> early;
  std::size_t miniports = 0, mofs = 0;
  for (const CLI::Option* option : order) {
    if (option == miniport && miniports < files.miniports.size()) {
      lab::AdapterConfig adapter;
      const std::string& file = files.miniports[miniports++];
      adapter.name = adapter_name_of(file);
      adapter.miniport.emplace().path = absolute(file);
      adapters.push_back(std::move(adapter));
    } else if (option == mof && mofs < files.mofs.size()) {
      const std::string file = absolute(files.mofs[mofs++]);
      (adapters.empty() ? early : adapters.back().miniport->mof).push_back(file);
    }
  }
  // What stands in front of the first driver belongs to that.
  if (!adapters.empty()) {
    auto& first = adapters.front().miniport->mof;
    first.insert(first.begin(), early.begin(), early.end());
  }
  return adapters;
}

}  // namespace hbalab::cli
