#include <cstdlib>
#include <iostream>

#include "hbalab/commands.hpp"
#include "hbalab/version.hpp"

int main(int argc, char** argv) {
  using namespace hbalab::cli;
  CLI::App app{
      "A laboratory for iSCSI HBA drivers: simulated adapters and their WMI classes as a mounted "
      "tree"};
  app.name("hbalab");
  app.set_version_flag("--version", HBALAB_VERSION);
  app.require_subcommand(1);
  app.fallthrough();  // --tree and --json may stand behind the subcommand
  app.footer(
      "Exit codes: 0 success, 1 failure, 2 wrong usage, 3 the method's Status is not zero,\n"
      "4 no mounted tree, 5 errors in a MOF, lab or case file, 6 a conformance run that could not "
      "be\n"
      "finished. Manual: man hbalab");

  Context context;
  app.add_option("--tree", context.tree,
                 "The mounted tree (default: $HBALAB_TREE, else this user's only mount)")
      ->envname("HBALAB_TREE");
  app.add_flag("--json", context.json, "Machine-readable output");
  add_mount(app, context);
  add_adapter(app, context);
  add_tree(app, context);
  add_call(app, context);
  add_follow(app, context);
  add_schema(app, context);
  add_explain(app, context);
  add_tour(app, context);
  add_conform(app, context);
#ifdef HBALAB_HAVE_ISCSIDSC
  add_dsc(app, context);
#endif

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? kOk : kUsage;
  }
  std::ios::sync_with_stdio(false);
  const int code = context.run ? context.run() : kUsage;
  std::cout.flush();
  return std::cout.good() ? code : kFailed;
}
