hbalab_add_fuzz(fuzz_mof SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_mof.cpp LIBS hbalab_wmi)
