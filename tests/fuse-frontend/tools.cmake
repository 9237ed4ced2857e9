hbalab_add_test(fuse_unit_test SOURCES unit_test.cpp blocks_test.cpp
                LIBS hbalab_fuse hbalab_wmi ${RAPIDCHECK_LIBRARY} LABELS concurrent)
target_sources(fuse_unit_test PRIVATE fake_device.cpp)

hbalab_add_test(fuse_tools_test SOURCES tools_test.cpp fake_device.cpp mounted.cpp
                LIBS hbalab_fuse hbalab_wmi LABELS mount concurrent)
set_tests_properties(fuse_tools_test PROPERTIES SKIP_RETURN_CODE 77)

hbalab_add_test(fuse_catalog_test SOURCES catalog_test.cpp
                LIBS hbalab_fuse hbalab_sim LABELS concurrent)
