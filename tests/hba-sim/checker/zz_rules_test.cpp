// The table of the rules, its document, and that every rule has a test. The last file of the
// program: by then the others have run.
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "hba-sim/port/checker/rules.hpp"
#include "tests/hba-sim/checker/fired.hpp"

using namespace hbalab::check;
using namespace hbalab::check::test;

namespace {

constexpr std::string_view kBegin = "<!-- rules: begin -->\n";
constexpr std::string_view kEnd = "<!-- rules: end -->\n";
const std::string kDocument = HBALAB_SOURCE_DIR "/docs/driver-kit-rules.md";

std::string read_document() {
  std::ostringstream text;
  text << std::ifstream(kDocument).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("rules have an id, a sentence, a source and a remedy") {
  std::set<std::string_view> seen;
  for (const RuleInfo& rule : rules()) {
    INFO(rule.id);
    CHECK(seen.insert(rule.id).second);
    CHECK(find_rule(rule.id) == &rule);
    CHECK(&info(rule.rule) == &rule);
    for (const char character : rule.id) {
      CHECK((std::islower(static_cast<unsigned char>(character)) || character == '_'));
    }
    CHECK(rule.statement.ends_with('.'));
    CHECK(rule.statement.find(". ") == std::string_view::npos);
    CHECK(rule.source.size() > 5);
    CHECK(rule.remedy.ends_with('.'));
    // A table's columns.
    for (const auto text : {rule.statement, rule.source, rule.remedy}) {
      CHECK(text.find('|') == std::string_view::npos);
    }
  }
  CHECK(find_rule("no_such_rule") == nullptr);
}

TEST_CASE("the document has every rule as the table has it") {
  std::string text = read_document();
  const std::size_t begin = text.find(kBegin);
  const std::size_t end = text.find(kEnd);
  REQUIRE(begin != std::string::npos);
  REQUIRE(end != std::string::npos);
  const std::size_t from = begin + kBegin.size();
  if (std::getenv("HBALAB_UPDATE_RULES") != nullptr) {
    text.replace(from, end - from, rules_document());
    std::ofstream(kDocument) << text;
    return;
  }
  INFO("HBALAB_UPDATE_RULES=1 " << "checker_test writes it anew");
  CHECK(text.substr(from, end - from) == rules_document());
}

TEST_CASE("every rule has data that breaks it and no other") {
  // Only when the others have run.
  if (Catch::getCurrentContext().getConfig()->hasTestFilters()) return;
  std::vector<std::string_view> without;
  for (const RuleInfo& rule : rules()) {
    if (!proven().contains(rule.rule)) without.push_back(rule.id);
  }
  CHECK(without == std::vector<std::string_view>{});
}
