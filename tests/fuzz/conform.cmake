# The reader of conformance cases.
hbalab_add_fuzz(fuzz_case_file
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_case_file.cpp
  LIBS hbalab_conform)
