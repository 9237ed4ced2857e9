/*
 * SCSI request blocks, and the SCSI port driver that takes them. Storport's miniports include
 * storport.h, which gives the same names to its own structures where they differ.
 */
#ifndef HBALAB_SRB_H
#define HBALAB_SRB_H
#define _NTSRB_

#include "hbalab/srb_blocks.h"
#include "hbalab/srb_constants.h"
#include "hbalab/srbex.h"
#ifndef HBALAB_STORPORT_H
#include "hbalab/scsi_port.h"
#endif
#include "ntdef.h"

#define SCSI_COMBINE_BUS_TARGET(bus, target) \
  ((((UCHAR)(target) & ~0x1f) << 8) | ((UCHAR)(bus) << 5) | ((UCHAR)(target) & 0x1f))
#define SCSI_DECODE_BUS_TARGET(value, bus, target) \
  ((bus) = (UCHAR)((value) >> 5), (target) = (UCHAR)((((value) >> 8) & ~0x1f) | ((value) & 0x1f)))

#endif
