#include "fuse-frontend/mounted_trees.hpp"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string_view>

namespace hbalab::fs {
namespace {

// Spaces and the like stand as octal escapes.
std::string unescape(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      result += static_cast<char>((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 |
                                  (text[i + 3] - '0'));
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

}  // namespace

std::vector<Mount> mounts(const std::filesystem::path& mountinfo) {
  std::vector<Mount> found;
  std::ifstream info(mountinfo);
  for (std::string line; std::getline(info, line);) {
    std::istringstream fields(line);
    Mount mount;
    std::string field;
    for (int i = 0; i < 5; ++i) fields >> field;
    mount.path = unescape(field);
    // Optional fields end with a dash.
    while (fields >> field && field != "-") {
    }
    if (fields >> mount.type) found.push_back(std::move(mount));
  }
  return found;
}

std::vector<std::filesystem::path> mounted_trees(const std::filesystem::path& mountinfo) {
  std::vector<std::filesystem::path> found;
  for (Mount& mount : mounts(mountinfo)) {
    if (mount.type != "fuse.hbalab") continue;
    if (::access((mount.path / "README").c_str(), R_OK) == 0)
      found.push_back(std::move(mount.path));
  }
  return found;
}

}  // namespace hbalab::fs
