/* run_driver DRIVER.so A B: prints what DriverEntry(A, B) returns. */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char** argv) {
  int32_t (*entry)(uintptr_t, uintptr_t);
  void* driver;
  void* found;
  if (argc != 4) return 2;
  driver = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (driver == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  found = dlsym(driver, "DriverEntry");
  if (found == NULL) return 1;
  memcpy(&entry, &found, sizeof entry);
  printf("%d\n", entry(strtoul(argv[2], NULL, 0), strtoul(argv[3], NULL, 0)));
  return 0;
}
