#include "hba-sim/lab/lab_schema.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <set>

#include "wmi-model/mof.hpp"

namespace hbalab::lab {
namespace {

std::string file_list(const std::vector<std::string>& files) {
  if (files.empty()) return "no MOF file was given";
  std::string text;
  for (const std::string& file : files) {
    if (!text.empty()) text += ", ";
    text += std::filesystem::path(file).filename().string();
  }
  return text;
}

std::string instances_text(const wmi::Registration& registration) {
  if (registration.dynamic()) return "with dynamic instance names";
  const std::uint32_t count = registration.guid.instance_count;
  return "with " + std::to_string(count) + (count == 1 ? " instance" : " instances");
}

bool same_classes(const wmi::SchemaSet* one, const wmi::SchemaSet* other) {
  if (one == nullptr || other == nullptr) return false;
  return std::ranges::equal(one->classes(), other->classes(), [](const auto& a, const auto& b) {
    return a == b || wmi::write_mof(*a) == wmi::write_mof(*b);
  });
}

bool is_served(const wmi::Class& cls) {
  return cls.has_guid && (cls.kind == wmi::ClassKind::data_block ||
                          cls.kind == wmi::ClassKind::event || cls.kind == wmi::ClassKind::methods);
}

}  // namespace

std::expected<void, port::DriverProblem> LabSchema::add(const std::string& adapter,
                                                        const std::vector<std::string>& files) {
  Layer layer{adapter, files, nullptr};
  if (!files.empty()) {
    const std::vector<std::filesystem::path> paths(files.begin(), files.end());
    wmi::MofResult result = wmi::read_mof_files(paths, {}, built_in_);
    if (!result.ok()) {
      std::string text;
      for (const wmi::Diagnostic& diagnostic : result.diagnostics) {
        if (diagnostic.severity != wmi::Diagnostic::Severity::error) continue;
        if (!text.empty()) text += '\n';
        text += diagnostic.to_string();
      }
      return std::unexpected(port::DriverProblem{EBADMSG, std::move(text)});
    }
    layer.set = std::move(result.schema);
  }
  const std::scoped_lock lock(mutex_);
  std::erase_if(layers_, [&](const Layer& its) { return its.adapter == adapter; });
  // Adapters with the same files have the same class objects, whoever of them stays.
  for (const Layer& its : layers_) {
    if (its.files == layer.files && same_classes(its.set.get(), layer.set.get())) {
      layer.set = its.set;
    }
  }
  layers_.push_back(std::move(layer));
  publish();
  return {};
}

void LabSchema::remove(const std::string& adapter) {
  const std::scoped_lock lock(mutex_);
  if (std::erase_if(layers_, [&](const Layer& its) { return its.adapter == adapter; }) != 0) {
    publish();
  }
}

void LabSchema::publish() {
  std::vector<std::shared_ptr<const wmi::SchemaSet>> sets;
  for (const Layer& layer : layers_) sets.push_back(layer.set);
  sets.insert(built_in_first_ ? sets.begin() : sets.end(), built_in_);
  auto united = wmi::SchemaSet::unite(sets);
  trace_->set_schema(united);
  registry_->set_schema(std::move(united));
}

bool LabSchema::is_own(const Layer& layer, const wmi::Class& cls) const {
  // A set that replaces a built-in class has copies of the others.
  return std::ranges::any_of(layer.files,
                             [&](const std::string& file) { return cls.where.file == file; }) ||
         built_in_->find(cls.name) == nullptr;
}

std::vector<std::string> LabSchema::mismatches(const std::string& adapter,
                                               const wmi::WmiProvider& provider) const {
  Layer layer;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = std::ranges::find(layers_, adapter, &Layer::adapter);
    if (found == layers_.end()) return {};
    layer = *found;
  }
  std::vector<std::string> lines;
  std::set<wmi::Guid> registered;
  const auto schema = registry_->schema();
  for (const wmi::Registration& its : registry_->registrations()) {
    if (its.provider.get() != &provider) continue;
    registered.insert(its.guid.guid);
    if (schema->find(its.guid.guid) != nullptr) continue;
    const std::string guid = its.guid.guid.to_string();
    lines.push_back("GUID " + guid + " is registered " + instances_text(its) +
                    ", but no class has it (" + file_list(layer.files) +
                    "); the tree shows it as root/wmi/" + guid +
                    " with raw blocks. Give the MOF file that has the class, or correct its guid "
                    "qualifier or the driver's GUID");
  }
  if (!layer.set) return lines;
  for (const auto& cls : layer.set->classes()) {
    if (!is_own(layer, *cls)) continue;
    const std::string place =
        cls->where.file + ":" + std::to_string(cls->where.line) + ": class " + cls->name;
    if (is_served(*cls) && !registered.contains(cls->guid)) {
      lines.push_back(place + " has GUID " + cls->guid.to_string() +
                      ", which the driver does not register. Add it to the GuidList of its "
                      "SCSI_WMILIB_CONTEXT, or correct the guid qualifier");
    }
    const wmi::Class* known = schema->find(cls->name);
    if (known != nullptr && known != cls.get() && wmi::write_mof(*known) != wmi::write_mof(*cls)) {
      lines.push_back(place + " differs from the one that the lab has already (" +
                      known->where.file + ":" + std::to_string(known->where.line) +
                      "), which counts. Load the driver without the other adapters, or bring the "
                      "two into agreement");
    }
  }
  return lines;
}

}  // namespace hbalab::lab
