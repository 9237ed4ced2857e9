// The entry of Storport's extended functions. Apart from the rest, which knows their codes by
// number: drivers' headers declare it with the type of the codes.
#include "hba-sim/include/ntdef.h"
#include "hba-sim/port/driver_fault.hpp"
#include "hba-sim/port/extended_functions.hpp"

extern "C" ULONG StorPortExtendedFunction(ULONG FunctionCode, PVOID HwDeviceExtension, ...);

ULONG StorPortExtendedFunction(ULONG FunctionCode, PVOID HwDeviceExtension, ...) {
  hbalab::port::ServiceCaller::is(__builtin_return_address(0));
  std::va_list arguments;
  va_start(arguments, HwDeviceExtension);
  const ULONG status =
      hbalab::port::call_extended_function(FunctionCode, HwDeviceExtension, arguments);
  va_end(arguments);
  return status;
}
