/*
 * Wrong: keeps the contexts of pending requests in a table of its own, which it uses in turn.
 * Windows: a request that waits long loses its context to a later one, and ends with its status and
 * size.
 */
#include "base.h"

static VOID
Dispatch(PADAPTER Adapter, PREQUEST Request)
{
    static SCSIWMI_REQUEST_CONTEXT contexts[1024];
    static ULONG used;

    Request->Context = &contexts[used++ % RTL_NUMBER_OF(contexts)];
    BaseDispatch(Adapter, Request);
}

const WRONG Wrong = {.Dispatch = Dispatch};
