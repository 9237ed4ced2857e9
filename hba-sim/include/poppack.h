/* Ends what pshpack*.h began; no guard: it acts at every inclusion. */
#pragma pack(pop)
