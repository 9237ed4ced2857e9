#include "hba-sim/host/host.hpp"

#include <link.h>
#include <unistd.h>

#include <cstdio>
#include <deque>
#include <functional>
#include <string>

#include "hba-sim/host/crash.hpp"
#include "hba-sim/host/mirror.hpp"
#include "hba-sim/host/remote_clock.hpp"
#include "hba-sim/host/workers.hpp"
#include "hba-sim/port/checker/violation_log.hpp"
#include "hba-sim/port/driver_library.hpp"
#include "hba-sim/port/isolated/host_config.hpp"
#include "hba-sim/port/isolated/violation_text.hpp"
#include "hba-sim/port/port_driver.hpp"
#include "wmi-model/mof.hpp"

namespace hbalab::host {
namespace {

using port::isolated::HostConfig;
using port::isolated::Message;
using port::isolated::MessageReader;
using port::isolated::MessageSocket;
using port::isolated::SharedMemory;

// Nothing is put in order any more: threads may be in the driver, or wait for the lab.
[[noreturn]] void end(int status) { ::_exit(status); }

Message text_message(Message::Kind kind, std::string_view text) {
  Message message{kind};
  message.text = text;
  return message;
}

// The classes that the checker knows. The lab has read the files before; one that has become
// unreadable since leaves the built-in ones.
std::shared_ptr<const wmi::SchemaSet> schema_of(const HostConfig& config) {
  auto built_in = wmi::builtin_schema();
  if (!config.check || config.mof.empty()) return built_in;
  const std::vector<std::filesystem::path> files(config.mof.begin(), config.mof.end());
  wmi::MofResult result = wmi::read_mof_files(files, {}, built_in);
  return result.ok() ? result.schema : built_in;
}

// Does one thing after the other, on a thread of its own: what waits for the driver must not keep
// the thread that reads the lab's messages.
class Tasks {
 public:
  void add(std::function<void()> task) {
    {
      const std::scoped_lock lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
  }
  [[noreturn]] void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return !tasks_.empty(); });
      const auto task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
      lock.lock();
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;  // guarded by mutex_
};

class Host {
 public:
  Host(MessageSocket& lab, const SharedMemory& memory, HostConfig config)
      : lab_(lab),
        config_(std::move(config)),
        clock_(config_.own_clock ? nullptr : std::make_shared<RemoteClock>(memory.header(), lab_)),
        workers_(memory, [this](std::uint32_t number) { return mirror_.find(number); }),
        mirror_(registry_, *events_, config_.device_instance, lab_) {
    watch_driver_calls(memory.header(), [this] { tell_modules(); });
    if (!config_.check) return;
    violations_ = std::make_shared<check::ViolationLog>();
    violations_->add_sink([this](const check::Violation& violation) {
      (void)lab_.send(text_message(Message::Kind::violation, port::isolated::to_text(violation)));
    });
  }

  void begin() {
    std::thread([this] { tasks_.run(); }).detach();
    workers_.start();
    tasks_.add([this] { start(); });
  }

  void take(const Message& message) {
    switch (message.kind) {
      case Message::Kind::cancel:
        return tasks_.add([this, numbers = message.numbers] {
          workers_.cancel(static_cast<std::uint32_t>(numbers[0]), numbers[1]);
        });
      case Message::Kind::fire:
        if (clock_) clock_->fire(message.numbers[0]);
        return;
      case Message::Kind::acknowledged:
        if (clock_) clock_->acknowledged(message.numbers[0]);
        return;
      case Message::Kind::reset:
        return tasks_.add([this] { reset(); });
      case Message::Kind::settle:
        return tasks_.add([this, answer = message]() mutable {
          if (device_) device_->settle();
          answer.kind = Message::Kind::settled;
          (void)lab_.send(answer);
        });
      case Message::Kind::stop:
        return tasks_.add([this] {
          if (device_) device_->stop();
          device_.reset();
          if (violations_) violations_->flush();
          end(0);
        });
      default:
        return;
    }
  }

 private:
  void started(int error, std::string_view why) {
    Message message = text_message(Message::Kind::started, why);
    message.numbers[0] = static_cast<std::uint64_t>(error);
    (void)lab_.send(message);
  }

