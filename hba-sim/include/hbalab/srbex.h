/* Extended SRBs: STORAGE_REQUEST_BLOCK, the address and the data that it refers to by offset. */
#ifndef HBALAB_SRBEX_H
#define HBALAB_SRBEX_H

#include "srb_blocks.h"

HBALAB_EXTERN_C_BEGIN

#define SRB_ALIGN DECLSPEC_ALIGN(8)
#ifndef POINTER_ALIGN
#define POINTER_ALIGN DECLSPEC_ALIGN(8)
#endif
#define STOR_ADDRESS_ALIGN DECLSPEC_ALIGN(8)

/* Address of a unit by path, target and LUN; the first members are those of every STOR_ADDRESS. */
#define STOR_ADDRESS_TYPE_UNKNOWN 0x0
#define STOR_ADDRESS_TYPE_BTL8 0x1
#define STOR_ADDRESS_TYPE_NVME 0x2
#define STOR_ADDRESS_TYPE_MAX 0xffff
#define STOR_ADDR_BTL8_ADDRESS_LENGTH 4
#define STORAGE_ADDRESS_TYPE_BTL8 0
#define STORAGE_ADDRESS_TYPE_NVME 1
typedef struct STOR_ADDRESS_ALIGN _STOR_ADDRESS {
  USHORT Type;
  USHORT Port;
  ULONG AddressLength;
  UCHAR AddressData[1];
} STOR_ADDRESS, *PSTOR_ADDRESS;
typedef struct STOR_ADDRESS_ALIGN _STOR_ADDR_BTL8 {
  USHORT Type;
  USHORT Port;
  ULONG AddressLength;
  UCHAR Path;
  UCHAR Target;
  UCHAR Lun;
  UCHAR Reserved;
} STOR_ADDR_BTL8, *PSTOR_ADDR_BTL8;

typedef enum _SRBEXDATATYPE {
  SrbExDataTypeUnknown = 0,
  SrbExDataTypeBidirectional,
  SrbExDataTypeScsiCdb16 = 0x40,
  SrbExDataTypeScsiCdb32,
  SrbExDataTypeScsiCdbVar,
  SrbExDataTypeWmi = 0x60,
  SrbExDataTypePower,
  SrbExDataTypePnP,
  SrbExDataTypeIoInfo = 0x80
} SRBEXDATATYPE,
    *PSRBEXDATATYPE;

/* Length counts what follows it. */
typedef struct SRB_ALIGN _SRBEX_DATA {
  SRBEXDATATYPE Type;
  ULONG Length;
  UCHAR Data[1];
} SRBEX_DATA, *PSRBEX_DATA;

#define SRBEX_DATA_BIDIRECTIONAL_LENGTH (2 * sizeof(ULONG) + sizeof(PVOID))
typedef struct SRB_ALIGN _SRBEX_DATA_BIDIRECTIONAL {
  SRBEXDATATYPE Type;
  ULONG Length;
  ULONG DataInTransferLength;
  ULONG Reserved1;
  PVOID DataInBuffer;
} SRBEX_DATA_BIDIRECTIONAL, *PSRBEX_DATA_BIDIRECTIONAL;

#define SRBEX_DATA_SCSI_CDB16_LENGTH (20 * sizeof(UCHAR) + sizeof(ULONG) + sizeof(PVOID))
typedef struct SRB_ALIGN _SRBEX_DATA_SCSI_CDB16 {
  SRBEXDATATYPE Type;
  ULONG Length;
  UCHAR ScsiStatus;
  UCHAR SenseInfoBufferLength;
  UCHAR CdbLength;
  UCHAR Reserved;
  ULONG Reserved1;
  PVOID SenseInfoBuffer;
  UCHAR Cdb[16];
} SRBEX_DATA_SCSI_CDB16, *PSRBEX_DATA_SCSI_CDB16;

