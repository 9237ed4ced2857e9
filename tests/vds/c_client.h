/* A client in C that calls everything through lpVtbl, for c_client_test.cpp. */
#ifndef HBALAB_TESTS_VDS_C_CLIENT_H
#define HBALAB_TESTS_VDS_C_CLIENT_H

#ifdef __cplusplus
extern "C" {
#endif

/* Logs in to a target and out of it on the first adapter. 0, or the line that failed. */
int c_client_round_trip(void);

#ifdef __cplusplus
}
#endif

#endif
