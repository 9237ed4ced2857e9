hbalab_add_test(wmi_mof
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/mof_advice.cpp
          ${CMAKE_CURRENT_LIST_DIR}/mof_bad.cpp
          ${CMAKE_CURRENT_LIST_DIR}/mof_classes.cpp
          ${CMAKE_CURRENT_LIST_DIR}/mof_limits.cpp
          ${CMAKE_CURRENT_LIST_DIR}/mof_sources.cpp
  LIBS hbalab_wmi
  TOGETHER)
if(TARGET hbalab_schemas)
  hbalab_add_test(wmi_mof_builtin
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/layout_known.cpp
            ${CMAKE_CURRENT_LIST_DIR}/mof_roundtrip.cpp
    LIBS hbalab_wmi ${RAPIDCHECK_LIBRARY})
endif()
