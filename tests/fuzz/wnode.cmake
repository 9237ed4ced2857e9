# WNODE bytes from a driver and to a driver.
hbalab_add_fuzz(fuzz_wnode
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_wnode.cpp
  LIBS hbalab_sim hbalab_wmi)
