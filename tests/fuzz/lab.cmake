# The reader of lab files.
hbalab_add_fuzz(fuzz_lab_file
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_lab_file.cpp
  LIBS hbalab_sim)
