#ifndef TABLES_H
#define TABLES_H
extern const WCHAR DriverName[];
extern ULONG MissingTable[16];
VOID HardwareInterrupt(PVOID Extension);
ULONG HardwareReset(PVOID Extension);
#endif
