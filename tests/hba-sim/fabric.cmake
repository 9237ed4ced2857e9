# The simulated fabric and the lab file.
hbalab_add_test(fabric_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/fabric_login_test.cpp ${CMAKE_CURRENT_LIST_DIR}/fabric_keys_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/fabric_chap_test.cpp ${CMAKE_CURRENT_LIST_DIR}/fabric_scsi_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/fabric_live_test.cpp ${CMAKE_CURRENT_LIST_DIR}/fabric_controls_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/fabric_model_test.cpp
  LIBS hbalab_sim ${RAPIDCHECK_LIBRARY}
  LABELS concurrent
  TOGETHER)
hbalab_add_test(config_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/config_parse_test.cpp ${CMAKE_CURRENT_LIST_DIR}/config_schema_test.cpp
  LIBS hbalab_sim)
target_compile_definitions(config_test PRIVATE
  HBALAB_LAB_SCHEMA="${CMAKE_SOURCE_DIR}/schemas/lab.schema.json")
