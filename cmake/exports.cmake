# The services that a program which loads drivers offers to them: hba-sim/kit/exports.txt, one symbol a line.
# Nothing else of the program can be seen from a driver.
set(HBALAB_EXPORTS ${CMAKE_SOURCE_DIR}/hba-sim/kit/exports.txt)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${HBALAB_EXPORTS})
file(STRINGS ${HBALAB_EXPORTS} hbalab_services)
set(hbalab_dynamic_list ${CMAKE_BINARY_DIR}/generated/exports.ld)
list(JOIN hbalab_services ";\n  " services)
file(CONFIGURE OUTPUT ${hbalab_dynamic_list} CONTENT "{\n  ${services};\n};\n" @ONLY)
# Undefined symbols fetch the services from the libraries that have them.
set(hbalab_undefined ${hbalab_services})
list(TRANSFORM hbalab_undefined PREPEND "LINKER:--undefined=")

function(hbalab_export_services target)
  target_link_options(${target} PRIVATE LINKER:--dynamic-list=${hbalab_dynamic_list} ${hbalab_undefined})
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${hbalab_dynamic_list})
endfunction()
