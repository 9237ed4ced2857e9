# WNODE and registration bytes.
hbalab_add_test(wnode_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/wnode_test.cpp
  LIBS hbalab_wmi)
