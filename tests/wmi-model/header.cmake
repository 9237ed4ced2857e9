# The compilers that the test drives: those of the build, and the other family where it is installed.
find_program(HBALAB_TEST_CLANG NAMES clang clang-19)
find_program(HBALAB_TEST_CLANGXX NAMES clang++ clang++-19)
set(test_compilers "${CMAKE_C_COMPILER}:${CMAKE_CXX_COMPILER}")
if(HBALAB_TEST_CLANG AND HBALAB_TEST_CLANGXX AND NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  string(APPEND test_compilers "|${HBALAB_TEST_CLANG}:${HBALAB_TEST_CLANGXX}")
endif()
hbalab_add_test(wmi_header
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/header/compile_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/header/names_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/header/shape_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/header/compiled.cpp
  LIBS hbalab_wmi)
target_compile_definitions(wmi_header PRIVATE
  HBALAB_COMPILERS="${test_compilers}"
  HBALAB_WDK_TYPES="${CMAKE_CURRENT_LIST_DIR}/header/wdk_types.h")
