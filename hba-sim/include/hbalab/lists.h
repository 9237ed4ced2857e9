/* Doubly and singly linked lists. */
#ifndef HBALAB_LISTS_H
#define HBALAB_LISTS_H

#include "types.h"

HBALAB_EXTERN_C_BEGIN

HBALAB_INLINE VOID InitializeListHead(PLIST_ENTRY Head) { Head->Flink = Head->Blink = Head; }
HBALAB_INLINE BOOLEAN IsListEmpty(const LIST_ENTRY* Head) { return Head->Flink == Head; }
/* TRUE when the list is empty afterwards. */
HBALAB_INLINE BOOLEAN RemoveEntryList(PLIST_ENTRY Entry) {
  Entry->Blink->Flink = Entry->Flink;
  Entry->Flink->Blink = Entry->Blink;
  return Entry->Flink == Entry->Blink;
}
HBALAB_INLINE PLIST_ENTRY RemoveHeadList(PLIST_ENTRY Head) {
  PLIST_ENTRY Entry = Head->Flink;
  RemoveEntryList(Entry);
  return Entry;
}
HBALAB_INLINE PLIST_ENTRY RemoveTailList(PLIST_ENTRY Head) {
  PLIST_ENTRY Entry = Head->Blink;
  RemoveEntryList(Entry);
  return Entry;
}
HBALAB_INLINE VOID InsertHeadList(PLIST_ENTRY Head, PLIST_ENTRY Entry) {
  Entry->Flink = Head->Flink;
  Entry->Blink = Head;
  Head->Flink->Blink = Entry;
  Head->Flink = Entry;
}
HBALAB_INLINE VOID InsertTailList(PLIST_ENTRY Head, PLIST_ENTRY Entry) {
  Entry->Flink = Head;
  Entry->Blink = Head->Blink;
  Head->Blink->Flink = Entry;
  Head->Blink = Entry;
}
/* Joins the entries of a list that has no head of its own to the end of another. */
HBALAB_INLINE VOID AppendTailList(PLIST_ENTRY Head, PLIST_ENTRY Others) {
  PLIST_ENTRY End = Head->Blink;
  Head->Blink->Flink = Others;
  Head->Blink = Others->Blink;
  Others->Blink->Flink = Head;
  Others->Blink = End;
}

HBALAB_INLINE VOID PushEntryList(PSINGLE_LIST_ENTRY Head, PSINGLE_LIST_ENTRY Entry) {
  Entry->Next = Head->Next;
  Head->Next = Entry;
}
HBALAB_INLINE PSINGLE_LIST_ENTRY PopEntryList(PSINGLE_LIST_ENTRY Head) {
  PSINGLE_LIST_ENTRY Entry = Head->Next;
  if (Entry != NULL) Head->Next = Entry->Next;
  return Entry;
}

/*
 * Lists without locks. Depth is in the low 16 bits of Alignment, the first entry in Region; the
 * lowest bit of Alignment's upper part is a lock here, where Windows exchanges 16 bytes at once.
 */
#define HBALAB_SLIST_LOCK 0x10000u
HBALAB_INLINE VOID HbalabLockSList(PSLIST_HEADER Head) {
  while (__atomic_fetch_or(&Head->Alignment, HBALAB_SLIST_LOCK, __ATOMIC_ACQUIRE) &
         HBALAB_SLIST_LOCK) {
  }
}
HBALAB_INLINE VOID HbalabUnlockSList(PSLIST_HEADER Head, PSLIST_ENTRY First, USHORT Depth) {
  Head->Region = (ULONG_PTR)First;
  __atomic_store_n(&Head->Alignment, Depth, __ATOMIC_RELEASE);
}
HBALAB_INLINE VOID InitializeSListHead(PSLIST_HEADER Head) { HbalabUnlockSList(Head, NULL, 0); }
#define ExInitializeSListHead InitializeSListHead
HBALAB_INLINE USHORT ExQueryDepthSList(PSLIST_HEADER Head) {
  return (USHORT)__atomic_load_n(&Head->Alignment, __ATOMIC_ACQUIRE);
}
#define QueryDepthSList ExQueryDepthSList
/* These return what was first before. */
HBALAB_INLINE PSLIST_ENTRY InterlockedPushEntrySList(PSLIST_HEADER Head, PSLIST_ENTRY Entry) {
  PSLIST_ENTRY First;
  HbalabLockSList(Head);
  First = (PSLIST_ENTRY)(ULONG_PTR)Head->Region;
  Entry->Next = First;
  HbalabUnlockSList(Head, Entry, (USHORT)(Head->Alignment + 1));
  return First;
}
HBALAB_INLINE PSLIST_ENTRY InterlockedPopEntrySList(PSLIST_HEADER Head) {
  PSLIST_ENTRY First;
  USHORT Depth;
  HbalabLockSList(Head);
  First = (PSLIST_ENTRY)(ULONG_PTR)Head->Region;
  Depth = (USHORT)Head->Alignment;
  HbalabUnlockSList(Head, First == NULL ? NULL : First->Next,
                    (USHORT)(First == NULL ? 0 : Depth - 1));
  return First;
}
HBALAB_INLINE PSLIST_ENTRY InterlockedFlushSList(PSLIST_HEADER Head) {
  PSLIST_ENTRY First;
  HbalabLockSList(Head);
  First = (PSLIST_ENTRY)(ULONG_PTR)Head->Region;
  HbalabUnlockSList(Head, NULL, 0);
  return First;
}
#define ExInterlockedPushEntrySList(Head, Entry, Lock) InterlockedPushEntrySList(Head, Entry)
#define ExInterlockedPopEntrySList(Head, Lock) InterlockedPopEntrySList(Head)
#define ExInterlockedFlushSList(Head) InterlockedFlushSList(Head)

HBALAB_EXTERN_C_END

#endif
