/*
 * Registers and ports of the hardware. There is none: what they reach is memory that the driver or
 * a stub file brings. A register is read and written in one access; ports are the lab's to answer.
 */
#ifndef HBALAB_REGISTERS_H
#define HBALAB_REGISTERS_H

#include "types.h"

HBALAB_EXTERN_C_BEGIN

#define HBALAB_REGISTER(name, type)                                                      \
  HBALAB_INLINE type READ_REGISTER_##name(volatile type* Register) { return *Register; } \
  HBALAB_INLINE VOID WRITE_REGISTER_##name(volatile type* Register, type Value) {        \
    *Register = Value;                                                                   \
  }                                                                                      \
  HBALAB_INLINE VOID READ_REGISTER_BUFFER_##name(volatile type* Register, type* Buffer,  \
                                                 ULONG Count) {                          \
    while (Count-- != 0) *Buffer++ = *Register++;                                        \
  }                                                                                      \
  HBALAB_INLINE VOID WRITE_REGISTER_BUFFER_##name(volatile type* Register, type* Buffer, \
                                                  ULONG Count) {                         \
    while (Count-- != 0) *Register++ = *Buffer++;                                        \
  }                                                                                      \
  type READ_PORT_##name(type* Port);                                                     \
  VOID WRITE_PORT_##name(type* Port, type Value);                                        \
  VOID READ_PORT_BUFFER_##name(type* Port, type* Buffer, ULONG Count);                   \
  VOID WRITE_PORT_BUFFER_##name(type* Port, type* Buffer, ULONG Count);
HBALAB_REGISTER(UCHAR, UCHAR)
HBALAB_REGISTER(USHORT, USHORT)
HBALAB_REGISTER(ULONG, ULONG)
HBALAB_REGISTER(ULONG64, ULONG64)
#undef HBALAB_REGISTER

/* The same by the SCSI port driver's names: ScsiPortReadRegisterUlong. */
#define HBALAB_REGISTER_NAMES(prefix, name, type)                                             \
  HBALAB_INLINE type prefix##ReadRegister##name(volatile type* Register) {                    \
    return READ_REGISTER_##type(Register);                                                    \
  }                                                                                           \
  HBALAB_INLINE VOID prefix##WriteRegister##name(volatile type* Register, type Value) {       \
    WRITE_REGISTER_##type(Register, Value);                                                   \
  }                                                                                           \
  HBALAB_INLINE VOID prefix##ReadRegisterBuffer##name(volatile type* Register, type* Buffer,  \
                                                      ULONG Count) {                          \
    READ_REGISTER_BUFFER_##type(Register, Buffer, Count);                                     \
  }                                                                                           \
  HBALAB_INLINE VOID prefix##WriteRegisterBuffer##name(volatile type* Register, type* Buffer, \
                                                       ULONG Count) {                         \
    WRITE_REGISTER_BUFFER_##type(Register, Buffer, Count);                                    \
  }                                                                                           \
  HBALAB_INLINE type prefix##ReadPort##name(type* Port) { return READ_PORT_##type(Port); }    \
  HBALAB_INLINE VOID prefix##WritePort##name(type* Port, type Value) {                        \
    WRITE_PORT_##type(Port, Value);                                                           \
  }                                                                                           \
  HBALAB_INLINE VOID prefix##ReadPortBuffer##name(type* Port, type* Buffer, ULONG Count) {    \
    READ_PORT_BUFFER_##type(Port, Buffer, Count);                                             \
  }                                                                                           \
  HBALAB_INLINE VOID prefix##WritePortBuffer##name(type* Port, type* Buffer, ULONG Count) {   \
    WRITE_PORT_BUFFER_##type(Port, Buffer, Count);                                            \
  }

/* Storport's say whose register it is. */
#define HBALAB_STORPORT_REGISTERS(name, type)                                                      \
  HBALAB_INLINE type StorPortReadRegister##name(PVOID HwDeviceExtension,                           \
                                                volatile type* Register) {                         \
    (void)HwDeviceExtension;                                                                       \
    return READ_REGISTER_##type(Register);                                                         \
  }                                                                                                \
  HBALAB_INLINE VOID StorPortWriteRegister##name(PVOID HwDeviceExtension, volatile type* Register, \
                                                 type Value) {                                     \
    (void)HwDeviceExtension;                                                                       \
    WRITE_REGISTER_##type(Register, Value);                                                        \
  }                                                                                                \
  HBALAB_INLINE VOID StorPortReadRegisterBuffer##name(                                             \
      PVOID HwDeviceExtension, volatile type* Register, type* Buffer, ULONG Count) {               \
    (void)HwDeviceExtension;                                                                       \
    READ_REGISTER_BUFFER_##type(Register, Buffer, Count);                                          \
  }                                                                                                \
  HBALAB_INLINE VOID StorPortWriteRegisterBuffer##name(                                            \
      PVOID HwDeviceExtension, volatile type* Register, type* Buffer, ULONG Count) {               \
    (void)HwDeviceExtension;                                                                       \
    WRITE_REGISTER_BUFFER_##type(Register, Buffer, Count);                                         \
  }                                                                                                \
  HBALAB_INLINE type StorPortReadPort##name(PVOID HwDeviceExtension, type* Port) {                 \
    (void)HwDeviceExtension;                                                                       \
    return READ_PORT_##type(Port);                                                                 \
  }                                                                                                \
  HBALAB_INLINE VOID StorPortWritePort##name(PVOID HwDeviceExtension, type* Port, type Value) {    \
    (void)HwDeviceExtension;                                                                       \
    WRITE_PORT_##type(Port, Value);                                                                \
  }                                                                                                \
  HBALAB_INLINE VOID StorPortReadPortBuffer##name(PVOID HwDeviceExtension, type* Port,             \
                                                  type* Buffer, ULONG Count) {                     \
    (void)HwDeviceExtension;                                                                       \
    READ_PORT_BUFFER_##type(Port, Buffer, Count);                                                  \
  }                                                                                                \
  HBALAB_INLINE VOID StorPortWritePortBuffer##name(PVOID HwDeviceExtension, type* Port,            \
                                                   type* Buffer, ULONG Count) {                    \
    (void)HwDeviceExtension;                                                                       \
    WRITE_PORT_BUFFER_##type(Port, Buffer, Count);                                                 \
  }

HBALAB_EXTERN_C_END

#endif
