if(TARGET hbalab_dsc)
  hbalab_add_fuzz(fuzz_dsc SOURCES fuzz_dsc.cpp LIBS hbalab_dsc)
endif()
