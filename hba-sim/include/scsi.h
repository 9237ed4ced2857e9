/* SCSI, as a port driver and a miniport share it: commands, statuses and what commands bring. */
#ifndef HBALAB_SCSI_H
#define HBALAB_SCSI_H
#define _NTSCSI_
#define _NTSCSI_USER_MODE_

#include "hbalab/cdb.h"
#include "hbalab/scsi_constants.h"
#include "hbalab/scsi_data.h"
#include "ntdef.h"
#ifdef HBALAB_DRIVER
#include "srb.h"
#endif

/* Numbers by their bytes, the lowest first. */
typedef union _TWO_BYTE {
  struct {
    UCHAR Byte0;
    UCHAR Byte1;
  };
  USHORT AsUShort;
} TWO_BYTE, *PTWO_BYTE;
typedef union _FOUR_BYTE {
  struct {
    UCHAR Byte0;
    UCHAR Byte1;
    UCHAR Byte2;
    UCHAR Byte3;
  };
  ULONG AsULong;
} FOUR_BYTE, *PFOUR_BYTE;
typedef union _EIGHT_BYTE {
  struct {
    UCHAR Byte0;
    UCHAR Byte1;
    UCHAR Byte2;
    UCHAR Byte3;
    UCHAR Byte4;
    UCHAR Byte5;
    UCHAR Byte6;
    UCHAR Byte7;
  };
  ULONGLONG AsULongLong;
} EIGHT_BYTE, *PEIGHT_BYTE;

#define MAXIMUM_NUMBER_OF_TRACKS 100
#define TENTH_OF_SECOND 10000
#define ERASE_TIMEOUT 0

/* Numbers of the other byte order: pointers to what has 2, 4 or 8 bytes. */
#define REVERSE_BYTES_SHORT(to, from)                           \
  do {                                                          \
    ((PUCHAR)(to))[0] = ((const UCHAR*)(const void*)(from))[1]; \
    ((PUCHAR)(to))[1] = ((const UCHAR*)(const void*)(from))[0]; \
  } while (0)
#define REVERSE_BYTES(to, from)                                   \
  do {                                                            \
    ULONG hbalab_value;                                           \
    __builtin_memcpy(&hbalab_value, (from), sizeof hbalab_value); \
    hbalab_value = __builtin_bswap32(hbalab_value);               \
    __builtin_memcpy((to), &hbalab_value, sizeof hbalab_value);   \
  } while (0)
#define REVERSE_LONG(value) REVERSE_BYTES(value, value)
#define REVERSE_SHORT(value)                                       \
  do {                                                             \
    USHORT hbalab_value;                                           \
    __builtin_memcpy(&hbalab_value, (value), sizeof hbalab_value); \
    hbalab_value = __builtin_bswap16(hbalab_value);                \
    __builtin_memcpy((value), &hbalab_value, sizeof hbalab_value); \
  } while (0)
#define REVERSE_BYTES_QUAD(to, from)                              \
  do {                                                            \
    ULONGLONG hbalab_value;                                       \
    __builtin_memcpy(&hbalab_value, (from), sizeof hbalab_value); \
    hbalab_value = __builtin_bswap64(hbalab_value);               \
    __builtin_memcpy((to), &hbalab_value, sizeof hbalab_value);   \
  } while (0)
#define REVERSE_BYTES_2 REVERSE_BYTES_SHORT
#define REVERSE_BYTES_4 REVERSE_BYTES
#define REVERSE_BYTES_8 REVERSE_BYTES_QUAD
#define WHICH_BIT(data, bit)                                       \
  do {                                                             \
    for ((bit) = 0; (bit) < 32 && (data) >> (bit) != 1; ++(bit)) { \
    }                                                              \
  } while (0)

#endif
