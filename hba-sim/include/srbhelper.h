/* Members of an SRB, whichever of the two forms it has. */
#ifndef HBALAB_SRBHELPER_H
#define HBALAB_SRBHELPER_H
#define _SRBHELPER_H_

#include "scsi.h"
#include "srb.h"

HBALAB_EXTERN_C_BEGIN

#ifndef SRBHELPERAPI
#define SRBHELPERAPI HBALAB_INLINE
#endif
#define SRB_TYPE_IS_EXTENDED(srb) \
  (((PSTORAGE_REQUEST_BLOCK)(srb))->Function == SRB_FUNCTION_STORAGE_REQUEST_BLOCK)

/* Extended data by its number, NULL where there is none or where it is not in the SRB. */
HBALAB_INLINE PSRBEX_DATA SrbGetSrbExDataByIndex(PSTORAGE_REQUEST_BLOCK Srb, ULONG Index) {
  ULONG Offset;
  if (Srb->Function != SRB_FUNCTION_STORAGE_REQUEST_BLOCK || Index >= Srb->NumSrbExData) {
    return NULL;
  }
  Offset = Srb->SrbExDataOffset[Index];
  if (Offset < sizeof(STORAGE_REQUEST_BLOCK) || Offset > Srb->SrbLength ||
      Srb->SrbLength - Offset < FIELD_OFFSET(SRBEX_DATA, Data)) {
    return NULL;
  }
  return (PSRBEX_DATA)(PVOID)((PUCHAR)Srb + Offset);
}
HBALAB_INLINE PSRBEX_DATA SrbGetSrbExDataByType(PSTORAGE_REQUEST_BLOCK Srb, SRBEXDATATYPE Type) {
  ULONG Index;
  if (Srb->Function != SRB_FUNCTION_STORAGE_REQUEST_BLOCK) return NULL;
  for (Index = 0; Index < Srb->NumSrbExData; ++Index) {
    PSRBEX_DATA Data = SrbGetSrbExDataByIndex(Srb, Index);
    if (Data != NULL && Data->Type == Type) return Data;
  }
  return NULL;
}
#define GetSrbExtendedData SrbGetSrbExDataByType

/* Where the parts of a SCSI command stand; Data is NULL for what is no SCSI command. */
typedef struct _HBALAB_SRB_SCSI {
  PVOID Data;
  PUCHAR Cdb;
  ULONG CdbLength;
  PUCHAR ScsiStatus;
  PVOID* SenseInfoBuffer;
  PUCHAR SenseInfoBufferLength;
} HBALAB_SRB_SCSI;
HBALAB_INLINE HBALAB_SRB_SCSI HbalabSrbScsi(PVOID Srb) {
  HBALAB_SRB_SCSI Result = {NULL, NULL, 0, NULL, NULL, NULL};
  PSTORAGE_REQUEST_BLOCK Extended = (PSTORAGE_REQUEST_BLOCK)Srb;
  PSRBEX_DATA Data;
  if (!SRB_TYPE_IS_EXTENDED(Srb)) {
    PSCSI_REQUEST_BLOCK Classic = (PSCSI_REQUEST_BLOCK)Srb;
    Result.Data = Classic;
    Result.Cdb = Classic->Cdb;
    Result.CdbLength = Classic->CdbLength;
    Result.ScsiStatus = &Classic->ScsiStatus;
    Result.SenseInfoBuffer = &Classic->SenseInfoBuffer;
    Result.SenseInfoBufferLength = &Classic->SenseInfoBufferLength;
  } else if ((Data = SrbGetSrbExDataByType(Extended, SrbExDataTypeScsiCdb16)) != NULL) {
    PSRBEX_DATA_SCSI_CDB16 Command = (PSRBEX_DATA_SCSI_CDB16)(PVOID)Data;
    Result.Cdb = Command->Cdb;
    Result.CdbLength = Command->CdbLength;
    Result.ScsiStatus = &Command->ScsiStatus;
    Result.SenseInfoBuffer = &Command->SenseInfoBuffer;
    Result.SenseInfoBufferLength = &Command->SenseInfoBufferLength;
    Result.Data = Data;
  } else if ((Data = SrbGetSrbExDataByType(Extended, SrbExDataTypeScsiCdb32)) != NULL) {
    PSRBEX_DATA_SCSI_CDB32 Command = (PSRBEX_DATA_SCSI_CDB32)(PVOID)Data;
    Result.Cdb = Command->Cdb;
    Result.CdbLength = Command->CdbLength;
    Result.ScsiStatus = &Command->ScsiStatus;
    Result.SenseInfoBuffer = &Command->SenseInfoBuffer;
    Result.SenseInfoBufferLength = &Command->SenseInfoBufferLength;
    Result.Data = Data;
  } else if ((Data = SrbGetSrbExDataByType(Extended, SrbExDataTypeScsiCdbVar)) != NULL) {
    PSRBEX_DATA_SCSI_CDB_VAR Command = (PSRBEX_DATA_SCSI_CDB_VAR)(PVOID)Data;
    Result.Cdb = Command->Cdb;
    Result.CdbLength = Command->CdbLength;
    Result.ScsiStatus = &Command->ScsiStatus;
    Result.SenseInfoBuffer = &Command->SenseInfoBuffer;
    Result.SenseInfoBufferLength = &Command->SenseInfoBufferLength;
    Result.Data = Data;
  }
  return Result;
}

