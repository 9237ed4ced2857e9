/*
 * The miniport's routines that both port drivers call, and what they are given; what differs
 * between them is in scsi_port.h and storport_config.h.
 */
#ifndef HBALAB_PORT_ROUTINES_H
#define HBALAB_PORT_ROUTINES_H

#include "bus_types.h"
#include "srb_blocks.h"

HBALAB_EXTERN_C_BEGIN

typedef PHYSICAL_ADDRESS SCSI_PHYSICAL_ADDRESS, *PSCSI_PHYSICAL_ADDRESS;
typedef PHYSICAL_ADDRESS STOR_PHYSICAL_ADDRESS, *PSTOR_PHYSICAL_ADDRESS;

typedef struct _ACCESS_RANGE {
  STOR_PHYSICAL_ADDRESS RangeStart;
  ULONG RangeLength;
  BOOLEAN RangeInMemory;
} ACCESS_RANGE, *PACCESS_RANGE;
/* Drivers write (*ConfigInfo->AccessRanges)[0]; the lab, which fills the ranges in,
 * AccessRanges[0]. */
#ifdef HBALAB_DRIVER
typedef ACCESS_RANGE HBALAB_ACCESS_RANGE_LIST[];
typedef HBALAB_ACCESS_RANGE_LIST* HBALAB_ACCESS_RANGES;
#else
typedef ACCESS_RANGE* HBALAB_ACCESS_RANGES;
#endif

typedef BOOLEAN HW_INITIALIZE(PVOID DeviceExtension);
typedef HW_INITIALIZE* PHW_INITIALIZE;
typedef BOOLEAN HW_BUILDIO(PVOID DeviceExtension, PSCSI_REQUEST_BLOCK Srb);
typedef HW_BUILDIO* PHW_BUILDIO;
typedef BOOLEAN HW_STARTIO(PVOID DeviceExtension, PSCSI_REQUEST_BLOCK Srb);
typedef HW_STARTIO* PHW_STARTIO;
typedef BOOLEAN HW_INTERRUPT(PVOID DeviceExtension);
typedef HW_INTERRUPT* PHW_INTERRUPT;
typedef VOID HW_TIMER(PVOID DeviceExtension);
typedef HW_TIMER* PHW_TIMER;
typedef BOOLEAN HW_RESET_BUS(PVOID DeviceExtension, ULONG PathId);
typedef HW_RESET_BUS* PHW_RESET_BUS;
typedef VOID HW_DMA_STARTED(PVOID DeviceExtension);
typedef HW_DMA_STARTED* PHW_DMA_STARTED;
typedef BOOLEAN HW_ADAPTER_STATE(PVOID DeviceExtension, PVOID Context, BOOLEAN SaveState);
typedef HW_ADAPTER_STATE* PHW_ADAPTER_STATE;
typedef SCSI_ADAPTER_CONTROL_STATUS HW_ADAPTER_CONTROL(PVOID DeviceExtension,
                                                       SCSI_ADAPTER_CONTROL_TYPE ControlType,
                                                       PVOID Parameters);
typedef HW_ADAPTER_CONTROL* PHW_ADAPTER_CONTROL;

HBALAB_CHECK_SIZE(ACCESS_RANGE, 16);

HBALAB_EXTERN_C_END

#endif
