# What the process of an isolated driver tells the lab, and writes into the memory that they share.
hbalab_add_fuzz(fuzz_isolated
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_isolated.cpp
  LIBS hbalab_sim)
