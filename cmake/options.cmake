# Warnings, sanitizers and coverage for every target of the project.
add_compile_options(
  -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual -Wunused
  -Woverloaded-virtual -Wnull-dereference -Wformat=2 -Wimplicit-fallthrough -Wvla)
# C has no old-style or virtual warnings.
foreach(flag -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual)
  get_property(opts DIRECTORY PROPERTY COMPILE_OPTIONS)
  list(REMOVE_ITEM opts ${flag})
  list(APPEND opts $<$<COMPILE_LANGUAGE:CXX>:${flag}>)
  set_property(DIRECTORY PROPERTY COMPILE_OPTIONS ${opts})
endforeach()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these falsely in optimised and sanitized code of the standard library.
  add_compile_options(-Wno-null-dereference -Wno-maybe-uninitialized -Wno-restrict
                      -Wno-stringop-overflow -Wno-array-bounds -Wno-stringop-overread
                      $<$<COMPILE_LANGUAGE:CXX>:-Wno-dangling-pointer>)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # libstdc++ 12's own stable_sort uses what it has deprecated.
  add_compile_options(-Wno-deprecated-declarations)
endif()
# Some hundred programs are linked, each with most of the libraries: where mold is, in a fraction of the time.
find_program(HBALAB_MOLD mold)
if(HBALAB_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
if(HBALAB_SANITIZE)
  add_compile_options(-fsanitize=${HBALAB_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${HBALAB_SANITIZE})
endif()
if(HBALAB_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()
if(HBALAB_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()
