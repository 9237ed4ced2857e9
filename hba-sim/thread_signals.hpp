// Signals of the process belong to the threads that wait for them, not to the lab's own.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace hbalab {

// Threads that are started while it lives take no signal that is meant for the process. Faults are
// the thread's own: blocked they would end the process past every handler, and a driver may run on
// any thread.
class ProcessSignalsBlocked {
 public:
  ProcessSignalsBlocked() {
    sigset_t blocked;
    sigfillset(&blocked);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) {
      sigdelset(&blocked, fault);
    }
    pthread_sigmask(SIG_SETMASK, &blocked, &before_);
  }
  ~ProcessSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  ProcessSignalsBlocked(const ProcessSignalsBlocked&) = delete;
  ProcessSignalsBlocked& operator=(const ProcessSignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace hbalab
