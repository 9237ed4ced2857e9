/* iscsidsc.dll for Wine: the half that Wine loads as a Linux library, and that calls libiscsidsc.
 */
#include <stdint.h>

#include "iscsidsc.h"
#include "iscsidsc/wine_calls.inc"
#include "iscsidsc/wine_linux.inc"
