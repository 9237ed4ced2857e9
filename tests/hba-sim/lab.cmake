# Whole labs on a virtual clock: the built-in miniport through the WMI request path.
hbalab_add_test(lab_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/lab_contract_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/lab_login_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/lab_session_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/lab_session_config_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/lab_security_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/lab_servers_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/lab_security_config_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/lab_ipsec_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/lab_scsi_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/lab_discovery_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/lab_connections_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/lab_management_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/lab_port_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/lab_statistics_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/lab_failure_event_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/lab_fault_test.cpp
  LIBS hbalab_sim)
hbalab_add_test(lab_poison_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/lab_poison_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/lab_golden_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/lab_growth_test.cpp
  LIBS hbalab_sim)
target_compile_definitions(lab_poison_test PRIVATE
  HBALAB_GOLDEN_DIR="${CMAKE_SOURCE_DIR}/tests/golden")
hbalab_add_test(miniport_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/miniport_reset_test.cpp
  LIBS hbalab_sim)
hbalab_add_test(lab_concurrent_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/lab_concurrent_test.cpp
  LIBS hbalab_sim
  LABELS concurrent)