  void start() {
    auto driver = drivers_.open(config_.driver);
    if (!driver) return started(driver.error().error, driver.error().reason);
    auto device = port::AdapterDevice::start(*std::move(driver), options());
    if (!device) return started(EIO, device.error());
    device_ = *std::move(device);
    started(0, {});
  }

  [[nodiscard]] port::AdapterDeviceOptions options() {
    port::AdapterDeviceOptions options;
    options.device_instance = config_.device_instance;
    options.friendly_name = config_.friendly_name;
    options.clock = clock_ ? std::shared_ptr<Clock>(clock_) : std::shared_ptr(make_real_clock());
    options.lock = std::make_shared<AdapterLock>();
    options.registry = registry_;
    options.events = events_;
    options.violations = violations_;
    options.trace = std::make_shared<RemoteTrace>(workers_);
    options.default_timeout = config_.timeout;
    options.registry_values = config_.registry;
    options.log = [this](std::string_view line) {
      (void)lab_.send(text_message(Message::Kind::log, line));
    };
    options.fault = [this](const std::string& what) {
      (void)lab_.send(text_message(Message::Kind::fault, what));
    };
    return options;
  }

  void reset() {
    std::string why = "the driver does not run";
    if (device_) {
      const auto done = device_->reset();
      why = done ? std::string() : done.error();
    }
    (void)lab_.send(text_message(Message::Kind::reset_done, why));
  }

  // Where the code of this process is, for the lab's backtraces.
  void tell_modules() {
    const auto tell = [](dl_phdr_info* info, std::size_t, void* argument) {
      Message message{Message::Kind::module};
      message.text = info->dlpi_name;
      if (message.text.empty()) {
        std::array<char, 4096> path{};
        if (::readlink("/proc/self/exe", path.data(), path.size() - 1) > 0) {
          message.text = path.data();
        }
      }
      for (ElfW(Half) i = 0; i < info->dlpi_phnum; ++i) {
        const ElfW(Phdr)& part = info->dlpi_phdr[i];
        if (part.p_type != PT_LOAD || (part.p_flags & PF_X) == 0) continue;
        const std::uint64_t begin = info->dlpi_addr + part.p_vaddr;
        message.numbers = {info->dlpi_addr, begin, begin + part.p_memsz};
        (void)static_cast<MessageSocket*>(argument)->send(message);
      }
      return 0;
    };
    ::dl_iterate_phdr(tell, &lab_);
  }

  MessageSocket& lab_;
  const HostConfig config_;
  const std::shared_ptr<RemoteClock> clock_;  // null: the driver has one of its own
  const std::shared_ptr<wmi::ProviderRegistry> registry_ =
      std::make_shared<wmi::ProviderRegistry>(schema_of(config_));
  const std::shared_ptr<wmi::EventHub> events_ = std::make_shared<wmi::EventHub>();
  std::shared_ptr<check::ViolationLog> violations_;  // null: the driver is not checked
  Workers workers_;
  Mirror mirror_;
  Tasks tasks_;
  // Of the thread of the tasks.
  port::DriverLibrary drivers_{config_.copies};
  std::shared_ptr<port::AdapterDevice> device_;
};

}  // namespace

void serve(MessageSocket& lab, const SharedMemory& memory) {
  MessageReader reader;
  Host* host = nullptr;  // never destroyed: threads use it until the process ends
  for (;;) {
    const auto bytes = lab.receive(false);
    if (!bytes || bytes->empty()) end(0);
    reader.append(*bytes);
    for (;;) {
      const auto message = reader.next();
      if (!message) {
        std::fprintf(stderr, "hbalab-driver-host: %s\n", message.error().c_str());
        end(1);
      }
      if (!*message) break;
      if ((*message)->kind == Message::Kind::start && host == nullptr) {
        auto config = port::isolated::read_host_config((*message)->text);
        if (!config) {
          std::fprintf(stderr, "hbalab-driver-host: %s\n", config.error().c_str());
          end(1);
        }
        host = new Host(lab, memory, *std::move(config));  // NOLINT: see above
        host->begin();
      } else if (host != nullptr) {
        host->take(**message);
      } else if ((*message)->kind == Message::Kind::stop) {
        end(0);
      }
    }
  }
}

}  // namespace hbalab::host
