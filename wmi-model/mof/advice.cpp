// advise: what MOF text may say and a driver's writer did not mean.
#include <unordered_map>
#include <unordered_set>

#include "wmi-model/header/words.hpp"
#include "wmi-model/mof.hpp"
#include "wmi-model/mof/lexer.hpp"

namespace hbalab::wmi {
namespace {

using Severity = Diagnostic::Severity;

class Adviser {
 public:
  explicit Adviser(const SchemaSet& schema) {
    const auto add = [this](const std::vector<Property>& list) {
      for (const Property& property : list) embedded_.insert(property.object_class);
    };
    for (const auto& cls : schema.classes()) {
      add(cls->properties);
      for (const Method& method : cls->methods) {
        add(method.in);
        add(method.out);
      }
    }
  }

  void look_at(const Class& cls) {
    if (cls.kind == ClassKind::other) return;
    if (cls.kind == ClassKind::embedded) {
      unreachable(cls);
    } else {
      provider(cls);
    }
    const std::string owner = "class '" + cls.name + "'";
    look_at(cls.properties, owner);
    if (cls.kind == ClassKind::data_block || cls.kind == ClassKind::event) access(cls);
    for (const Method& method : cls.methods) look_at(cls, method);
  }

  std::vector<Diagnostic> take() { return std::move(advice_); }

 private:
  // Once for a member that several classes inherit.
  void say(Severity severity, const SourceLocation& where, std::string message) {
    if (advice_.size() == kMaxAdvice) return;
    Diagnostic diagnostic{severity, where, std::move(message)};
    if (said_.insert(diagnostic.to_string()).second) advice_.push_back(std::move(diagnostic));
  }
  void warn(const SourceLocation& where, std::string message) {
    say(Severity::warning, where, std::move(message));
  }

  void unreachable(const Class& cls) {
    if (!cls.has_guid || embedded_.contains(&cls)) return;
    say(Severity::note, cls.where,
        "class '" + cls.name +
            "' has a guid but no InstanceName, and no class embeds it: its instances have no "
            "names");
  }

  void provider(const Class& cls) {
    const std::string* name = cls.qualifiers.text("Provider");
    const bool ours = name != nullptr && mof::equal_ignoring_case(*name, "WMIProv");
    if (ours && cls.qualifiers.is_set("Dynamic")) return;
    warn(cls.where, "class '" + cls.name +
                        "' lacks Dynamic or Provider(\"WMIProv\"): WMI asks no driver for it");
  }

  void access(const Class& cls) {
    for (const Property& property : cls.properties) {
      if (property.secret || property.qualifiers.find("read") != nullptr ||
          property.qualifiers.find("write") != nullptr) {
        continue;
      }
      warn(property.where, "'" + property.name + "' of class '" + cls.name +
                               "' has neither read nor write: no client sees it");
    }
  }

  void look_at(const Class& cls, const Method& method) {
    const std::string owner = "method '" + method.name + "' of class '" + cls.name + "'";
    if (!method.qualifiers.is_set("Implemented")) {
      warn(method.where, owner + " lacks Implemented: WMI does not call it");
    }
    const auto [other, fresh] = methods_.emplace(method.name, &cls);
    if (!fresh && other->second != &cls) {
      say(Severity::note, method.where,
          "class '" + other->second->name + "' has a method '" + method.name +
              "' too: in a C header its structures and its id have the name of the class in front");
    }
    look_at(method.in, "the [in] parameters of " + owner);
    look_at(method.out, "the [out] parameters of " + owner);
  }

  void look_at(const std::vector<Property>& list, const std::string& owner) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      const Property& property = list[i];
      const std::string label = "'" + property.name + "' of " + owner;
      const bool text = property.type == CimType::string;
      if (!text && property.qualifiers.find("MaxLen") != nullptr) {
        warn(property.where, "MaxLen on " + label + ", which is no string, has no effect");
      }
      if (header::is_keyword(property.name)) {
        say(Severity::note, property.where,
            label + " is a word of C: in a header it is '" + header::declared_name(property.name) +
                "'");
      }
      if (i + 1 == list.size()) continue;
      const std::string behind = "'" + list[i + 1].name + "' lies behind it and has no fixed place";
      if (text && property.max_len == 0) {
        warn(property.where, label + " has no MaxLen: " + behind);
      } else if (property.array == ArrayKind::counted) {
        say(Severity::note, property.where, label + " varies in length: " + behind);
      }
    }
  }

  std::unordered_set<const Class*> embedded_;
  std::unordered_map<std::string, const Class*> methods_;
  std::unordered_set<std::string> said_;
  std::vector<Diagnostic> advice_;
};

}  // namespace

std::vector<Diagnostic> advise(const MofResult& result) {
  if (!result.ok()) return {};
  Adviser adviser(*result.schema);
  for (const Class* cls : result.defined) adviser.look_at(*cls);
  return adviser.take();
}

}  // namespace hbalab::wmi
