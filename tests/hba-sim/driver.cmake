# Drivers as shared objects, and the lab that loads them.
set(drivers ${CMAKE_CURRENT_LIST_DIR}/drivers)
set(driver_output ${CMAKE_BINARY_DIR}/drivers)
# hbalab_test_driver(NAME SOURCES a.c ... [DEFINES d ...])
function(hbalab_test_driver name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEFINES" ${ARGN})
  list(TRANSFORM ARG_SOURCES PREPEND ${drivers}/)
  add_library(${name} MODULE ${ARG_SOURCES})
  target_compile_options(${name} PRIVATE -fshort-wchar -O1 -g)
  target_compile_definitions(${name} PRIVATE HBALAB_DRIVER ${ARG_DEFINES})
  set_target_properties(${name} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${driver_output})
  set_property(GLOBAL APPEND PROPERTY hbalab_test_drivers ${name})
endfunction()

# What ends a process is to end it here too, and not in a sanitizer's report.
set_source_files_properties(${drivers}/kit_crashes.c ${drivers}/bad_driver.cpp PROPERTIES COMPILE_OPTIONS
                            -fno-sanitize=all)

set(kit kit_driver.c kit_methods.c kit_checks.c kit_crashes.c)
hbalab_test_driver(kit_driver SOURCES ${kit})
hbalab_test_driver(kit_extended SOURCES ${kit} DEFINES KIT_EXTENDED)
hbalab_test_driver(kit_scsiport SOURCES ${kit} DEFINES KIT_SCSIPORT)
hbalab_test_driver(kit_forgetful SOURCES ${kit} DEFINES KIT_SCSIPORT KIT_FORGETFUL)
foreach(bad NO_DRIVER_ENTRY UNRESOLVED ENTRY_THROWS ENTRY_EXITS ENTRY_STATUS=0xC0000001u ENTRY_IDLE
            NO_FIND_ADAPTER WRONG_SIZE WRONG_OBJECT FIND_RESULT=0 FIND_RESULT=2 FIND_RESULT=3
            FIND_RESULT=9 INITIALIZE_FAILS INITIALIZE_THROWS ENTRY_CRASHES INITIALIZE_HANGS)
  string(TOLOWER "bad_${bad}" name)
  string(REGEX REPLACE "=(0xc0000001u)?" "" name ${name})
  hbalab_test_driver(${name} SOURCES bad_driver.cpp DEFINES ${bad})
endforeach()

hbalab_add_test(driver_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/driver_support.cpp
          ${CMAKE_CURRENT_LIST_DIR}/driver_load_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/driver_bad_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/driver_services_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/driver_exports_test.cpp
  LIBS hbalab_sim)
hbalab_export_services(driver_test)
get_property(all_drivers GLOBAL PROPERTY hbalab_test_drivers)
add_dependencies(driver_test ${all_drivers})
target_compile_definitions(driver_test PRIVATE
  HBALAB_TEST_DRIVERS="${driver_output}" HBALAB_TEST_DRIVER_SOURCES="${drivers}"
  HBALAB_EXPORTS="${HBALAB_EXPORTS}")

hbalab_add_test(driver_concurrent_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/driver_concurrent_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/driver_support.cpp
  LIBS hbalab_sim
  LABELS concurrent)
hbalab_export_services(driver_concurrent_test)
add_dependencies(driver_concurrent_test ${all_drivers})
target_compile_definitions(driver_concurrent_test PRIVATE
  HBALAB_TEST_DRIVERS="${driver_output}" HBALAB_TEST_DRIVER_SOURCES="${drivers}")

# Drivers in processes of their own.
hbalab_add_test(isolated_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/driver_support.cpp
          ${CMAKE_CURRENT_LIST_DIR}/isolated_contract_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/isolated_death_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/isolated_parts_test.cpp
  LIBS hbalab_sim)
hbalab_add_test(isolated_concurrent_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/driver_support.cpp
          ${CMAKE_CURRENT_LIST_DIR}/isolated_concurrent_test.cpp
  LIBS hbalab_sim
  LABELS concurrent)
foreach(test isolated_test isolated_concurrent_test)
  hbalab_export_services(${test})
  add_dependencies(${test} ${all_drivers} hbalab-driver-host)
  target_compile_definitions(${test} PRIVATE
    HBALAB_TEST_DRIVERS="${driver_output}" HBALAB_TEST_DRIVER_SOURCES="${drivers}")
endforeach()

# Sample drivers with sanitizers, made by each compiler. clang's library of UBSan is a package of its own.
find_program(HBALAB_TEST_CLANG clang)
set(compilers gcc)
if(HBALAB_TEST_CLANG)
  execute_process(COMMAND ${HBALAB_TEST_CLANG} -print-runtime-dir OUTPUT_VARIABLE runtime OUTPUT_STRIP_TRAILING_WHITESPACE)
  file(GLOB runtime ${runtime}/libclang_rt.ubsan_standalone*.so)
  if(runtime)
    list(APPEND compilers clang)
  endif()
endif()
set(sanitized)
function(hbalab_sanitized_sample sample sanitizer)
  foreach(compiler ${compilers})
    set(name ${sample}_${sanitizer}_${compiler})
    hbalab_add_miniport(sample_${name} SOURCES ${CMAKE_SOURCE_DIR}/hba-sim/samples/${sample}/driver.c
                        INCLUDE ${CMAKE_BINARY_DIR}/samples/${sample} WITH ${compiler}
                        OPTIONS -Wall -Wextra -Werror --sanitize=${sanitizer}
                        OUTPUT ${CMAKE_BINARY_DIR}/samples/sanitized/${name}.so)
    add_dependencies(sample_${name} sample_${sample}_header)
    list(APPEND sanitized sample_${name})
  endforeach()
  set(sanitized ${sanitized} PARENT_SCOPE)
endfunction()
foreach(sample storport scsiport dynamic pending)
  hbalab_sanitized_sample(${sample} undefined)
endforeach()
hbalab_sanitized_sample(storport address)

# One wrong driver for each rule of the checker, and the sample drivers, which keep them all.
hbalab_add_test(wrong_drivers_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/wrong_drivers_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/driver_exercise.cpp
          ${CMAKE_CURRENT_LIST_DIR}/driver_sanitized_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/driver_support.cpp
  LIBS hbalab_sim)
hbalab_export_services(wrong_drivers_test)
add_dependencies(wrong_drivers_test wrong_drivers sample_storport sample_scsiport sample_dynamic sample_pending
                 ${sanitized})
target_compile_definitions(wrong_drivers_test PRIVATE
  HBALAB_SAMPLES="${CMAKE_BINARY_DIR}/samples" HBALAB_SAMPLES_SOURCE="${CMAKE_SOURCE_DIR}/hba-sim/samples"
  HBALAB_TEST_DRIVERS="${driver_output}" HBALAB_TEST_DRIVER_SOURCES="${drivers}")
