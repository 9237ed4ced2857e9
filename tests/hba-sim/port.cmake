# The port driver with small miniports, and the WMI library that miniports use.
set(port_fake ${CMAKE_CURRENT_LIST_DIR}/port_fake_miniport.cpp)
hbalab_add_test(port_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/port_request_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/port_bus_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/port_check_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/port_hold_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/port_probe_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/port_stuck_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/port_trace_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/port_layout_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/port_c_test.c ${port_fake}
  LIBS hbalab_sim)
hbalab_add_test(port_concurrent_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/port_concurrent_test.cpp ${port_fake}
  LIBS hbalab_sim
  LABELS concurrent)
