hbalab_add_test(wmi_codec
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/codec_block.cpp
          ${CMAKE_CURRENT_LIST_DIR}/codec_view.cpp
  LIBS hbalab_wmi
  LABELS concurrent)
hbalab_add_test(wmi_text
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/text_property.cpp
          ${CMAKE_CURRENT_LIST_DIR}/json_value.cpp
          ${CMAKE_CURRENT_LIST_DIR}/json_text.cpp
  LIBS hbalab_wmi)
hbalab_add_test(wmi_codec_random
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/codec_random.cpp
  LIBS hbalab_wmi ${RAPIDCHECK_LIBRARY})
