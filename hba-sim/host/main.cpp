// hbalab-driver-host: runs the driver of one isolated adapter. Only a lab starts it.
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "hba-sim/host/host.hpp"
#include "hba-sim/port/isolated/host_process.hpp"

int main(int argc, char** argv) {
  using namespace hbalab::port::isolated;
  // It ends with the lab, whatever becomes of that.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (argc != 2 || ::getppid() != std::atoi(argv[1])) {
    std::fputs("hbalab-driver-host: only a lab can start it: hbalab mount --isolate\n", stderr);
    return 2;
  }
  const auto memory = SharedMemory::open(kMemoryDescriptor);
  if (!memory) {
    std::fprintf(stderr, "hbalab-driver-host: %s\n", memory.error().c_str());
    return 1;
  }
  MessageSocket lab(kSocketDescriptor);
  hbalab::host::serve(lab, *memory);
}
