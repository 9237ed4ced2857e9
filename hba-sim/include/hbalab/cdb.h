/* Command descriptor blocks. Numbers of several bytes are big-endian and so are byte arrays. */
#ifndef HBALAB_CDB_H
#define HBALAB_CDB_H

#include "types.h"

HBALAB_EXTERN_C_BEGIN

#pragma pack(push, 1)
typedef union _CDB {
  struct _CDB6GENERIC {
    UCHAR OperationCode;
    UCHAR Immediate : 1;
    UCHAR CommandUniqueBits : 4;
    UCHAR LogicalUnitNumber : 3;
    UCHAR CommandUniqueBytes[3];
    UCHAR Link : 1;
    UCHAR Flag : 1;
    UCHAR Reserved : 4;
    UCHAR VendorUnique : 2;
  } CDB6GENERIC;
  struct _CDB6READWRITE {
    UCHAR OperationCode;
    UCHAR LogicalBlockMsb1 : 5;
    UCHAR LogicalUnitNumber : 3;
    UCHAR LogicalBlockMsb0;
    UCHAR LogicalBlockLsb;
    UCHAR TransferBlocks;
    UCHAR Control;
  } CDB6READWRITE;
  struct _CDB6INQUIRY {
    UCHAR OperationCode;
    UCHAR Reserved1 : 5;
    UCHAR LogicalUnitNumber : 3;
    UCHAR PageCode;
    UCHAR IReserved;
    UCHAR AllocationLength;
    UCHAR Control;
  } CDB6INQUIRY;
  struct _CDB6INQUIRY3 {
    UCHAR OperationCode;
    UCHAR EnableVitalProductData : 1;
    UCHAR CommandSupportData : 1;
    UCHAR Reserved1 : 6;
    UCHAR PageCode;
    UCHAR Reserved2;
    UCHAR AllocationLength;
    UCHAR Control;
  } CDB6INQUIRY3;
  struct _CDB6VERIFY {
    UCHAR OperationCode;
    UCHAR Fixed : 1;
    UCHAR ByteCompare : 1;
    UCHAR Immediate : 1;
    UCHAR Reserved : 2;
    UCHAR LogicalUnitNumber : 3;
    UCHAR VerificationLength[3];
    UCHAR Control;
  } CDB6VERIFY;
  struct _RECEIVE_DIAGNOSTIC {
    UCHAR OperationCode;
    UCHAR PageCodeValid : 1;
    UCHAR Reserved : 7;
    UCHAR PageCode;
    UCHAR AllocationLength[2];
    UCHAR Control;
  } RECEIVE_DIAGNOSTIC;
  struct _SEND_DIAGNOSTIC {
    UCHAR OperationCode;
    UCHAR UnitOffline : 1;
    UCHAR DeviceOffline : 1;
    UCHAR SelfTest : 1;
    UCHAR Reserved1 : 1;
    UCHAR PageFormat : 1;
    UCHAR SelfTestCode : 3;
    UCHAR Reserved2;
    UCHAR ParameterListLength[2];
    UCHAR Control;
  } SEND_DIAGNOSTIC;
  struct _CDB6FORMAT {
    UCHAR OperationCode;
    UCHAR FormatControl : 5;
    UCHAR LogicalUnitNumber : 3;
    UCHAR FReserved1;
    UCHAR InterleaveMsb;
    UCHAR InterleaveLsb;
    UCHAR FReserved2;
  } CDB6FORMAT;
  struct _CDB10 {
    UCHAR OperationCode;
    UCHAR RelativeAddress : 1;
    UCHAR Reserved1 : 2;
    UCHAR ForceUnitAccess : 1;
    UCHAR DisablePageOut : 1;
    UCHAR LogicalUnitNumber : 3;
    UCHAR LogicalBlockByte0;
    UCHAR LogicalBlockByte1;
    UCHAR LogicalBlockByte2;
    UCHAR LogicalBlockByte3;
    UCHAR Reserved2;
    UCHAR TransferBlocksMsb;
    UCHAR TransferBlocksLsb;
    UCHAR Control;
  } CDB10;
  struct _CDB12 {
    UCHAR OperationCode;
    UCHAR RelativeAddress : 1;
    UCHAR Reserved1 : 2;
    UCHAR ForceUnitAccess : 1;
    UCHAR DisablePageOut : 1;
    UCHAR LogicalUnitNumber : 3;
    UCHAR LogicalBlock[4];
    UCHAR TransferLength[4];
    UCHAR Reserved2;
    UCHAR Control;
  } CDB12;
  struct _CDB16 {
    UCHAR OperationCode;
    UCHAR Reserved1 : 3;
    UCHAR ForceUnitAccess : 1;
    UCHAR DisablePageOut : 1;
    UCHAR Protection : 3;
    UCHAR LogicalBlock[8];
    UCHAR TransferLength[4];
    UCHAR Reserved2;
    UCHAR Control;
  } CDB16;
  struct _READ_BUFFER_10 {
    UCHAR OperationCode;
    UCHAR Mode : 5;
    UCHAR ModeSpecific : 3;
    UCHAR BufferId;
    UCHAR BufferOffset[3];
    UCHAR AllocationLength[3];
    UCHAR Control;
  } READ_BUFFER_10;
  struct _WRITE_BUFFER {
    UCHAR OperationCode;
    UCHAR Mode : 5;
    UCHAR ModeSpecific : 3;
    UCHAR BufferID;
    UCHAR BufferOffset[3];
    UCHAR ParameterListLength[3];
    UCHAR Control;
  } WRITE_BUFFER;
  struct _SECURITY_PROTOCOL_IN {
    UCHAR OperationCode;
    UCHAR SecurityProtocol;
    UCHAR SecurityProtocolSpecific[2];
    UCHAR Reserved1 : 7;
    UCHAR INC_512 : 1;
    UCHAR Reserved2;
    UCHAR AllocationLength[4];
    UCHAR Reserved3;
    UCHAR Control;
  } SECURITY_PROTOCOL_IN;
  struct _SECURITY_PROTOCOL_OUT {
    UCHAR OperationCode;
    UCHAR SecurityProtocol;
    UCHAR SecurityProtocolSpecific[2];
    UCHAR Reserved1 : 7;
    UCHAR INC_512 : 1;
    UCHAR Reserved2;
    UCHAR AllocationLength[4];
    UCHAR Reserved3;
    UCHAR Control;
  } SECURITY_PROTOCOL_OUT;
  struct _UNMAP {
    UCHAR OperationCode;
    UCHAR Anchor : 1;
    UCHAR Reserved1 : 7;
    UCHAR Reserved2[4];
    UCHAR GroupNumber : 5;
    UCHAR Reserved3 : 3;
    UCHAR AllocationLength[2];
    UCHAR Control;
  } UNMAP;
  struct _MODE_SENSE {
    UCHAR OperationCode;
    UCHAR Reserved1 : 3;
    UCHAR Dbd : 1;
    UCHAR Reserved2 : 1;
    UCHAR LogicalUnitNumber : 3;
    UCHAR PageCode : 6;
    UCHAR Pc : 2;
    UCHAR Reserved3;
    UCHAR AllocationLength;
    UCHAR Control;
  } MODE_SENSE;
  struct _MODE_SENSE10 {
    UCHAR OperationCode;
    UCHAR Reserved1 : 3;
    UCHAR Dbd : 1;
    UCHAR Reserved2 : 1;
    UCHAR LogicalUnitNumber : 3;
    UCHAR PageCode : 6;
    UCHAR Pc : 2;
    UCHAR Reserved3[4];
    UCHAR AllocationLength[2];
    UCHAR Control;
  } MODE_SENSE10;
  struct _MODE_SELECT {
    UCHAR OperationCode;
    UCHAR SPBit : 1;
    UCHAR Reserved1 : 3;
    UCHAR PFBit : 1;
    UCHAR LogicalUnitNumber : 3;
    UCHAR Reserved2[2];
    UCHAR ParameterListLength;
    UCHAR Control;
  } MODE_SELECT;
  struct _MODE_SELECT10 {
    UCHAR OperationCode;
    UCHAR SPBit : 1;
    UCHAR Reserved1 : 3;
    UCHAR PFBit : 1;
    UCHAR LogicalUnitNumber : 3;
    UCHAR Reserved2[5];
    UCHAR ParameterListLength[2];
    UCHAR Control;
  } MODE_SELECT10;
  struct _LOGSENSE {
    UCHAR OperationCode;
    UCHAR SPBit : 1;
    UCHAR PPCBit : 1;
    UCHAR Reserved1 : 3;
    UCHAR LogicalUnitNumber : 3;
    UCHAR PageCode : 6;
    UCHAR PCBit : 2;
    UCHAR Reserved2;
    UCHAR Reserved3;
    UCHAR ParameterPointer[2];
    UCHAR AllocationLength[2];
    UCHAR Control;
  } LOGSENSE;
  struct _LOGSELECT {
    UCHAR OperationCode;
    UCHAR SPBit : 1;
    UCHAR PCRBit : 1;
    UCHAR Reserved1 : 3;
    UCHAR LogicalUnitNumber : 3;
    UCHAR Reserved : 6;
    UCHAR PCBit : 2;
    UCHAR Reserved2[4];
    UCHAR ParameterListLength[2];
    UCHAR Control;
  } LOGSELECT;
  struct _SEEK {
    UCHAR OperationCode;
    UCHAR Reserved1 : 5;
    UCHAR LogicalUnitNumber : 3;
    UCHAR LogicalBlockAddress[4];
    UCHAR Reserved2[3];
    UCHAR Control;
  } SEEK;
  struct _START_STOP {
    UCHAR OperationCode;
    UCHAR Immediate : 1;
    UCHAR Reserved1 : 4;
    UCHAR LogicalUnitNumber : 3;
    UCHAR Reserved2[2];
    UCHAR Start : 1;
    UCHAR LoadEject : 1;
    UCHAR Reserved3 : 6;
    UCHAR Control;
  } START_STOP;
  struct _MEDIA_REMOVAL {
    UCHAR OperationCode;
    UCHAR Reserved1 : 5;
    UCHAR LogicalUnitNumber : 3;
    UCHAR Reserved2[2];
    UCHAR Prevent : 1;
    UCHAR Persistant : 1;
    UCHAR Reserved3 : 6;
    UCHAR Control;
  } MEDIA_REMOVAL;
  struct _SYNCHRONIZE_CACHE10 {
    UCHAR OperationCode;
    UCHAR RelAddr : 1;
    UCHAR Immediate : 1;
    UCHAR Reserved : 3;
    UCHAR Lun : 3;
    UCHAR LogicalBlockAddress[4];
    UCHAR Reserved2;
    UCHAR BlockCount[2];
    UCHAR Control;
  } SYNCHRONIZE_CACHE10;
  struct _SYNCHRONIZE_CACHE16 {
    UCHAR OperationCode;
    UCHAR Reserved1 : 1;
    UCHAR Immediate : 1;
    UCHAR Reserved2 : 6;
    UCHAR LogicalBlock[8];
    UCHAR BlockCount[4];
    UCHAR Reserved3;
    UCHAR Control;
  } SYNCHRONIZE_CACHE16;
  struct _GET_EVENT_STATUS_NOTIFICATION {
    UCHAR OperationCode;
    UCHAR Immediate : 1;
    UCHAR Reserved : 4;
    UCHAR Lun : 3;
    UCHAR Reserved2[2];
    UCHAR NotificationClassRequest;
    UCHAR Reserved3[2];
    UCHAR EventListLength[2];
    UCHAR Control;
  } GET_EVENT_STATUS_NOTIFICATION;
  struct _READ_FORMATTED_CAPACITIES {
    UCHAR OperationCode;
    UCHAR Reserved1 : 5;
    UCHAR Lun : 3;
    UCHAR Reserved2[5];
    UCHAR AllocationLength[2];
    UCHAR Control;
  } READ_FORMATTED_CAPACITIES;
  struct _REPORT_LUNS {
    UCHAR OperationCode;
    UCHAR Reserved1[5];
    UCHAR AllocationLength[4];
    UCHAR Reserved2[1];
    UCHAR Control;
  } REPORT_LUNS;
  struct _PERSISTENT_RESERVE_IN {
    UCHAR OperationCode;
    UCHAR ServiceAction : 5;
    UCHAR Reserved1 : 3;
    UCHAR Reserved2[5];
    UCHAR AllocationLength[2];
    UCHAR Control;
  } PERSISTENT_RESERVE_IN;
  struct _PERSISTENT_RESERVE_OUT {
    UCHAR OperationCode;
    UCHAR ServiceAction : 5;
    UCHAR Reserved1 : 3;
    UCHAR Type : 4;
    UCHAR Scope : 4;
    UCHAR Reserved2[4];
    UCHAR ParameterListLength[2];
    UCHAR Control;
  } PERSISTENT_RESERVE_OUT;
  struct _GET_CONFIGURATION {
    UCHAR OperationCode;
    UCHAR RequestType : 2;
    UCHAR Reserved1 : 6;
    UCHAR StartingFeature[2];
    UCHAR Reserved2[3];
    UCHAR AllocationLength[2];
    UCHAR Control;
  } GET_CONFIGURATION;
  struct _READ12 {
    UCHAR OperationCode;
    UCHAR RelativeAddress : 1;
    UCHAR Reserved1 : 2;
    UCHAR ForceUnitAccess : 1;
    UCHAR DisablePageOut : 1;
    UCHAR LogicalUnitNumber : 3;
    UCHAR LogicalBlock[4];
    UCHAR TransferLength[4];
    UCHAR Reserved2 : 7;
    UCHAR Streaming : 1;
    UCHAR Control;
  } READ12;
  struct _WRITE12 {
    UCHAR OperationCode;
    UCHAR RelativeAddress : 1;
    UCHAR Reserved1 : 1;
    UCHAR EBP : 1;
    UCHAR ForceUnitAccess : 1;
    UCHAR DisablePageOut : 1;
    UCHAR LogicalUnitNumber : 3;
    UCHAR LogicalBlock[4];
    UCHAR TransferLength[4];
    UCHAR Reserved2 : 7;
    UCHAR Streaming : 1;
    UCHAR Control;
  } WRITE12;
  struct _ATA_PASSTHROUGH12 {
    UCHAR OperationCode;
    UCHAR Reserved1 : 1;
    UCHAR Protocol : 4;
    UCHAR MultipleCount : 3;
    UCHAR TLength : 2;
    UCHAR ByteBlock : 1;
    UCHAR TDir : 1;
    UCHAR Reserved2 : 1;
    UCHAR CkCond : 1;
    UCHAR Offline : 2;
    UCHAR Features;
    UCHAR SectorCount;
    UCHAR LbaLow;
    UCHAR LbaMid;
    UCHAR LbaHigh;
    UCHAR Device;
    UCHAR Command;
    UCHAR Reserved3;
    UCHAR Control;
  } ATA_PASSTHROUGH12;
  struct _READ16 {
    UCHAR OperationCode;
    UCHAR Reserved1 : 3;
    UCHAR ForceUnitAccess : 1;
    UCHAR DisablePageOut : 1;
    UCHAR ReadProtect : 3;
    UCHAR LogicalBlock[8];
    UCHAR TransferLength[4];
    UCHAR Reserved2 : 7;
    UCHAR Streaming : 1;
    UCHAR Control;
  } READ16;
  struct _WRITE16 {
    UCHAR OperationCode;
    UCHAR Reserved1 : 3;
    UCHAR ForceUnitAccess : 1;
    UCHAR DisablePageOut : 1;
    UCHAR WriteProtect : 3;
    UCHAR LogicalBlock[8];
    UCHAR TransferLength[4];
    UCHAR Reserved2 : 7;
    UCHAR Streaming : 1;
    UCHAR Control;
  } WRITE16;
  struct _VERIFY16 {
    UCHAR OperationCode;
    UCHAR Reserved1 : 1;
    UCHAR ByteCheck : 1;
    UCHAR BlockVerify : 1;
    UCHAR Reserved2 : 1;
    UCHAR DisablePageOut : 1;
    UCHAR VerifyProtect : 3;
    UCHAR LogicalBlock[8];
    UCHAR VerificationLength[4];
    UCHAR Reserved3 : 7;
    UCHAR Streaming : 1;
    UCHAR Control;
  } VERIFY16;
  struct _READ_CAPACITY16 {
    UCHAR OperationCode;
    UCHAR ServiceAction : 5;
    UCHAR Reserved1 : 3;
    UCHAR LogicalBlock[8];
    UCHAR BlockCount[4];
    UCHAR PMI : 1;
    UCHAR Reserved2 : 7;
    UCHAR Control;
  } READ_CAPACITY16;
  struct _ATA_PASSTHROUGH16 {
    UCHAR OperationCode;
    UCHAR Extend : 1;
    UCHAR Protocol : 4;
    UCHAR MultipleCount : 3;
    UCHAR TLength : 2;
    UCHAR ByteBlock : 1;
    UCHAR TDir : 1;
    UCHAR Reserved1 : 1;
    UCHAR CkCond : 1;
    UCHAR Offline : 2;
    UCHAR Features15_8;
    UCHAR Features7_0;
    UCHAR SectorCount15_8;
    UCHAR SectorCount7_0;
    UCHAR LbaLow15_8;
    UCHAR LbaLow7_0;
    UCHAR LbaMid15_8;
    UCHAR LbaMid7_0;
    UCHAR LbaHigh15_8;
    UCHAR LbaHigh7_0;
    UCHAR Device;
    UCHAR Command;
    UCHAR Control;
  } ATA_PASSTHROUGH16;
  struct _GET_LBA_STATUS {
    UCHAR OperationCode;
    UCHAR ServiceAction : 5;
    UCHAR Reserved1 : 3;
    UCHAR StartingLBA[8];
    UCHAR AllocationLength[4];
    UCHAR Reserved2;
    UCHAR Control;
  } GET_LBA_STATUS;
  ULONG AsUlong[4];
  UCHAR AsByte[16];
} CDB, *PCDB;
#pragma pack(pop)

HBALAB_CHECK_SIZE(CDB, 16);

HBALAB_EXTERN_C_END

#endif