/* What both forms have, in places of their own. */
#define HBALAB_SRB_MEMBER(name, type, extended, classic)                             \
  HBALAB_INLINE type SrbGet##name(PVOID Srb) {                                       \
    return SRB_TYPE_IS_EXTENDED(Srb) ? (type)((PSTORAGE_REQUEST_BLOCK)Srb)->extended \
                                     : (type)((PSCSI_REQUEST_BLOCK)Srb)->classic;    \
  }                                                                                  \
  HBALAB_INLINE VOID SrbSet##name(PVOID Srb, type Value) {                           \
    if (SRB_TYPE_IS_EXTENDED(Srb)) {                                                 \
      ((PSTORAGE_REQUEST_BLOCK)Srb)->extended = Value;                               \
    } else {                                                                         \
      ((PSCSI_REQUEST_BLOCK)Srb)->classic = Value;                                   \
    }                                                                                \
  }
HBALAB_SRB_MEMBER(DataBuffer, PVOID, DataBuffer, DataBuffer)
HBALAB_SRB_MEMBER(DataTransferLength, ULONG, DataTransferLength, DataTransferLength)
HBALAB_SRB_MEMBER(TimeOutValue, ULONG, TimeOutValue, TimeOutValue)
HBALAB_SRB_MEMBER(OriginalRequest, PVOID, OriginalRequest, OriginalRequest)
HBALAB_SRB_MEMBER(MiniportContext, PVOID, MiniportContext, SrbExtension)
HBALAB_SRB_MEMBER(SystemStatus, ULONG, SystemStatus, InternalStatus)
#undef HBALAB_SRB_MEMBER

