/* In place of a trace header (.tmh) that WPP's preprocessor would write: tracing does nothing. */
#ifndef HBALAB_TRACE_H
#define HBALAB_TRACE_H

#define WPP_INIT_TRACING(...) ((void)0)
#define WPP_CLEANUP(...) ((void)0)
#define WPP_SYSTEMCONTROL(...) ((void)0)
#define WPP_LEVEL_ENABLED(flag) 0
#define WPP_LEVEL_LOGGER(flag) 0
#define WPP_FLAG_ENABLED(flag) 0
#define WPP_ENABLED() 0

#endif
