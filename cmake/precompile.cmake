# A third of a build from nothing is reading the same standard headers for each file.
add_library(hbalab_standard_headers OBJECT cmake/standard_headers.cpp)
target_precompile_headers(hbalab_standard_headers PRIVATE cmake/standard_headers.hpp)

# hbalab_precompile(FROM TARGET ...): the targets, of this directory, read the headers that FROM has.
function(hbalab_precompile from)
  foreach(target ${ARGN})
    target_precompile_headers(${target} REUSE_FROM ${from})
    get_target_property(sources ${target} SOURCES)
    list(FILTER sources INCLUDE REGEX "\\.c$")  # they are of C++
    set_source_files_properties(${sources} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  endforeach()
endfunction()
