// The subcommands of hbalab. Each adds its options to the parser and, when it was chosen, sets what
// main() runs. Exit codes are one table: ExitCode.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <string>

namespace hbalab::cli {

enum ExitCode : int {
  kOk = 0,
  kFailed = 1,        // the operation failed; the reason is on standard error
  kUsage = 2,         // the command line is wrong
  kMethodStatus = 3,  // the method ran and its Status is not zero
  kNoTree = 4,        // no mounted tree was found
  kBadInput = 5,      // `schema check`, a lab file or a case file has errors
  kUnfinished = 6,    // `conform`: what was tested hung, died or went away
};

// Says on standard error what failed.
inline int fail(const std::string& text, int code = kFailed) {
  std::cerr << "hbalab: " << text << '\n';
  return code;
}

struct Context {
  std::string tree;   // --tree, or $HBALAB_TREE; empty: look for a mount of this user
  bool json = false;  // --json
  std::function<int()> run;
};

void add_mount(CLI::App& app, Context& context);    // mount, umount
void add_adapter(CLI::App& app, Context& context);  // adapter add|remove|list
void add_tree(CLI::App& app, Context& context);     // list, get, set
void add_call(CLI::App& app, Context& context);     // call
void add_follow(CLI::App& app, Context& context);   // watch, trace
void add_schema(CLI::App& app, Context& context);   // schema show|layout|encode|decode|check|header
void add_explain(CLI::App& app, Context& context);  // explain
void add_tour(CLI::App& app, Context& context);     // tour
void add_conform(CLI::App& app, Context& context);  // conform [merge]
void add_dsc(CLI::App& app, Context& context);      // dsc; only with the discovery library

}  // namespace hbalab::cli