HBALAB_INLINE PVOID SrbGetNextSrb(PVOID Srb) {
  return SRB_TYPE_IS_EXTENDED(Srb) ? (PVOID)((PSTORAGE_REQUEST_BLOCK)Srb)->NextSrb
                                   : (PVOID)((PSCSI_REQUEST_BLOCK)Srb)->NextSrb;
}
HBALAB_INLINE VOID SrbSetNextSrb(PVOID Srb, PVOID NextSrb) {
  if (SRB_TYPE_IS_EXTENDED(Srb)) {
    ((PSTORAGE_REQUEST_BLOCK)Srb)->NextSrb = (PSTORAGE_REQUEST_BLOCK)NextSrb;
  } else {
    ((PSCSI_REQUEST_BLOCK)Srb)->NextSrb = (PSCSI_REQUEST_BLOCK)NextSrb;
  }
}
HBALAB_INLINE ULONG SrbGetSrbFlags(PVOID Srb) {
  return SRB_TYPE_IS_EXTENDED(Srb) ? ((PSTORAGE_REQUEST_BLOCK)Srb)->SrbFlags
                                   : ((PSCSI_REQUEST_BLOCK)Srb)->SrbFlags;
}
HBALAB_INLINE VOID SrbAssignSrbFlags(PVOID Srb, ULONG Flags) {
  if (SRB_TYPE_IS_EXTENDED(Srb)) {
    ((PSTORAGE_REQUEST_BLOCK)Srb)->SrbFlags = Flags;
  } else {
    ((PSCSI_REQUEST_BLOCK)Srb)->SrbFlags = Flags;
  }
}
/* Adds flags, and takes them away. */
HBALAB_INLINE VOID SrbSetSrbFlags(PVOID Srb, ULONG Flags) {
  SrbAssignSrbFlags(Srb, SrbGetSrbFlags(Srb) | Flags);
}
HBALAB_INLINE VOID SrbClearSrbFlags(PVOID Srb, ULONG Flags) {
  SrbAssignSrbFlags(Srb, SrbGetSrbFlags(Srb) & ~Flags);
}
HBALAB_INLINE ULONG SrbGetSrbFunction(PVOID Srb) {
  return SRB_TYPE_IS_EXTENDED(Srb) ? ((PSTORAGE_REQUEST_BLOCK)Srb)->SrbFunction
                                   : ((PSCSI_REQUEST_BLOCK)Srb)->Function;
}
HBALAB_INLINE ULONG SrbGetSrbLength(PVOID Srb) {
  return SRB_TYPE_IS_EXTENDED(Srb) ? ((PSTORAGE_REQUEST_BLOCK)Srb)->SrbLength
                                   : (ULONG)sizeof(SCSI_REQUEST_BLOCK);
}
HBALAB_INLINE PVOID SrbGetPortContext(PVOID Srb) {
  return SRB_TYPE_IS_EXTENDED(Srb) ? ((PSTORAGE_REQUEST_BLOCK)Srb)->PortContext : NULL;
}
HBALAB_INLINE PVOID SrbGetClassContext(PVOID Srb) {
  return SRB_TYPE_IS_EXTENDED(Srb) ? ((PSTORAGE_REQUEST_BLOCK)Srb)->ClassContext : NULL;
}
HBALAB_INLINE UCHAR SrbGetSrbStatus(PVOID Srb) { return ((PSCSI_REQUEST_BLOCK)Srb)->SrbStatus; }
HBALAB_INLINE VOID SrbSetSrbStatus(PVOID Srb, UCHAR Status) {
  ((PSCSI_REQUEST_BLOCK)Srb)->SrbStatus = Status;
}
HBALAB_INLINE ULONG SrbGetRequestTag(PVOID Srb) {
  return SRB_TYPE_IS_EXTENDED(Srb) ? ((PSTORAGE_REQUEST_BLOCK)Srb)->RequestTag
                                   : ((PSCSI_REQUEST_BLOCK)Srb)->QueueTag;
}
#define SrbGetQueueTag SrbGetRequestTag
HBALAB_INLINE VOID SrbSetRequestTag(PVOID Srb, ULONG Tag) {
  if (SRB_TYPE_IS_EXTENDED(Srb)) {
    ((PSTORAGE_REQUEST_BLOCK)Srb)->RequestTag = Tag;
  } else {
    ((PSCSI_REQUEST_BLOCK)Srb)->QueueTag = (UCHAR)Tag;
  }
}
#define SrbSetQueueTag SrbSetRequestTag
HBALAB_INLINE UCHAR SrbGetRequestAttribute(PVOID Srb) {
  return SRB_TYPE_IS_EXTENDED(Srb) ? (UCHAR)((PSTORAGE_REQUEST_BLOCK)Srb)->RequestAttribute
                                   : ((PSCSI_REQUEST_BLOCK)Srb)->QueueAction;
}
#define SrbGetQueueAction SrbGetRequestAttribute

