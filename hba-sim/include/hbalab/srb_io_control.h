/* The header of what SRB_FUNCTION_IO_CONTROL brings. */
#ifndef HBALAB_SRB_IO_CONTROL_H
#define HBALAB_SRB_IO_CONTROL_H

#include "types.h"

typedef struct _SRB_IO_CONTROL {
  ULONG HeaderLength;
  UCHAR Signature[8];
  ULONG Timeout;
  ULONG ControlCode;
  ULONG ReturnCode;
  ULONG Length;
} SRB_IO_CONTROL, *PSRB_IO_CONTROL;
HBALAB_CHECK_SIZE(SRB_IO_CONTROL, 28);

#endif
