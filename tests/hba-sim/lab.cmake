# Whole labs on a virtual clock: the built-in miniport through the WMI request path.
hbalab_add_test(lab_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/lab_contract_test.cpp ${CMAKE_CURRENT_LIST_DIR}/lab_login_test.cpp
  LIBS hbalab_sim)