/* The address. NULL: the SRB has none, or it is the classic form. */
HBALAB_INLINE PSTOR_ADDRESS SrbGetAddress(PVOID Srb) {
  PSTORAGE_REQUEST_BLOCK Extended = (PSTORAGE_REQUEST_BLOCK)Srb;
  return SRB_TYPE_IS_EXTENDED(Srb) && Extended->AddressOffset != 0
             ? (PSTOR_ADDRESS)(PVOID)((PUCHAR)Srb + Extended->AddressOffset)
             : NULL;
}
HBALAB_INLINE VOID SrbGetPathTargetLun(PVOID Srb, PUCHAR PathId, PUCHAR TargetId, PUCHAR Lun) {
  PSTOR_ADDRESS Address = SrbGetAddress(Srb);
  UCHAR Path = 0xFF;
  UCHAR Target = 0xFF;
  UCHAR Unit = 0xFF;
  if (!SRB_TYPE_IS_EXTENDED(Srb)) {
    Path = ((PSCSI_REQUEST_BLOCK)Srb)->PathId;
    Target = ((PSCSI_REQUEST_BLOCK)Srb)->TargetId;
    Unit = ((PSCSI_REQUEST_BLOCK)Srb)->Lun;
  } else if (Address != NULL && Address->Type == STOR_ADDRESS_TYPE_BTL8) {
    Path = ((PSTOR_ADDR_BTL8)(PVOID)Address)->Path;
    Target = ((PSTOR_ADDR_BTL8)(PVOID)Address)->Target;
    Unit = ((PSTOR_ADDR_BTL8)(PVOID)Address)->Lun;
  }
  if (PathId != NULL) *PathId = Path;
  if (TargetId != NULL) *TargetId = Target;
  if (Lun != NULL) *Lun = Unit;
}
HBALAB_INLINE UCHAR SrbGetPathId(PVOID Srb) {
  UCHAR Path;
  SrbGetPathTargetLun(Srb, &Path, NULL, NULL);
  return Path;
}
HBALAB_INLINE UCHAR SrbGetTargetId(PVOID Srb) {
  UCHAR Target;
  SrbGetPathTargetLun(Srb, NULL, &Target, NULL);
  return Target;
}
HBALAB_INLINE UCHAR SrbGetLun(PVOID Srb) {
  UCHAR Lun;
  SrbGetPathTargetLun(Srb, NULL, NULL, &Lun);
  return Lun;
}

