# The checker of the port driver: its rules, each with data that breaks it and no other.
set(checker ${CMAKE_CURRENT_LIST_DIR}/checker)
hbalab_add_test(checker_test
  SOURCES ${checker}/answer_test.cpp ${checker}/buffer_test.cpp ${checker}/contract_test.cpp
          ${checker}/log_test.cpp ${checker}/poison_test.cpp ${checker}/probe_test.cpp
          ${checker}/request_check_test.cpp ${checker}/zz_rules_test.cpp
  LIBS hbalab_sim)
target_compile_definitions(checker_test PRIVATE HBALAB_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
# What the symbolizer looks into: never optimised, with line numbers.
add_library(checker_code MODULE ${checker}/code_module.c)
target_compile_options(checker_code PRIVATE -g -O0)
add_dependencies(checker_test checker_code)
target_compile_definitions(checker_test PRIVATE CHECKER_CODE="$<TARGET_FILE:checker_code>")
target_link_libraries(checker_test PRIVATE ${CMAKE_DL_LIBS})
