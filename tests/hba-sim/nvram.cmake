# Clock, types, adapter lock, NVRAM and login store. The sources are listed, so that these tests need
# no other part of the library.
set(hbalab_nvram_dir ${CMAKE_SOURCE_DIR}/hba-sim/adapter)
add_library(hbalab_nvram_for_tests STATIC
            ${CMAKE_SOURCE_DIR}/hba-sim/adapter_lock.cpp ${CMAKE_SOURCE_DIR}/hba-sim/clock.cpp
            ${hbalab_nvram_dir}/login_store.cpp ${hbalab_nvram_dir}/login_store_block.cpp
            ${hbalab_nvram_dir}/login_store_index.cpp ${hbalab_nvram_dir}/login_store_record.cpp
            ${hbalab_nvram_dir}/nvram.cpp ${hbalab_nvram_dir}/nvram_database.cpp
            ${hbalab_nvram_dir}/nvram_database_parking.cpp ${hbalab_nvram_dir}/nvram_pool.cpp
            ${hbalab_nvram_dir}/nvram_writers.cpp)
target_link_libraries(hbalab_nvram_for_tests PUBLIC hbalab_types SQLite::SQLite3 Threads::Threads)

hbalab_add_test(clock_test SOURCES clock_test.cpp LIBS hbalab_nvram_for_tests LABELS concurrent)
hbalab_add_test(types_test SOURCES types_test.cpp LIBS hbalab_nvram_for_tests ${RAPIDCHECK_LIBRARY})
hbalab_add_test(adapter_lock_test SOURCES adapter_lock_test.cpp LIBS hbalab_nvram_for_tests
                LABELS concurrent)
hbalab_add_test(nvram_test SOURCES nvram_test.cpp nvram_pool_test.cpp LIBS hbalab_nvram_for_tests)
hbalab_add_test(nvram_concurrent_test SOURCES nvram_concurrent_test.cpp
                LIBS hbalab_nvram_for_tests LABELS concurrent)
hbalab_add_test(nvram_crash SOURCES nvram_crash.cpp LIBS hbalab_nvram_for_tests)
hbalab_add_test(login_store_test SOURCES login_store_test.cpp LIBS hbalab_nvram_for_tests)
hbalab_add_test(login_store_model_test SOURCES login_store_model_test.cpp
                LIBS hbalab_nvram_for_tests ${RAPIDCHECK_LIBRARY})
