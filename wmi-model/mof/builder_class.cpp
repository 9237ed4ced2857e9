// One class: its qualifiers, its list of members, its methods.
#include <algorithm>
#include <tuple>
#include <unordered_set>

#include "wmi-model/mof/builder.hpp"

namespace hbalab::wmi {
namespace {

using mof::equal_ignoring_case;

std::string join(const std::vector<std::uint32_t>& ids) {
  std::string text;
  for (const std::uint32_t id : ids) text += (text.empty() ? "" : ", ") + std::to_string(id);
  return text;
}

// [in], [in(TRUE)], [In] and so on.
bool has_flag(const Property& property, std::string_view name) {
  return property.qualifiers.is_set(name);
}

}  // namespace

void SchemaBuilder::read_class(Work& work) {
  work.cls->qualifiers = mof::convert_qualifiers(work.node->qualifiers, diagnostics_);
  class_qualifiers(work);
  const std::string& base = work.cls->base_name;
  work.event =
      equal_ignoring_case(base, "WMIEvent") || equal_ignoring_case(base, "__ExtrinsicEvent");
  if (equal_ignoring_case(base, "EventTrace")) {
    // Classes of trace providers have guids too, but no blocks.
    work.abstract = true;
    work.marked_wmi = false;
  }
  read_members(work);
}

void SchemaBuilder::class_qualifiers(Work& work) {
  Class& cls = *work.cls;
  if (const std::string* text = cls.qualifiers.text("Description")) cls.description = *text;
  if (const std::string* text = cls.qualifiers.text("HbalabHeader")) cls.header = *text;
  if (cls.qualifiers.is_set("HbalabAddress")) cls.shorthand = Shorthand::address;
  if (cls.qualifiers.is_set("HbalabPortal")) cls.shorthand = Shorthand::portal;
  work.abstract = cls.qualifiers.is_set("Abstract");
  work.marked_wmi = cls.qualifiers.is_set("WMI");
  const mof::QualifierNode* guid = mof::find_qualifier(work.node->qualifiers, "guid");
  if (guid == nullptr) return;
  work.marked_wmi = true;
  const std::string* text = cls.qualifiers.text("guid");
  const auto parsed = text == nullptr ? std::nullopt : Guid::parse(*text);
  if (parsed) {
    cls.guid = *parsed;
    cls.has_guid = true;
  } else {
    diagnostics_.error(
        guid->has_value ? guid->value.where : guid->where,
        "the guid of class '" + cls.name +
            "' must be a string like \"{01234567-89ab-cdef-0123-456789abcdef}\"" +
            (text != nullptr ? ", got \"" + text->substr(0, 60) + "\"" : std::string()));
    work.broken = true;
  }
}

void SchemaBuilder::read_members(Work& work) {
  const std::string owner = "class '" + work.cls->name + "'";
  std::unordered_set<std::string> names;
  for (const mof::MemberNode& node : work.node->members) {
    if (!names.insert(mof::lower_case(node.name)).second) {
      diagnostics_.error(node.where,
                         "'" + std::string(node.name) + "' is declared twice in " + owner);
      work.broken = true;
      continue;
    }
    if (node.is_method) {
      read_method(work, node);
      continue;
    }
    Member member = read_member(node, owner);
    const bool is_name = equal_ignoring_case(node.name, "InstanceName");
    if (!member.has_id && is_name) {
      work.has_instance_name = true;
      continue;
    }
    if (!member.has_id && (equal_ignoring_case(node.name, "Active") || member.property.key))
      continue;
    if (member.property.key && !is_name) {
      diagnostics_.warning(node.where, "property '" + std::string(node.name) + "' of " + owner +
                                           " is a key: only InstanceName can be one");
    }
    work.marked_wmi = work.marked_wmi || (member.has_id && !work.abstract);
    work.broken = work.broken || member.broken;
    work.members.push_back(std::move(member));
  }
}

void SchemaBuilder::read_method(Work& work, const mof::MemberNode& node) {
  Method method;
  method.name = node.name;
  method.where = sources_.locate(node.where);
  method.qualifiers = mof::convert_qualifiers(node.qualifiers, diagnostics_);
  if (const std::string* text = method.qualifiers.text("Description")) method.description = *text;
  const std::string label = "method '" + method.name + "' of class '" + work.cls->name + "'";
  const mof::QualifierNode* id = mof::find_qualifier(node.qualifiers, "WmiMethodId");
  const auto value = method.qualifiers.integer("WmiMethodId");
  if (id != nullptr && (!value || *value == 0 || *value > 0xFFFFFFFFu)) {
    diagnostics_.error(id->where,
                       "WmiMethodId of " + label + " must be a number from 1 to 4294967295");
    work.broken = true;
  } else if (id == nullptr && work.marked_wmi) {
    diagnostics_.error(node.where, label + " has no WmiMethodId");
    work.broken = true;
  }
  method.id = static_cast<std::uint32_t>(value.value_or(0));
  if (!node.type.is_void) {
    diagnostics_.note(node.type.where, "the return value of " + label +
                                           " is not part of its block: a driver's method is void");
  }
  std::vector<Member> in;
  std::vector<Member> out;
  std::unordered_set<std::string> names;
  for (const mof::MemberNode& parameter : node.parameters) {
    Member member = read_member(parameter, label);
    if (!names.insert(mof::lower_case(parameter.name)).second) {
      diagnostics_.error(parameter.where, "parameter '" + std::string(parameter.name) +
                                              "' is declared twice in " + label);
      continue;
    }
    const bool is_out = has_flag(member.property, "out");
    const bool is_in = has_flag(member.property, "in");
    if (!is_in && !is_out) {
      diagnostics_.error(parameter.where, "parameter '" + std::string(parameter.name) + "' of " +
                                              label + " has neither [in] nor [out]");
      work.broken = true;
    }
    if (member.uncounted && work.marked_wmi) {
      diagnostics_.error(parameter.where,
                         "'" + member.property.name + "' of " + label +
                             " has no number of elements: expected '[n]' or WmiSizeIs");
      work.broken = true;
    }
    if (is_out) out.push_back(member);
    if (is_in) in.push_back(std::move(member));
  }
  number_parameters(in, out, label);
  arrange(in, "the [in] parameters of " + label, false, method.in);
  arrange(out, "the [out] parameters of " + label, false, method.out);
  work.cls->methods.push_back(std::move(method));
  work.method_where.push_back(node.where);
}

// Ids come from WmiDataId or ID, or from the order: [in] parameters first, [out] parameters go on
// behind them, which is how the generated headers count. Where they are given they must be
// contiguous over both lists together, or within each list, and start with 1 (WmiDataId) or 0 (ID).
void SchemaBuilder::number_parameters(std::vector<Member>& in, std::vector<Member>& out,
                                      const std::string& label) {
  std::vector<Member*> all;
  for (auto* list : {&in, &out}) {
    for (Member& member : *list) all.push_back(&member);
  }
  const auto given = [](const Member* member) { return member->has_id; };
  const auto with = static_cast<std::size_t>(std::count_if(all.begin(), all.end(), given));
  if (with != all.size()) {
    if (with != 0) {
      const Member& missing = **std::find_if_not(all.begin(), all.end(), given);
      diagnostics_.error(missing.where,
                         "parameter '" + missing.property.name + "' of " + label +
                             " has no id, but others have: expected WmiDataId on all or none");
    }
    std::uint32_t id = 0;
    for (Member* member : all) member->property.id = ++id;
    return;
  }
  const auto contiguous = [](std::vector<std::uint32_t> ids) {
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids.empty() || (ids.front() <= 1 && ids.back() - ids.front() + 1 == ids.size());
  };
  const auto ids_of = [](const std::vector<Member>& list) {
    std::vector<std::uint32_t> ids;
    for (const Member& member : list) ids.push_back(member.property.id);
    return ids;
  };
  const std::vector<std::uint32_t> in_ids = ids_of(in);
  const std::vector<std::uint32_t> out_ids = ids_of(out);
  std::vector<std::uint32_t> both = in_ids;
  both.insert(both.end(), out_ids.begin(), out_ids.end());
  if (contiguous(both) || (contiguous(in_ids) && contiguous(out_ids))) return;
  diagnostics_.error(all.front()->where, "the ids of the parameters of " + label +
                                             " must be contiguous from 1, got " + join(both));
}

// Brings members into id order and links arrays to their counters.
void SchemaBuilder::arrange(std::vector<Member>& members, const std::string& owner, bool contiguous,
                            std::vector<Property>& out) {
  bool any_id = false;
  for (const Member& member : members) any_id = any_id || member.property.id != 0 || member.has_id;
  if (!any_id && !contiguous) {  // no class of a driver: textual order
    std::uint32_t id = 0;
    for (Member& member : members) member.property.id = ++id;
  }
  std::uint32_t order = 0;
  for (Member& member : members) member.order = ++order;
  std::sort(members.begin(), members.end(), [](const Member& a, const Member& b) {
    return std::tie(a.property.id, a.order) < std::tie(b.property.id, b.order);
  });
  if (contiguous) check_ids(members, owner);
  for (std::size_t i = 1; !contiguous && i < members.size(); ++i) {
    if (members[i].property.id != members[i - 1].property.id || members[i].property.id == 0)
      continue;
    diagnostics_.error(
        members[i].id_where.file == Position::kNoFile ? members[i].where : members[i].id_where,
        "'" + members[i - 1].property.name + "' and '" + members[i].property.name + "' of " +
            owner + " both have id " + std::to_string(members[i].property.id));
  }
  out.clear();
  out.reserve(members.size());
  // The properties move; what stays in the members says where they came from.
  for (Member& member : members) out.push_back(std::move(member.property));
  link_counters(members, owner, out);
}

void SchemaBuilder::check_ids(const std::vector<Member>& members, const std::string& owner) {
  const Member* before = nullptr;
  for (const Member& member : members) {
    const std::uint32_t id = member.property.id;
    if (!member.has_id) {
      diagnostics_.error(member.where, "property '" + member.property.name + "' of " + owner +
                                           " has no WmiDataId");
      continue;
    }
    const std::uint32_t last = before == nullptr ? 0 : before->property.id;
    if (before != nullptr && id == last) {
      diagnostics_.error(member.id_where, "properties '" + before->property.name + "' and '" +
                                              member.property.name + "' of " + owner +
                                              " both have WmiDataId " + std::to_string(id));
    } else if (id != last + 1) {
      diagnostics_.error(
          member.id_where,
          "WmiDataId " + std::to_string(last + 1) + " of " + owner + " is missing: " +
              (before == nullptr ? "the first property, '"
                                 : "'" + before->property.name + "' has " + std::to_string(last) +
                                       " and the next one, '") +
              member.property.name + "', has " + std::to_string(id));
    }
    before = &member;
  }
}

void SchemaBuilder::link_counters(const std::vector<Member>& members, const std::string& owner,
                                  std::vector<Property>& out) {
  std::unordered_map<std::string, std::size_t> index;
  for (std::size_t i = 0; i < out.size(); ++i) index.emplace(mof::lower_case(out[i].name), i);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const Member& member = members[i];
    if (out[i].array != ArrayKind::counted || member.counter.empty()) continue;
    const auto found = index.find(mof::lower_case(member.counter));
    const std::string said = "WmiSizeIs of '" + out[i].name + "' names '" + member.counter + "', ";
    if (found == index.end()) {
      diagnostics_.error(member.counter_where, said + "which is not among the members of " + owner);
      continue;
    }
    const Property& counter = out[found->second];
    const bool integer = counter.type >= CimType::sint8 && counter.type <= CimType::uint64;
    if (!integer || counter.array != ArrayKind::none) {
      diagnostics_.error(member.counter_where, said + "which is no integer and cannot count");
    } else if (found->second >= i) {
      diagnostics_.error(member.counter_where, said + "which comes behind it in the block (id " +
                                                   std::to_string(counter.id) + ", the array has " +
                                                   std::to_string(out[i].id) + ")");
    } else {
      out[i].count_index = static_cast<int>(found->second);
    }
  }
}

}  // namespace hbalab::wmi
