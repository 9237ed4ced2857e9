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
