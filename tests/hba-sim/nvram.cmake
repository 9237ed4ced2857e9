# Clock, types, adapter lock, NVRAM and login store.
hbalab_add_test(clock_test SOURCES clock_test.cpp ${CMAKE_SOURCE_DIR}/hba-sim/clock.cpp
                LIBS Threads::Threads LABELS concurrent)
hbalab_add_test(types_test SOURCES types_test.cpp ${CMAKE_SOURCE_DIR}/hba-sim/types.cpp
                ${CMAKE_SOURCE_DIR}/hba-sim/wtf8.cpp
                LIBS ${RAPIDCHECK_LIBRARY})
