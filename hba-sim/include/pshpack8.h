/* Packs what follows to 8 bytes, until poppack.h; no guard: it acts at every inclusion. */
#pragma pack(push, 8)
