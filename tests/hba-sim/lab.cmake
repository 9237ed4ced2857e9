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
          ${CMAKE_CURRENT_LIST_DIR}/lab_isns_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/lab_connections_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/lab_management_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/lab_port_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/lab_statistics_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/lab_failure_event_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/lab_fault_test.cpp
  LIBS hbalab_sim
  TOGETHER
  ALONE ${CMAKE_CURRENT_LIST_DIR}/lab_security_config_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/lab_discovery_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/lab_connections_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/lab_management_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/lab_port_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/lab_fault_test.cpp)
hbalab_add_test(lab_poison_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/lab_poison_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/lab_golden_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/lab_growth_test.cpp
  LIBS hbalab_sim
  TOGETHER)
target_compile_definitions(lab_poison_test PRIVATE
  HBALAB_GOLDEN_DIR="${CMAKE_SOURCE_DIR}/tests/golden")
hbalab_add_test(miniport_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/miniport_reset_test.cpp
  LIBS hbalab_sim)
hbalab_add_test(lab_concurrent_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/lab_concurrent_test.cpp
  LIBS hbalab_sim
  LABELS concurrent)
# Random sequences of everything against a reference model.
add_library(surface_model STATIC
  ${CMAKE_CURRENT_LIST_DIR}/surface_world.cpp
  ${CMAKE_CURRENT_LIST_DIR}/surface_command.cpp
  ${CMAKE_CURRENT_LIST_DIR}/surface_settings.cpp
  ${CMAKE_CURRENT_LIST_DIR}/surface_discovery.cpp
  ${CMAKE_CURRENT_LIST_DIR}/surface_model.cpp
  ${CMAKE_CURRENT_LIST_DIR}/surface_model_branches.cpp
  ${CMAKE_CURRENT_LIST_DIR}/surface_model_requests.cpp
  ${CMAKE_CURRENT_LIST_DIR}/surface_model_login.cpp
  ${CMAKE_CURRENT_LIST_DIR}/surface_model_records.cpp
  ${CMAKE_CURRENT_LIST_DIR}/surface_model_session.cpp
  ${CMAKE_CURRENT_LIST_DIR}/surface_driver.cpp
  ${CMAKE_CURRENT_LIST_DIR}/surface_blocks.cpp
  ${CMAKE_CURRENT_LIST_DIR}/surface_answers.cpp
  ${CMAKE_CURRENT_LIST_DIR}/surface_compare.cpp)
set_target_properties(surface_model PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 7)
target_link_libraries(surface_model PUBLIC hbalab_test_main hbalab_sim ${RAPIDCHECK_LIBRARY})
hbalab_add_test(surface_model_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/surface_model_test.cpp
  LIBS surface_model)
hbalab_add_test(surface_concurrent_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/surface_concurrent_test.cpp
  LIBS surface_model
  LABELS concurrent)
