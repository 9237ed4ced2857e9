hbalab_add_fuzz(fuzz_block SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_block.cpp LIBS hbalab_wmi)
hbalab_add_fuzz(fuzz_json SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_json.cpp LIBS hbalab_wmi)