/* SCSI commands; 0 or NULL for what is none. */
HBALAB_INLINE PCDB SrbGetCdb(PVOID Srb) { return (PCDB)(PVOID)HbalabSrbScsi(Srb).Cdb; }
HBALAB_INLINE ULONG HbalabCdbLength(PVOID Srb) { return HbalabSrbScsi(Srb).CdbLength; }
HBALAB_INLINE UCHAR SrbGetCdbLength(PVOID Srb) {
  const ULONG Length = HbalabCdbLength(Srb);
  return (UCHAR)(Length > 0xFF ? 0xFF : Length);
}
HBALAB_INLINE VOID SrbSetCdbLength(PVOID Srb, UCHAR Length) {
  PSRBEX_DATA Data;
  if (!SRB_TYPE_IS_EXTENDED(Srb)) {
    ((PSCSI_REQUEST_BLOCK)Srb)->CdbLength = Length;
  } else if ((Data = (PSRBEX_DATA)HbalabSrbScsi(Srb).Data) != NULL) {
    if (Data->Type == SrbExDataTypeScsiCdbVar) {
      ((PSRBEX_DATA_SCSI_CDB_VAR)(PVOID)Data)->CdbLength = Length;
    } else {
      ((PSRBEX_DATA_SCSI_CDB16)(PVOID)Data)->CdbLength = Length; /* 32's is there too */
    }
  }
}
HBALAB_INLINE UCHAR SrbGetScsiStatus(PVOID Srb) {
  HBALAB_SRB_SCSI Scsi = HbalabSrbScsi(Srb);
  return Scsi.ScsiStatus == NULL ? 0 : *Scsi.ScsiStatus;
}
HBALAB_INLINE VOID SrbSetScsiStatus(PVOID Srb, UCHAR ScsiStatus) {
  HBALAB_SRB_SCSI Scsi = HbalabSrbScsi(Srb);
  if (Scsi.ScsiStatus != NULL) *Scsi.ScsiStatus = ScsiStatus;
}
HBALAB_INLINE PVOID SrbGetSenseInfoBuffer(PVOID Srb) {
  HBALAB_SRB_SCSI Scsi = HbalabSrbScsi(Srb);
  return Scsi.SenseInfoBuffer == NULL ? NULL : *Scsi.SenseInfoBuffer;
}
HBALAB_INLINE VOID SrbSetSenseInfoBuffer(PVOID Srb, PVOID SenseInfoBuffer) {
  HBALAB_SRB_SCSI Scsi = HbalabSrbScsi(Srb);
  if (Scsi.SenseInfoBuffer != NULL) *Scsi.SenseInfoBuffer = SenseInfoBuffer;
}
HBALAB_INLINE UCHAR SrbGetSenseInfoBufferLength(PVOID Srb) {
  HBALAB_SRB_SCSI Scsi = HbalabSrbScsi(Srb);
  return Scsi.SenseInfoBufferLength == NULL ? 0 : *Scsi.SenseInfoBufferLength;
}
HBALAB_INLINE VOID SrbSetSenseInfoBufferLength(PVOID Srb, UCHAR Length) {
  HBALAB_SRB_SCSI Scsi = HbalabSrbScsi(Srb);
  if (Scsi.SenseInfoBufferLength != NULL) *Scsi.SenseInfoBufferLength = Length;
}
/* All of it at once, of an extended SRB; the command is the result. */
HBALAB_INLINE PCDB SrbGetScsiData(PSTORAGE_REQUEST_BLOCK Srb, PUCHAR CdbLength8, PULONG CdbLength32,
                                  PUCHAR ScsiStatus, PVOID* SenseInfoBuffer,
                                  PUCHAR SenseInfoBufferLength) {
  if (CdbLength8 != NULL) *CdbLength8 = SrbGetCdbLength(Srb);
  if (CdbLength32 != NULL) *CdbLength32 = HbalabCdbLength(Srb);
  if (ScsiStatus != NULL) *ScsiStatus = SrbGetScsiStatus(Srb);
  if (SenseInfoBuffer != NULL) *SenseInfoBuffer = SrbGetSenseInfoBuffer(Srb);
  if (SenseInfoBufferLength != NULL) *SenseInfoBufferLength = SrbGetSenseInfoBufferLength(Srb);
  return SrbGetCdb(Srb);
}
HBALAB_INLINE VOID SrbSetScsiData(PSTORAGE_REQUEST_BLOCK Srb, PUCHAR CdbLength8, PULONG CdbLength32,
                                  PUCHAR ScsiStatus, PVOID* SenseInfoBuffer,
                                  PUCHAR SenseInfoBufferLength) {
  if (CdbLength8 != NULL) SrbSetCdbLength(Srb, *CdbLength8);
  if (CdbLength32 != NULL) SrbSetCdbLength(Srb, (UCHAR)*CdbLength32);
  if (ScsiStatus != NULL) SrbSetScsiStatus(Srb, *ScsiStatus);
  if (SenseInfoBuffer != NULL) SrbSetSenseInfoBuffer(Srb, *SenseInfoBuffer);
  if (SenseInfoBufferLength != NULL) SrbSetSenseInfoBufferLength(Srb, *SenseInfoBufferLength);
}

/* FALSE when there is no room. */
HBALAB_INLINE BOOLEAN SrbCopySrb(PVOID Destination, ULONG Room, PVOID Source) {
  const ULONG Length = SrbGetSrbLength(Source);
  if (Length > Room) return FALSE;
  __builtin_memcpy(Destination, Source, Length);
  return TRUE;
}
HBALAB_INLINE VOID SrbZeroSrb(PVOID Srb) {
  const ULONG Length = SrbGetSrbLength(Srb);
  const UCHAR Function = ((PSCSI_REQUEST_BLOCK)Srb)->Function;
  const USHORT OwnLength = ((PSCSI_REQUEST_BLOCK)Srb)->Length;
  __builtin_memset(Srb, 0, Length);
  ((PSCSI_REQUEST_BLOCK)Srb)->Function = Function;
  ((PSCSI_REQUEST_BLOCK)Srb)->Length = OwnLength;
  if (Function == SRB_FUNCTION_STORAGE_REQUEST_BLOCK) {
    ((PSTORAGE_REQUEST_BLOCK)Srb)->SrbLength = Length;
  }
}

HBALAB_EXTERN_C_END

#endif
