// mof_header header FILE...: `hbalab schema header` as a program of the build, which needs headers
// before the rest of hbalab is there. Not installed.
#include <iostream>

#include "hbalab/commands.hpp"
#include "hbalab/schema.hpp"

int main(int argc, char** argv) {
  using namespace hbalab::cli;
  CLI::App app{"C headers of MOF files"};
  app.require_subcommand(1);
  Context context;
  add_schema_header(app, context);
  CLI11_PARSE(app, argc, argv);
  return context.run();
}
