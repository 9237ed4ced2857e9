/*
 * The end of a call to a function that nobody has, where no lab is that would report it: says which
 * function, and where the call stands as far as the driver's debug information tells.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hbalab_missing_import(const char* name, const void* caller) __attribute((noreturn));

/* "function at file:line", or nothing. */
static void describe(const char* module, uintptr_t offset, char* text, size_t size) {
  char command[4400];
  FILE* pipe;
  size_t length;
  text[0] = 0;
  if (strchr(module, '\'') != NULL || strlen(module) > 4096) return;
  strcpy(command, "addr2line -fpse '");
  strcat(command, module);
  strcat(command, "' ");
  {
    char number[32];
    size_t at = sizeof number;
    number[--at] = 0;
    /* The address is behind the call. */
    for (--offset; offset != 0; offset /= 16) number[--at] = "0123456789abcdef"[offset % 16];
    strcat(command, number + at);
  }
  strcat(command, " 2>/dev/null");
  pipe = popen(command, "r");
  if (pipe == NULL) return;
  length = fread(text, 1, size - 1, pipe);
  pclose(pipe);
  while (length > 0 && text[length - 1] == '\n') --length;
  text[length] = 0;
}

void hbalab_missing_import(const char* name, const void* caller) {
  char where[512];
  Dl_info info;
  fputs(name, stderr);
  fputs(" is not there: called from ", stderr);
  if (dladdr(caller, &info) != 0 && info.dli_fname != NULL) {
    describe(info.dli_fname, (uintptr_t)caller - (uintptr_t)info.dli_fbase, where, sizeof where);
    fputs(where[0] != 0 && where[0] != '?' ? where : info.dli_fname, stderr);
  } else {
    fputs("an unknown place", stderr);
  }
  fputs("\n", stderr);
  abort();
}
