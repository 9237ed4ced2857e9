#include "../inc/DRIVER.H"

const WCHAR DriverName[] = L"Idioms";
int Shared;
__declspec(selectany) ULONG Selected = 7;

int SetShared(void) { Shared = (int)Quintupled(1); return Doubled(0); }
