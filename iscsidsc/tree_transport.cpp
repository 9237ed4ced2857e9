// A mounted tree: blocks are block.bin, methods are call.bin (docs/tree.md).
#include <fcntl.h>
#include <signal.h>
#include <strings.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "fuse-frontend/mounted_trees.hpp"
#include "fuse-frontend/names.hpp"
#include "fuse-frontend/transaction.hpp"
#include "iscsidsc/transport.hpp"
#include "iscsidsc/tree_mount.hpp"

namespace hbalab::dsc {
namespace {

using Kind = TransportError::Kind;

TransportError not_mounted(std::string message) { return {Kind::not_mounted, std::move(message)}; }

// A signal interrupts a request of the tree, and the driver then aborts it; callers of this library
// do not know of such a thing. Signals that end a program stay as they are.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigset_t held;
    ::sigfillset(&held);
    for (const int number : {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGSEGV, SIGBUS, SIGFPE, SIGILL,
                             SIGABRT, SIGTRAP, SIGSYS, SIGTSTP}) {
      ::sigdelset(&held, number);
    }
    ::pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  ~SignalsHeld() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

 private:
  sigset_t before_{};
};

class TreeTransport final : public Transport {
 public:
  explicit TreeTransport(TreeOptions options) : options_(std::move(options)) {}

  Result<std::vector<Instance>> instances(const wmi::Guid& guid) override {
    const SignalsHeld held;
    auto mount = find_mount();
    if (!mount) return std::unexpected(mount.error());
    auto directory = (*mount)->class_directory(guid);
    if (!directory) return std::unexpected(directory.error());
    std::vector<Instance> found;
    if (!*directory) return found;
    auto names = list_directories(**directory);
    if (!names && names.error().kind == Kind::gone) return found;  // the last one has just gone
    if (!names) return std::unexpected(names.error());
    for (const std::string& encoded : *names) {
      auto name = fs::decode_name(encoded);
      if (!name) continue;
      std::string device = device_of(*name);
      found.push_back({*std::move(name), std::move(device)});
    }
    std::ranges::sort(found);
    return found;
  }

  Result<Block> query(const wmi::Guid& guid, const std::string& instance) override {
    const SignalsHeld held;
    auto mount = find_mount();
    if (!mount) return std::unexpected(mount.error());
    auto directory = instance_directory(**mount, guid, instance);
    if (!directory) return std::unexpected(directory.error());
    auto block = read_block(*directory + "/block.bin", (*mount)->usual_size(guid));
    if (block) (*mount)->remember_size(guid, block->size());
    return block;
  }

  std::uint64_t epoch() override {
    const std::scoped_lock lock(mutex_);
    return epoch_;
  }

  Result<Block> call(const wmi::Guid& guid, const std::string& instance, std::uint32_t method,
                     std::span<const std::uint8_t> in) override {
    const SignalsHeld held;
    auto mount = find_mount();
    if (!mount) return std::unexpected(mount.error());
    const TreeMount::FileKey key{guid, instance, method};
    if (Descriptor file = (*mount)->take(key); file.ok()) {
      int error = 0;
      auto answer = transact(file.get(), in, instance, error);
      if (answer) (*mount)->give_back(key, std::move(file));
      // The driver has not seen what an old handle refuses for its age.
      if (answer || error != ESTALE) return answer;
    }
    auto path = method_file(**mount, guid, instance, method);
    if (!path) return std::unexpected(path.error());
    Descriptor file(::open(path->c_str(), O_RDWR | O_CLOEXEC));
    if (!file.ok()) return std::unexpected(tree_error(errno, *path));
    int error = 0;
    auto answer = transact(file.get(), in, *path, error);
    if (answer) (*mount)->give_back(key, std::move(file));
    return answer;
  }

 private:
  // The tree to use now; the one of before, when it is still there.
  Result<std::shared_ptr<TreeMount>> find_mount() {
    auto wanted = std::string(options_.root);
    if (const char* tree = wanted.empty() ? std::getenv("HBALAB_TREE") : nullptr) wanted = tree;
    const std::scoped_lock lock(mutex_);
    if (mount_ && mount_->current() && (wanted.empty() ? found_ : wanted) == mount_->root()) {
      return mount_;
    }
    mount_.reset();
    found_.clear();
    if (wanted.empty()) {
      const auto trees = fs::mounted_trees(options_.mountinfo);
      if (trees.empty()) return std::unexpected(not_mounted("no hbalab tree is mounted"));
      if (trees.size() > 1) {
        return std::unexpected(
            not_mounted("several hbalab trees are mounted; HBALAB_TREE has to say which"));
      }
      found_ = wanted = trees.front().string();
    }
    const auto device = device_number(wanted);
    if (!device || !device_number(wanted + "/root/wmi")) {
      return std::unexpected(not_mounted(wanted + ": is no mounted hbalab tree"));
    }
    mount_ = std::make_shared<TreeMount>(wanted, *device);
    ++epoch_;
    return mount_;
  }

  static Result<std::string> instance_directory(TreeMount& mount, const wmi::Guid& guid,
                                                const std::string& instance) {
    auto directory = mount.class_directory(guid);
    if (!directory) return std::unexpected(directory.error());
    if (!*directory) {
      return std::unexpected(
          TransportError{Kind::unsupported, "no driver has registered " + guid.to_string()});
    }
    return **directory + "/" + fs::encode_name(instance);
  }

  static Result<std::string> method_file(TreeMount& mount, const wmi::Guid& guid,
                                         const std::string& instance, std::uint32_t method) {
    auto directory = instance_directory(mount, guid, instance);
    if (!directory) return directory;
    auto name = mount.method_name(guid, **mount.class_directory(guid), method);
    if (!name) return std::unexpected(name.error());
    return *directory + "/" + *name + "/call.bin";
  }

  // The errno of a refusal, or 0.
  static int write_all(int fd, std::span<const std::uint8_t> block) {
    const ssize_t done = ::pwrite(fd, block.data(), block.size(), 0);
    if (done < 0) return errno;
    return static_cast<std::size_t>(done) == block.size() ? 0 : EIO;
  }

  // `error`: the errno of a refused call, else 0.
  static Result<Block> transact(int fd, std::span<const std::uint8_t> in, const std::string& path,
                                int& error) {
    fs::Transaction call{};
    if (in.size() > sizeof call.block) {
      error = write_all(fd, in);
      if (error != 0) return std::unexpected(tree_error(error, path));
      return read_block(fd, path);
    }
    call.size = static_cast<std::uint32_t>(in.size());
    std::ranges::copy(in, call.block);
    error = ::ioctl(fd, fs::kTransactionIoctl, &call) == 0 ? 0 : errno;
    const bool whole = error == 0 && call.size <= sizeof call.block;
    Block out(std::span(call.block).first(whole ? call.size : 0));
    ::explicit_bzero(call.block, in.size());  // secrets may have been in it
    if (error != 0) return std::unexpected(tree_error(error, path));
    if (!whole) return read_block(fd, path);
    return out;
  }

  const TreeOptions options_;
  std::mutex mutex_;  // guards what follows
  std::shared_ptr<TreeMount> mount_;
  std::string found_;  // where mount_ was found, when nobody said where
  std::uint64_t epoch_ = 0;
};

}  // namespace

std::shared_ptr<Transport> make_tree_transport(TreeOptions options) {
  return std::make_shared<TreeTransport>(std::move(options));
}

}  // namespace hbalab::dsc
