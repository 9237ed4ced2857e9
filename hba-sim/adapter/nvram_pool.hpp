// Bounds how many NVRAM files the process has open. Each takes two descriptors, for the database
// and its log, and is needed now and then: those used last stay open, the others are parked, which
// is to be closed as they are until their next use.
//
// Those that are being used are never waited for. So there may be more than the bound at times, by
// one for each thread that works at an NVRAM; when the threads are done, it holds again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <list>
#include <mutex>

namespace hbalab::adapter {

class NvramPool {
 public:
  class Member {
   public:
    // Held while the file is worked at. The pool's lock is taken under it, never the other way
    // round: the pool only tries it.
    mutable std::mutex mutex;

   protected:
    virtual ~Member() = default;

   private:
    friend class NvramPool;
    // Closes the file, under `mutex`; false when it has to stay open.
    virtual bool park() = 0;

    std::list<Member*>::iterator place_;  // guarded by the pool's mutex, as is:
    bool listed_ = false;
  };

  // Somebody works at the member's file: its mutex is held, and there is room to open it.
  class Use {
   public:
    explicit Use(Member& member);
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    std::unique_lock<std::mutex> lock_;
  };

  // That of the process.
  [[nodiscard]] static NvramPool& shared();
  // Open files for so many NVRAMs, and for everything else: mount, logs, sockets.
  [[nodiscard]] static std::uint64_t files_for(std::size_t nvrams);
  // How many NVRAMs may be open where `files` may be: files_for() backwards; where those are few,
  // half of them is for everything else. At least one.
  [[nodiscard]] static std::size_t bound_for(std::uint64_t files);

  // No bound before the first call.
  void set_bound(std::size_t bound);
  [[nodiscard]] std::size_t bound() const;
  // How often one was parked, since the start of the process.
  [[nodiscard]] std::uint64_t parked() const;
  // Before a member goes; nobody uses it, or will.
  void leave(Member& member);

 private:
  NvramPool() = default;
  void enter(Member& member);
  void shrink(std::unique_lock<std::mutex>& lock, const Member* used);

  mutable std::mutex mutex_;
  std::size_t bound_ = std::numeric_limits<std::size_t>::max();  // guarded by mutex_
  std::list<Member*> open_;   // guarded by mutex_; the least recently used one first
  std::uint64_t parked_ = 0;  // guarded by mutex_
};

}  // namespace hbalab::adapter
