# Requests, registrations and events above the drivers.
hbalab_add_test(client_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/client_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/client_registry_test.cpp
  LIBS hbalab_wmi
  LABELS concurrent)
