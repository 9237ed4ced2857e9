# hbalab_mof_header(TARGET OUTPUT BUILTIN iscsiop.h)
# hbalab_mof_header(TARGET OUTPUT MOF file ... [INCLUDE dir ...] [DEFINE NAME=VALUE ...])
# Makes the header OUTPUT of MOF files, or of the built-in classes. What includes it depends on TARGET, which
# may be given for several headers.
function(hbalab_mof_header target output)
  cmake_parse_arguments(ARG "" "BUILTIN" "MOF;INCLUDE;DEFINE" ${ARGN})
  set(options)
  foreach(dir ${ARG_INCLUDE})
    list(APPEND options -I ${dir})
  endforeach()
  foreach(define ${ARG_DEFINE})
    list(APPEND options -D ${define})
  endforeach()
  if(ARG_BUILTIN)
    list(APPEND options --builtin ${ARG_BUILTIN})
  endif()
  get_filename_component(dir ${output} DIRECTORY)
  get_filename_component(name ${output} NAME)
  # A header that did not change keeps its time; the stamp tells the build that the command ran.
  add_custom_command(
    OUTPUT ${output}.stamp
    BYPRODUCTS ${output}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${dir}
    COMMAND mof_header header ${options} -o ${output} --depfile ${output}.d ${ARG_MOF}
    COMMAND ${CMAKE_COMMAND} -E touch ${output}.stamp
    DEPENDS mof_header ${ARG_MOF}
    DEPFILE ${output}.d
    COMMENT "Making ${name} of its classes"
    VERBATIM)
  string(MAKE_C_IDENTIFIER "${target}_${name}" part)
  add_custom_target(${part} DEPENDS ${output}.stamp)
  if(NOT TARGET ${target})
    add_custom_target(${target})
  endif()
  add_dependencies(${target} ${part})
endfunction()
