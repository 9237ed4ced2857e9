# What builds Windows programs and modules for Wine, where that is there: mingw-w64's compilers and
# Wine's tools. Turns HBALAB_WINE off where it is not.
function(hbalab_wine_needs what)
  if(HBALAB_WINE)
    message(STATUS "HBALAB_WINE: iscsidsc.dll is not built, it needs ${what}")
    set(HBALAB_WINE OFF PARENT_SCOPE)
  endif()
endfunction()

find_program(HBALAB_MINGW_C x86_64-w64-mingw32-gcc)
find_program(HBALAB_MINGW_CXX x86_64-w64-mingw32-g++)
find_program(HBALAB_MINGW_DLLTOOL x86_64-w64-mingw32-dlltool)
find_program(HBALAB_WINEGCC winegcc)
find_program(HBALAB_WINEBUILD winebuild)
# Wine's own modules, and the library that modules are linked with.
find_path(HBALAB_WINE_MODULES libwinecrt0.a PATH_SUFFIXES wine/x86_64-windows
          PATHS /usr/lib/${CMAKE_LIBRARY_ARCHITECTURE} /usr/lib64 /usr/lib)

if(NOT HBALAB_ISCSIDSC)
  hbalab_wine_needs("HBALAB_ISCSIDSC")
elseif(HBALAB_SANITIZE OR HBALAB_FUZZ)
  hbalab_wine_needs("a build without sanitizers, whose runtime cannot come first in Wine")
elseif(NOT HBALAB_MINGW_C)
  hbalab_wine_needs("x86_64-w64-mingw32-gcc (gcc-mingw-w64-x86-64-win32)")
elseif(NOT HBALAB_WINEGCC OR NOT HBALAB_WINEBUILD)
  hbalab_wine_needs("winegcc and winebuild (wine64-tools)")
elseif(NOT HBALAB_WINE_MODULES)
  hbalab_wine_needs("libwinecrt0.a for 64-bit Windows (libwine-dev)")
endif()

# hbalab_windows_objects(OUT SOURCES file... [OPTIONS option...]): compiles for 64-bit Windows, with
# the discovery library's headers; OUT names the objects.
function(hbalab_windows_objects out)
  cmake_parse_arguments(ARG "" "" "SOURCES;OPTIONS" ${ARGN})
  set(generated ${CMAKE_BINARY_DIR}/generated)
  set(objects)
  foreach(source ${ARG_SOURCES})
    cmake_path(ABSOLUTE_PATH source NORMALIZE)
    cmake_path(GET source FILENAME name)
    set(object ${CMAKE_CURRENT_BINARY_DIR}/windows/${name}.obj)
    set(compiler ${HBALAB_MINGW_C} -std=c11)
    if(name MATCHES "\\.cpp$")
      set(compiler ${HBALAB_MINGW_CXX} -std=c++23)
    endif()
    add_custom_command(
      OUTPUT ${object}
      COMMAND ${CMAKE_CXX_COMPILER_LAUNCHER} ${compiler} -O1 -Wall -Wextra -Werror -DNOMINMAX
              -DWIN32_LEAN_AND_MEAN -I${CMAKE_SOURCE_DIR}/iscsidsc/include -I${generated}
              -I${generated}/iscsidsc/include ${ARG_OPTIONS} -MD -MF ${object}.d -c ${source}
              -o ${object}
      DEPENDS ${source} iscsidsc_generated ${generated}/iscsidsc/api.stamp
      DEPFILE ${object}.d
      COMMENT "Building Windows object ${name}"
      VERBATIM)
    list(APPEND objects ${object})
  endforeach()
  file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/windows)
  set(${out} ${objects} PARENT_SCOPE)
endfunction()
