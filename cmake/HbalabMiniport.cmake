# Builds drivers for the lab with CMake. In the lab's own tree HBALAB_CC names the script and
# HBALAB_CC_DEPENDS what it needs to be built, HBALAB_CC_PROGRAM the script's parts; elsewhere find_package(hbalab) includes this file.
if(NOT HBALAB_CC)
  find_program(HBALAB_CC hbalab-cc HINTS ${CMAKE_CURRENT_LIST_DIR}/../../../bin REQUIRED)
endif()

# hbalab_add_miniport(NAME SOURCES file... [MOF file...] [STUBS file...] [INCLUDE dir...]
#                     [OPTIONS option...] [WITH gcc|clang] [OUTPUT file])
#
# A target NAME, built by default, that makes NAME.so (in CMAKE_CURRENT_BINARY_DIR) of SOURCES, with
# STUBS in place of hardware. INCLUDE and OPTIONS are given to hbalab-cc. MOF files become NAME.mof
# beside it, one after the other, with what they include. The target's properties HBALAB_MINIPORT and
# HBALAB_MOF name the two files.
function(hbalab_add_miniport name)
  cmake_parse_arguments(ARG "" "WITH;OUTPUT" "SOURCES;MOF;STUBS;INCLUDE;OPTIONS" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS OR NOT ARG_SOURCES)
    message(FATAL_ERROR "hbalab_add_miniport(${name} SOURCES ... [MOF ...] [STUBS ...]): "
                        "what is \"${ARG_UNPARSED_ARGUMENTS}\"?")
  endif()
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${name}.so)
  if(ARG_OUTPUT)
    cmake_path(ABSOLUTE_PATH ARG_OUTPUT BASE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} OUTPUT_VARIABLE output)
  endif()
  set(dirs ${ARG_INCLUDE})
  list(TRANSFORM dirs PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ REGEX "^[^/]")
  list(TRANSFORM dirs PREPEND -I)
  set(arguments ${dirs})
  foreach(stub ${ARG_STUBS})
    cmake_path(ABSOLUTE_PATH stub NORMALIZE)
    list(APPEND arguments --stub=${stub})
    list(APPEND depends ${stub})
  endforeach()
  foreach(source ${ARG_SOURCES})
    cmake_path(ABSOLUTE_PATH source NORMALIZE)
    list(APPEND arguments ${source})
    list(APPEND depends ${source})
  endforeach()
  if(ARG_WITH)
    list(APPEND arguments --with=${ARG_WITH})
  endif()
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${HBALAB_CC} -o ${output} --depfile=${output}.d ${ARG_OPTIONS} ${arguments}
    DEPENDS ${depends} ${HBALAB_CC} ${HBALAB_CC_DEPENDS}
    DEPFILE ${output}.d
    COMMENT "Building miniport ${name}"
    VERBATIM)
  set(made ${output})
  set(mof)
  if(ARG_MOF)
    cmake_path(REPLACE_EXTENSION output LAST_ONLY mof OUTPUT_VARIABLE mof)
    list(TRANSFORM ARG_MOF PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ REGEX "^[^/]")
    add_custom_command(
      OUTPUT ${mof}
      COMMAND ${HBALAB_CC} --mof -o ${mof} --depfile=${mof}.d ${dirs} ${ARG_MOF}
      DEPENDS ${ARG_MOF} ${HBALAB_CC} ${HBALAB_CC_PROGRAM}
      DEPFILE ${mof}.d
      COMMENT "Joining the classes of miniport ${name}"
      VERBATIM)
    list(APPEND made ${mof})
  endif()
  add_custom_target(${name} ALL DEPENDS ${made})
  set_target_properties(${name} PROPERTIES HBALAB_MINIPORT ${output} HBALAB_MOF "${mof}")
endfunction()
