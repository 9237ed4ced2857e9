// Threads that write for all the NVRAMs of the process. An NVRAM needs one only now and then, most
// commits being made by the thread that waits for them: ten thousand adapters share a few.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace hbalab::adapter {

class NvramWriters {
 public:
  class Client {
   public:
    // On a thread of the writers.
    virtual void write_queued() = 0;

   protected:
    ~Client() = default;
  };

  // Those of the process: made when somebody needs them, ended with the last who holds them. Throws
  // std::system_error when there is no thread.
  [[nodiscard]] static std::shared_ptr<NvramWriters> shared();
  ~NvramWriters();
  NvramWriters(const NvramWriters&) = delete;
  NvramWriters& operator=(const NvramWriters&) = delete;

  // Has write_queued() run, once for each call; from any thread. The client stays until then.
  void call(Client& client);

 private:
  // A disk that stalls holds up the adapters that it serves and not all others.
  static constexpr std::size_t kMost = 16;

  NvramWriters();
  void start_thread();
  void run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Client*> waiting_;       // guarded by mutex_
  std::size_t idle_ = 0;              // guarded by mutex_
  bool stopping_ = false;             // guarded by mutex_
  std::vector<std::thread> threads_;  // guarded by mutex_ until the end
};

}  // namespace hbalab::adapter
