# The simulated HBA's firmware, on a virtual clock and a scripted fabric.
hbalab_add_test(hba_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/hba_parts_test.cpp ${CMAKE_CURRENT_LIST_DIR}/hba_login_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/session_test.cpp ${CMAKE_CURRENT_LIST_DIR}/hba_persistent_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/hba_security_test.cpp ${CMAKE_CURRENT_LIST_DIR}/hba_connections_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/statistics_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/hba_model_test.cpp ${CMAKE_CURRENT_LIST_DIR}/session_fabric_test.cpp
  LIBS hbalab_sim ${RAPIDCHECK_LIBRARY}
  TOGETHER
  ALONE ${CMAKE_CURRENT_LIST_DIR}/hba_connections_test.cpp)
