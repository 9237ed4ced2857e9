/* Packs what follows to 2 bytes, until poppack.h; no guard: it acts at every inclusion. */
#pragma pack(push, 2)
