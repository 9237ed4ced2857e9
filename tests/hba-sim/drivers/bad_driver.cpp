// Drivers that cannot be used, one for each value of BAD.
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "hba-sim/include/scsiwmi.h"
#include "hba-sim/include/storport.h"

namespace {

[[maybe_unused]] ULONG find_adapter(PVOID, PVOID, PVOID, PCHAR,
                                    PPORT_CONFIGURATION_INFORMATION config, PBOOLEAN) {
  config->WmiDataProvider = TRUE;
#ifdef FIND_RESULT
  return FIND_RESULT;
#else
  return SP_RETURN_FOUND;
#endif
}

BOOLEAN initialize(PVOID) {
#ifdef INITIALIZE_THROWS
  throw std::runtime_error("no hardware");
#endif
#ifdef INITIALIZE_HANGS
  for (volatile int turn = 0; turn >= 0;) turn = 0;
#endif
#ifdef INITIALIZE_FAILS
  return FALSE;
#else
  return TRUE;
#endif
}

BOOLEAN start_io(PVOID, PSCSI_REQUEST_BLOCK) { return FALSE; }

}  // namespace

#ifdef UNRESOLVED
extern "C" void HardwareReset(void);
extern "C" int HardwareInitialize(int);
#endif

#ifdef NO_DRIVER_ENTRY
extern "C" ULONG DriverStart(PVOID object, PVOID path);
extern "C" ULONG DriverStart(PVOID object, PVOID path) {
#else
extern "C" ULONG DriverEntry(PVOID object, PVOID path);
extern "C" ULONG DriverEntry(PVOID object, PVOID path) {
#endif
#ifdef UNRESOLVED
  HardwareReset();
  if (HardwareInitialize(1) != 0) return 1;
#endif
#ifdef ENTRY_THROWS
  throw std::runtime_error("not today");
#endif
#ifdef ENTRY_CRASHES
  *static_cast<volatile int*>(nullptr) = 1;
#endif
#ifdef ENTRY_EXITS
  std::exit(5);
#endif
#ifdef ENTRY_STATUS
  return ENTRY_STATUS;
#endif
#ifdef ENTRY_IDLE
  return 0;
#endif
  HW_INITIALIZATION_DATA data;
  std::memset(&data, 0, sizeof data);
  data.HwInitializationDataSize = sizeof data;
  data.HwInitialize = initialize;
  data.HwStartIo = start_io;
#ifndef NO_FIND_ADAPTER
  data.HwFindAdapter = find_adapter;
#endif
#ifdef WRONG_SIZE
  data.HwInitializationDataSize = 7;
#endif
#ifdef WRONG_OBJECT
  object = &data;
#endif
  return StorPortInitialize(object, path, &data, nullptr);
}
