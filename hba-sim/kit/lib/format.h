/* Windows' formatted output, for characters of 8 and of 16 bits. */
#ifndef HBALAB_KIT_FORMAT_H
#define HBALAB_KIT_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

#include "../../include/hbalab/types.h"

HBALAB_EXTERN_C_BEGIN

/* Where output goes; what does not fit is counted and not written. */
struct hbalab_output {
  void* buffer;
  size_t size; /* characters */
  size_t length;
  int wide;
};

/* Format has characters of the output's width. Writes no NUL. */
void hbalab_format(struct hbalab_output* output, const void* format, va_list arguments);

HBALAB_EXTERN_C_END

#endif
