/* Packs what follows to 1 byte, until poppack.h; no guard: it acts at every inclusion. */
#pragma pack(push, 1)