#define SRBEX_DATA_SCSI_CDB32_LENGTH (36 * sizeof(UCHAR) + sizeof(ULONG) + sizeof(PVOID))
typedef struct SRB_ALIGN _SRBEX_DATA_SCSI_CDB32 {
  SRBEXDATATYPE Type;
  ULONG Length;
  UCHAR ScsiStatus;
  UCHAR SenseInfoBufferLength;
  UCHAR CdbLength;
  UCHAR Reserved;
  ULONG Reserved1;
  PVOID SenseInfoBuffer;
  UCHAR Cdb[32];
} SRBEX_DATA_SCSI_CDB32, *PSRBEX_DATA_SCSI_CDB32;

#define SRBEX_DATA_SCSI_CDB_VAR_LENGTH_MIN (4 * sizeof(UCHAR) + 3 * sizeof(ULONG) + sizeof(PVOID))
#define SRBEX_DATA_SCSI_CDB_VAR_LENGTH_MAX 0xffffffffu
typedef struct SRB_ALIGN _SRBEX_DATA_SCSI_CDB_VAR {
  SRBEXDATATYPE Type;
  ULONG Length;
  UCHAR ScsiStatus;
  UCHAR SenseInfoBufferLength;
  UCHAR Reserved[2];
  ULONG CdbLength;
  ULONG Reserved1[2];
  PVOID SenseInfoBuffer;
  UCHAR POINTER_ALIGN Cdb[1];
} SRBEX_DATA_SCSI_CDB_VAR, *PSRBEX_DATA_SCSI_CDB_VAR;

/* WMISubFunction and WMIFlags are those of SCSI_WMI_REQUEST_BLOCK. */
#define SRBEX_DATA_WMI_LENGTH (4 * sizeof(UCHAR) + sizeof(ULONG) + sizeof(PVOID))
typedef struct SRB_ALIGN _SRBEX_DATA_WMI {
  SRBEXDATATYPE Type;
  ULONG Length;
  UCHAR WMISubFunction;
  UCHAR WMIFlags;
  UCHAR Reserved[2];
  ULONG Reserved1;
  PVOID DataPath;
} SRBEX_DATA_WMI, *PSRBEX_DATA_WMI;

#define SRBEX_DATA_POWER_LENGTH \
  (4 * sizeof(UCHAR) + sizeof(STOR_DEVICE_POWER_STATE) + sizeof(STOR_POWER_ACTION))
typedef struct SRB_ALIGN _SRBEX_DATA_POWER {
  SRBEXDATATYPE Type;
  ULONG Length;
  UCHAR SrbPowerFlags;
  UCHAR Reserved[3];
  STOR_DEVICE_POWER_STATE DevicePowerState;
  STOR_POWER_ACTION PowerAction;
} SRBEX_DATA_POWER, *PSRBEX_DATA_POWER;

#define SRBEX_DATA_PNP_LENGTH (4 * sizeof(UCHAR) + sizeof(STOR_PNP_ACTION) + 2 * sizeof(ULONG))
typedef struct SRB_ALIGN _SRBEX_DATA_PNP {
  SRBEXDATATYPE Type;
  ULONG Length;
  UCHAR PnPSubFunction;
  UCHAR Reserved[3];
  STOR_PNP_ACTION PnPAction;
  ULONG SrbPnPFlags;
  ULONG Reserved1;
} SRBEX_DATA_PNP, *PSRBEX_DATA_PNP;

#define SRBEX_DATA_IO_INFO_LENGTH (5 * sizeof(ULONG) + 4 * sizeof(UCHAR))
typedef struct SRB_ALIGN _SRBEX_DATA_IO_INFO {
  SRBEXDATATYPE Type;
  ULONG Length;
  ULONG Flags;
  ULONG Key;
  ULONG RWLength;
  BOOLEAN IsWriteRequest;
  UCHAR CachePriority;
  UCHAR Reserved[2];
  ULONG Reserved1[2];
} SRBEX_DATA_IO_INFO, *PSRBEX_DATA_IO_INFO;

