# Structures, tables, views and builders.
hbalab_add_test(iscsiop_tables SOURCES ${CMAKE_CURRENT_LIST_DIR}/tables_test.cpp
                LIBS iscsiop hbalab_schemas)
target_compile_definitions(iscsiop_tables PRIVATE
                           HBALAB_SCHEMAS_DIR="${CMAKE_SOURCE_DIR}/schemas")
hbalab_add_test(iscsiop_block_io SOURCES ${CMAKE_CURRENT_LIST_DIR}/block_io_test.cpp LIBS iscsiop)
hbalab_add_test(iscsiop_views SOURCES ${CMAKE_CURRENT_LIST_DIR}/views_test.cpp
                LIBS iscsiop ${RAPIDCHECK_LIBRARY})
hbalab_add_test(iscsiop_hostile SOURCES ${CMAKE_CURRENT_LIST_DIR}/hostile_test.cpp LIBS iscsiop)
hbalab_add_test(layout_agreement SOURCES ${CMAKE_CURRENT_LIST_DIR}/layout_agreement.cpp
                LIBS iscsiop hbalab_wmi)
hbalab_add_test(codec_agreement SOURCES ${CMAKE_CURRENT_LIST_DIR}/codec_agreement.cpp
                LIBS iscsiop hbalab_wmi)
hbalab_add_test(header_agreement SOURCES ${CMAKE_CURRENT_LIST_DIR}/header_agreement.cpp
                LIBS iscsiop)
add_dependencies(header_agreement iscsi_headers)
# One includes the other by its name alone.
target_include_directories(header_agreement PRIVATE ${CMAKE_BINARY_DIR}/generated/wdk)
target_compile_definitions(header_agreement PRIVATE
                           HBALAB_WDK_HEADERS="${CMAKE_BINARY_DIR}/generated/wdk")
