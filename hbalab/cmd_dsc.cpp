// dsc FUNCTION ARGUMENTS...: functions of the iSCSI discovery library. The library finds the tree
// and its state by itself, as for any other program; nothing here reaches behind its API.
#include <cstdlib>
#include <iostream>

#include "hbalab/commands.hpp"
#include "hbalab/dsc/print.hpp"
#include "hbalab/dsc/words.hpp"
#include "hbalab/tree.hpp"

namespace hbalab::cli {
namespace {

int usage(const dsc::UsageError& error) {
  const std::string name(error.function != nullptr ? error.function->arguments.name : "");
  std::cerr << "hbalab: " << (name.empty() ? "dsc" : name) << ": " << error.text
            << "\nhbalab: what there is: hbalab dsc " << name << (name.empty() ? "" : " ")
            << "--help\n";
  return kUsage;
}

int describe(const dsc::Request& request, bool json) {
  if (json) {
    dsc::Json all = dsc::Json::array();
    for (const auto& function : dsc::functions()) all.push_back(dsc::description(function));
    std::cout << (request.function ? dsc::description(*request.function) : all).dump(2) << '\n';
  } else if (request.function != nullptr) {
    dsc::print_help(std::cout, *request.function);
  } else if (request.help) {
    dsc::print_usage(std::cout);
  } else {
    dsc::print_functions(std::cout);
  }
  return kOk;
}

// Why the service does not run is not in its status.
void report(const dsc::Function& function, ISDSC_STATUS status, const std::string& tree) {
  std::cerr << "hbalab: " << function.arguments.name << ": " << dsc::status_text(status) << '\n';
  if (status != ISDSC_SERVICE_NOT_RUNNING) return;
  if (const auto found = Tree::find(tree); !found) std::cerr << "hbalab: " << found.error() << '\n';
}

int run_dsc(const Context& context, const std::vector<std::string>& words) {
  if (!words.empty() && words.front() == "--complete") {  // for the shell's completion
    for (const auto& choice : dsc::complete({words.begin() + 1, words.end()})) {
      std::cout << choice << '\n';
    }
    return kOk;
  }
  dsc::Sources sources(std::cin);
  const auto request = dsc::read_words(words, sources);
  if (!request) return usage(request.error());
  const bool json = context.json || request->json;
  if (request->help || request->function == nullptr) return describe(*request, json);

  const std::string& tree = request->tree.empty() ? context.tree : request->tree;
  if (!tree.empty()) ::setenv("HBALAB_TREE", tree.c_str(), 1);
  const dsc::Function& function = *request->function;
  const auto answer = dsc::call(function, request->arguments, sources);
  if (!answer) return usage({&function, answer.error().to_string()});
  if (json) {
    std::cout << dsc::answer_json(function, *answer)
                     .dump(2, ' ', false, dsc::Json::error_handler_t::replace)
              << '\n';
  } else {
    dsc::print_answer(std::cout, *answer);
  }
  if (answer->status == ERROR_SUCCESS) return kOk;
  std::cout.flush();
  report(function, answer->status, tree);
  return kFailed;
}

}  // namespace

void add_dsc(CLI::App& app, Context& context) {
  auto* command =
      app.add_subcommand("dsc", "Call a function of the iSCSI discovery library, or list them");
  // The words are the function's, options included.
  command->set_help_flag();
  command->prefix_command();
  command->fallthrough(false);
  command->callback([&context, command] {
    context.run = [&context, command] { return run_dsc(context, command->remaining()); };
  });
}

}  // namespace hbalab::cli