#define SRB_SIGNATURE 0x53524258 /* SRBX */
#define STORAGE_REQUEST_BLOCK_VERSION_1 0x1
#define SRB_TYPE_SCSI_REQUEST_BLOCK 0
#define SRB_TYPE_STORAGE_REQUEST_BLOCK 1

typedef struct SRB_ALIGN _STORAGE_REQUEST_BLOCK_HEADER {
  USHORT Length;
  UCHAR Function;
  UCHAR SrbStatus;
} STORAGE_REQUEST_BLOCK_HEADER, *PSTORAGE_REQUEST_BLOCK_HEADER;

/*
 * Length, Function and SrbStatus are where every SRB has them: Length is that of the part before
 * the address, Function SRB_FUNCTION_STORAGE_REQUEST_BLOCK. What is asked for is SrbFunction. All
 * offsets count from the beginning of the structure.
 */
typedef struct SRB_ALIGN _STORAGE_REQUEST_BLOCK {
  USHORT Length;
  UCHAR Function;
  UCHAR SrbStatus;
  UCHAR ReservedUchar1[4];
  ULONG Signature;
  ULONG Version;
  ULONG SrbLength;
  ULONG SrbFunction;
  ULONG SrbFlags;
  ULONG ReservedUlong2;
  ULONG RequestTag;
  USHORT RequestPriority;
  USHORT RequestAttribute;
  ULONG TimeOutValue;
  union {
    ULONG SystemStatus;
    ULONG RequestTagHigh4Bytes;
  };
  ULONG ZeroGuard1;
  ULONG AddressOffset;
  ULONG NumSrbExData;
  ULONG DataTransferLength;
  PVOID DataBuffer;
  PVOID ZeroGuard2;
  PVOID OriginalRequest;
  PVOID ClassContext;
  PVOID PortContext;
  PVOID MiniportContext;
  struct _STORAGE_REQUEST_BLOCK* NextSrb;
  ULONG SrbExDataOffset[1];
} STORAGE_REQUEST_BLOCK, *PSTORAGE_REQUEST_BLOCK;

HBALAB_CHECK_SIZE(STOR_ADDRESS, 16);
HBALAB_CHECK_OFFSET(STOR_ADDRESS, AddressData, 8);
HBALAB_CHECK_SIZE(STOR_ADDR_BTL8, 16);
HBALAB_CHECK_OFFSET(STOR_ADDR_BTL8, Lun, 10);
HBALAB_CHECK_SIZE(SRBEX_DATA_SCSI_CDB16, 40);
HBALAB_CHECK_SIZE(SRBEX_DATA_SCSI_CDB32, 56);
HBALAB_CHECK_OFFSET(SRBEX_DATA_SCSI_CDB_VAR, Cdb, 32);
HBALAB_CHECK_SIZE(SRBEX_DATA_WMI, 24);
HBALAB_CHECK_OFFSET(SRBEX_DATA_WMI, WMISubFunction, 8);
HBALAB_CHECK_OFFSET(SRBEX_DATA_WMI, DataPath, 16);
HBALAB_CHECK_SIZE(SRBEX_DATA_POWER, 24);
HBALAB_CHECK_SIZE(SRBEX_DATA_PNP, 24);
HBALAB_CHECK_SIZE(STORAGE_REQUEST_BLOCK, 128);
HBALAB_CHECK_OFFSET(STORAGE_REQUEST_BLOCK, SrbFunction, 20);
HBALAB_CHECK_OFFSET(STORAGE_REQUEST_BLOCK, AddressOffset, 52);
HBALAB_CHECK_OFFSET(STORAGE_REQUEST_BLOCK, DataBuffer, 64);
HBALAB_CHECK_OFFSET(STORAGE_REQUEST_BLOCK, OriginalRequest, 80);
HBALAB_CHECK_OFFSET(STORAGE_REQUEST_BLOCK, MiniportContext, 104);
HBALAB_CHECK_OFFSET(STORAGE_REQUEST_BLOCK, SrbExDataOffset, 120);

HBALAB_EXTERN_C_END

#endif
