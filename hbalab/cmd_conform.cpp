// conform: judges an implementation of the WMI classes.
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "hba-sim/lab/config_rules.hpp"
#include "hbalab/commands.hpp"
#include "hbalab/conform_target.hpp"
#include "hbalab/version.hpp"
#include "tests/conformance/case_file.hpp"
#include "tests/conformance/code_cases.hpp"
#include "tests/conformance/generated.hpp"
#include "tests/conformance/report.hpp"
#include "tests/conformance/runner.hpp"
#include "wmi-model/mof.hpp"

namespace hbalab::cli {
namespace fs = std::filesystem;
namespace {

using conform::Json;

int print_problems(const std::vector<conform::FileProblem>& problems) {
  for (const auto& problem : problems) std::cerr << "hbalab: " << problem.to_string() << '\n';
  return kBadInput;
}

// The parameters of the run: the sample lab's, those of the file, those of the command line.
std::expected<conform::Scope, std::string> parameters_of(const Conform& conform, bool sample) {
  Json all = sample ? conform::sample_parameters() : Json::object();
  if (!conform.parameters_file.empty()) {
    const auto text = text_of(conform.parameters_file);
    if (!text) return std::unexpected(text.error());
    const Json more = Json::parse(*text, nullptr, false, true);
    if (!more.is_object())
      return std::unexpected(conform.parameters_file + ": is no JSON object of parameters by name");
    all.update(more);
  }
  for (const std::string& word : conform.values) {
    const auto equals = word.find('=');
    if (equals == std::string::npos || equals == 0)
      return std::unexpected("'" + word + "' is not NAME=VALUE");
    const std::string text = word.substr(equals + 1);
    const Json value = Json::parse(text, nullptr, false);
    all[word.substr(0, equals)] = value.is_number() || value.is_boolean() ? value : Json(text);
  }
  conform::Scope scope;
  for (const auto& [name, value] : all.items()) scope.parameters[name] = value;
  return scope;
}

std::expected<conform::Selection, std::string> selection_of(const Conform& conform) {
  conform::Selection selection;
  selection.select = conform.select;
  selection.skip = conform.skip;
  selection.seed = conform.seed;
  selection.level = conform::weight_of_name(conform.level).value_or(conform::Weight::may);
  if (conform.shard.empty()) return selection;
  unsigned shard = 0, shards = 0;
  char end = 0;
  if (std::sscanf(conform.shard.c_str(), "%u/%u%c", &shard, &shards, &end) != 2 || shard == 0 ||
      shard > shards) {
    return std::unexpected("--shard is " + conform.shard + "; expected NUMBER/COUNT, such as 1/4");
  }
  selection.shard = shard;
  selection.shards = shards;
  return selection;
}

// Shows how far the run is on a terminal's last line; writes nothing anywhere else.
class Progress {
 public:
  Progress() : shown_(::isatty(STDERR_FILENO) != 0) {}
  ~Progress() {
    if (shown_) std::cerr << "\r\033[K" << std::flush;
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void operator()(const conform::CaseResult& result, std::size_t done, std::size_t total) const {
    if (!shown_) return;
    winsize size{};
    const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    std::cerr << '\r' << conform::progress_text(result, done, total, known ? size.ws_col - 1 : 79)
              << "\033[K" << std::flush;
  }

 private:
  bool shown_;
};

// ISO 8601.
std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  char text[32];
  if (::gmtime_r(&now, &parts) == nullptr) return {};
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

bool write_report(const std::string& file, const std::string& text) {
  if (file.empty()) return true;
  if (file == "-") {
    std::cout << text;
    return true;
  }
  std::ofstream out(file, std::ios::trunc);
  out << text;
  out.close();
  if (out) return true;
  fail(file + ": cannot be written");
  return false;
}

std::expected<conform::Report, std::string> read_report(const std::string& file) {
  const auto text = text_of(file);
  if (!text) return std::unexpected(text.error());
  auto report = conform::report_of_json(Json::parse(*text, nullptr, false));
  if (!report) return std::unexpected(file + ": is no report of hbalab conform: " + report.error());
  return report;
}

// A folder for the states of labs, which goes with the run.
class StateFolder {
 public:
  StateFolder() {
    std::string name = (fs::temp_directory_path() / "hbalab-conform-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~StateFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  StateFolder(const StateFolder&) = delete;
  StateFolder& operator=(const StateFolder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// Writes what was asked for, and gives the exit code.
int conclude(const Context& context, const Conform& conform, conform::Report& report) {
  if (!conform.expect.empty()) {
    const auto text = text_of(conform.expect);
    if (!text) return fail(text.error(), kBadInput);
    const auto known = conform::parse_known_failures(conform.expect, *text);
    if (!known) return print_problems(known.error());
    for (const std::string& id : conform::apply_known_failures(report, *known))
      std::cerr << "hbalab: " << conform.expect << ": no case of this run is " << id << '\n';
  }
  std::expected<conform::Report, std::string> before;
  if (!conform.baseline.empty()) before = read_report(conform.baseline);
  const bool compared = !conform.baseline.empty() && before;
  const std::string json =
      conform::to_json(report).dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
  const bool written =
      write_report(conform.junit, conform::junit_text(report)) &&
      write_report(conform.tap, conform::tap_text(report)) &&
      (conform.html.empty() ||
       write_report(conform.html, conform::html_text(report, compared ? &*before : nullptr))) &&
      write_report(conform.report, json);
  const bool text = !context.json && conform.tap != "-" && conform.junit != "-" &&
                    conform.html != "-" && conform.report != "-";
  if (context.json) {
    std::cout << json;
  } else if (text) {
    std::cout << conform::terminal_text(report,
                                        {::isatty(STDOUT_FILENO) != 0, conform.show_skipped});
  }
  if (!before) return fail(before.error(), kBadInput);
  if (compared)
    (text ? std::cout : std::cerr)
        << conform::comparison_text(conform::compare_reports(*before, report));
  const conform::Counts counts = conform::count(report);
  if (!report.unfinished.empty() || counts.errors != 0) return kUnfinished;
  return written && counts.failed == 0 && counts.unexpected_passes == 0 ? kOk : kFailed;
}

std::expected<std::vector<conform::Case>, std::vector<conform::FileProblem>> cases_of(
    const Conform& conform, const conform::Inventory& inventory, const wmi::SchemaSet& schema) {
  std::vector<const wmi::Class*> classes;
  for (const std::string& name : inventory.classes) {
    if (const wmi::Class* cls = schema.find(name)) classes.push_back(cls);
  }
  std::vector<conform::Case> all = conform::generated_cases(classes);
  auto built_in = conform::builtin_cases();
  if (!built_in) return std::unexpected(built_in.error());
  conform::apply_conditions(all, built_in->conditions);
  std::ranges::move(conform::code_cases(), std::back_inserter(all));
  std::ranges::move(built_in->cases, std::back_inserter(all));
  for (const std::string& place : conform.cases) {
    auto more = conform::read_cases(place);
    if (!more) return std::unexpected(more.error());
    conform::apply_conditions(all, more->conditions);
    std::ranges::move(more->cases, std::back_inserter(all));
  }
  std::vector<conform::FileProblem> problems;
  std::map<std::string_view, const conform::Case*> ids;
  for (const conform::Case& each : all) {
    const auto [same, added] = ids.try_emplace(each.id, &each);
    if (added) continue;
    const std::string& other = same->second->file;
    problems.push_back({each.file, "",
                        each.id + " is the id of a case of the suite already" +
                            (other.empty() ? "" : ", in " + other),
                        each.line, 1});
  }
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return all;
}

int list_cases(const Context& context, const std::vector<conform::Case>& cases,
               const std::vector<std::size_t>& order) {
  Json all = Json::array();
  for (const std::size_t at : order) {
    const conform::Case& each = cases[at];
    all.push_back({{"id", each.id},
                   {"title", each.title},
                   {"weight", conform::weight_name(each.requirement.weight)},
                   {"requirement", each.requirement.text},
                   {"source", each.requirement.source},
                   {"file", each.file},
                   {"line", each.line}});
    if (!context.json) std::cout << each.id << "  " << each.title << '\n';
  }
  if (context.json) std::cout << all.dump(2) << '\n';
  return kOk;
}

// What chooses the cases of this run again.
std::string chosen_text(const Conform& conform) {
  std::string text;
  for (const std::string& glob : conform.select) text += " --select '" + glob + "'";
  for (const std::string& glob : conform.skip) text += " --skip '" + glob + "'";
  if (conform.level != "may") text += " --level " + conform.level;
  if (!conform.shard.empty()) text += " --shard " + conform.shard;
  return text;
}

int run_conform(const Context& context, const Conform& conform) {
  const StateFolder states;
  auto target = target_of(context, conform, states.path());
  if (!target) return target.error();
  const auto selection = selection_of(conform);
  if (!selection) return fail(selection.error(), kUsage);
  auto parameters = parameters_of(conform, target->sample);
  if (!parameters) return fail(parameters.error(), kBadInput);
  conform::RunOptions options;
  const auto timeout = lab::parse_duration(conform.timeout);
  if (!timeout) return fail("--timeout: " + timeout.error(), kUsage);
  options.timeout = *timeout;
  const auto inventory = conform::take_inventory(target->factory, *target->schema, options.timeout);
  if (!inventory)
    return fail("the implementation cannot be opened: " + inventory.error(), kUnfinished);
  if (!inventory->mof.empty()) {
    auto more = wmi::read_mof_text("the tree's classes", inventory->mof, {}, target->schema);
    if (more.ok()) target->schema = more.schema;
  }
  const auto cases = cases_of(conform, *inventory, *target->schema);
  if (!cases) return print_problems(cases.error());
  const auto order = conform::choose(*cases, *selection);
  if (conform.list) return list_cases(context, *cases, order);
  if (order.empty()) return fail("no case was chosen", kUsage);
  options.jobs =
      conform.jobs != 0 ? conform.jobs : std::max(1U, std::thread::hardware_concurrency());
  options.shared = target->shared;
  options.until_failure = conform.until_failure;
  options.repeat = conform.repeat != 0 || conform.until_failure ? conform.repeat : 1;
  options.parameters = *std::move(parameters);
  options.device = conform.device;
  conform::Report report;
  const std::string started = utc_now();
  {
    const Progress progress;
    options.progress = [&](const auto& result, auto done, auto total) {
      progress(result, done, total);
    };
    report = conform::run_cases(*cases, order, target->factory, options);
  }
  if (report.subject.empty()) report.subject = inventory->subject;
  report.version = HBALAB_VERSION;
  report.started = started;
  report.seed = conform.seed;
  std::string more;
  if (conform.seed != 0) more += " --seed " + std::to_string(conform.seed);
  for (const std::string& place : conform.cases) more += " --cases " + shell_word(place);
  for (const std::string& word : conform.values) more += " --set " + shell_word(word);
  if (!conform.parameters_file.empty())
    more += " --parameters " + shell_word(conform.parameters_file);
  if (!conform.device.empty()) more += " --device " + shell_word(conform.device);
  const std::string last = chosen_text(conform);
  for (std::size_t i = 0; i < order.size(); ++i) {
    conform::CaseResult& result = report.cases[i];
    // A last case is about what others did before.
    result.command =
        target->command + more + ((*cases)[order[i]].last ? last : " --select '" + result.id + "'");
  }
  return conclude(context, conform, report);
}

int run_merge(const Context& context, const Conform& conform) {
  std::vector<conform::Report> reports;
  for (const std::string& file : conform.merged) {
    auto report = read_report(file);
    if (!report) return fail(report.error(), kBadInput);
    reports.push_back(*std::move(report));
  }
  auto merged = conform::merge_reports(reports);
  if (!merged) return fail(merged.error(), kBadInput);
  return conclude(context, conform, *merged);
}

void add_target_options(CLI::App& command, Conform& conform) {
  auto* builtin = command.add_flag("--builtin", conform.builtin, "The built-in HBA, in process");
  command
      .add_option("--lab", conform.lab_file, "With --builtin: this lab instead of the sample lab")
      ->check(CLI::ExistingFile)
      ->needs(builtin);
  auto* miniport = command
                       .add_option("--miniport", conform.miniport,
                                   "A driver (a shared object), loaded and checked")
                       ->check(CLI::ExistingFile)
                       ->excludes(builtin);
  auto* isolate = command.add_flag("--isolate", conform.isolate,
                                   "With --miniport: the driver in a process of its own");
  isolate->needs(miniport);
  command
      .add_flag("--virtual-clock", conform.virtual_clock,
                "With --miniport: the driver has no time but the port driver's; none is waited for")
      ->needs(miniport)
      ->excludes(isolate);
  command
      .add_option("--mof", conform.mof, "MOF file with classes of the implementation; repeatable")
      ->check(CLI::ExistingFile)
      ->allow_extra_args(false);
  command.add_option("--device", conform.device, "Part of the name of the device to test");
  command
      .add_option("--set", conform.values,
                  "A parameter that cases refer to, NAME=VALUE; repeatable")
      ->allow_extra_args(false);
  command.add_option("--parameters", conform.parameters_file, "Parameters as a JSON object")
      ->check(CLI::ExistingFile);
}

void add_run_options(CLI::App& command, Conform& conform) {
  command
      .add_option("--cases", conform.cases,
                  "More case files: a file, or a folder of them; repeatable")
      ->check(CLI::ExistingPath)
      ->allow_extra_args(false);
  command
      .add_option("--select", conform.select, "Run cases whose id fits, with * and ?; repeatable")
      ->allow_extra_args(false);
  command.add_option("--skip", conform.skip, "Leave out cases whose id fits; repeatable")
      ->allow_extra_args(false);
  command.add_option("--level", conform.level, "must, should or may: how far requirements count")
      ->check(CLI::IsMember({"must", "should", "may"}));
  command.add_option("--shard", conform.shard, "Only this part of the cases: NUMBER/COUNT");
  command.add_option("--jobs", conform.jobs, "So many at a time (default: one for each processor)");
  command.add_option("--seed", conform.seed, "Another order; 0: as they are");
  command.add_option("--repeat", conform.repeat, "So many rounds");
  command.add_flag("--until-failure", conform.until_failure, "Rounds until a case fails");
  command.add_option("--timeout", conform.timeout, "How long a case may take: 500ms, 30s, 2m");
  command.add_flag("--list", conform.list, "List the cases instead of running them");
}

void add_report_options(CLI::App& command, Conform& conform) {
  command.add_option("--expect", conform.expect, "Cases that are known to fail, and why")
      ->check(CLI::ExistingFile);
  command.add_option("--junit", conform.junit, "Write JUnit XML here; -: standard output");
  command.add_option("--tap", conform.tap, "Write TAP 14 here; -: standard output");
  command.add_option("--html", conform.html, "Write one HTML page here; -: standard output");
  command.add_option("--report", conform.report,
                     "Write the whole report as JSON here; -: standard output");
  command.add_option("--baseline", conform.baseline, "Compare with an earlier --report")
      ->check(CLI::ExistingFile);
  command.add_flag("--show-skipped", conform.show_skipped, "List what was skipped, and why");
}

}  // namespace

void add_conform(CLI::App& app, Context& context) {
  auto conform = std::make_shared<Conform>();
  auto* command = app.add_subcommand("conform", "Judge an implementation of the iSCSI WMI classes");
  add_target_options(*command, *conform);
  add_run_options(*command, *conform);
  add_report_options(*command, *conform);
  auto* merge = command->add_subcommand("merge", "Make one report of several, of shards");
  merge->add_option("REPORT", conform->merged, "Reports that --report wrote")
      ->required()
      ->check(CLI::ExistingFile);
  add_report_options(*merge, *conform);
  command->callback([&context, conform, merge] {
    if (merge->parsed()) {
      context.run = [&context, conform] { return run_merge(context, *conform); };
    } else {
      context.run = [&context, conform] { return run_conform(context, *conform); };
    }
  });
}

}  // namespace hbalab::cli
