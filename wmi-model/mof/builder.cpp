#include "wmi-model/mof/builder.hpp"

#include <algorithm>

namespace hbalab::wmi {
namespace {

// A deeper tree of classes is no driver's: each level copies what it inherits.
constexpr std::size_t kMaxInheritance = 64;
// Sizes in a WNODE are ULONG.
constexpr std::size_t kMaxBlock = 0xFFFFFFFFu;

// Events derive from WMIEvent, or from what WMIEvent itself derives from.
bool is_event_base(std::string_view name) {
  return mof::equal_ignoring_case(name, "WMIEvent") ||
         mof::equal_ignoring_case(name, "__ExtrinsicEvent");
}

enum : std::uint8_t { kUnseen = 0, kOpen = 1, kDone = 2 };

std::size_t text_cost(const QualifierValue& value) {
  std::size_t cost = sizeof(QualifierValue);
  if (const auto* text = std::get_if<std::string>(&value)) cost += text->size();
  if (const auto* list = std::get_if<QualifierList>(&value)) {
    for (const QualifierValue& element : *list) cost += text_cost(element);
  }
  return cost;
}

// What a copy of a property takes, roughly.
std::size_t copy_cost(const Property& property) {
  std::size_t cost = sizeof(Property) + property.name.size() + property.description.size();
  for (const Qualifier& qualifier : property.qualifiers.items) {
    cost += sizeof(Qualifier) + qualifier.name.size() + text_cost(qualifier.value);
  }
  return cost;
}

}  // namespace

SchemaBuilder::Work* SchemaBuilder::find(std::string_view name) {
  const auto found = by_name_.find(mof::lower_case(name));
  return found == by_name_.end() ? nullptr : found->second;
}

std::shared_ptr<const SchemaSet> SchemaBuilder::build(const std::vector<mof::ClassNode*>& nodes,
                                                      const SchemaSet* base) {
  if (base != nullptr) {
    // What points to a class that is replaced has to change, and then all are copied.
    const auto replaces = [base](const mof::ClassNode* node) {
      return base->find(node->name) != nullptr;
    };
    take_base(*base, std::ranges::none_of(nodes, replaces));
  }
  add_nodes(nodes);
  link_bases();
  for (const auto& work : works_) {
    by_class_.emplace(work->cls.get(), work.get());
    if (work->node != nullptr) read_class(*work);
  }
  for (Work* work : base_order()) merge(*work);
  check_guids();
  if (compute_layouts()) layout_methods();
  for (const auto& work : works_) {
    check_counted(*work);
    decide_kind(*work);
  }
  return diagnostics_.errors() == 0 ? finish() : nullptr;
}

void SchemaBuilder::take_base(const SchemaSet& base, bool share) {
  for (const auto& cls : base.classes()) {
    auto work = std::make_unique<Work>();
    work->shared = share;
    work->cls = share ? std::const_pointer_cast<Class>(cls) : std::make_shared<Class>(*cls);
    work->has_instance_name = cls->kind == ClassKind::data_block || cls->kind == ClassKind::event ||
                              cls->kind == ClassKind::methods;
    work->event = cls->kind == ClassKind::event;
    work->merged = true;
    by_name_[mof::lower_case(cls->name)] = work.get();
    works_.push_back(std::move(work));
  }
}

void SchemaBuilder::add_nodes(const std::vector<mof::ClassNode*>& nodes) {
  for (const mof::ClassNode* node : nodes) {
    Work* known = find(node->name);
    if (known != nullptr && known->node != nullptr) {
      const bool same_text =
          known->where.file == node->where.file && known->where.offset == node->where.offset;
      if (!same_text) {  // the same text twice is a file that was included twice
        diagnostics_.warning(node->where, "class '" + std::string(node->name) +
                                              "' is defined again and replaces the earlier one");
        diagnostics_.attach(known->where, "the earlier definition");
      }
    }
    if (known == nullptr) {
      works_.push_back(std::make_unique<Work>());
      known = works_.back().get();
      by_name_[mof::lower_case(node->name)] = known;
    }
    *known = Work{};
    known->cls = std::make_shared<Class>();
    known->node = node;
    known->where = node->where;
    known->broken = node->broken;
    known->cls->name = node->name;
    known->cls->where = sources_.locate(node->where);
  }
}

// Pointers of copied classes are moved from the base set to the classes of this one.
void SchemaBuilder::link_bases() {
  const auto relink = [this](std::vector<Property>& properties) {
    for (Property& property : properties) {
      if (property.object_class != nullptr) {
        property.object_class = find(property.object_class->name)->cls.get();
      }
    }
  };
  for (const auto& work : works_) {
    if (work->shared) continue;
    Class& cls = *work->cls;
    if (work->node == nullptr) {
      relink(cls.properties);
      for (Method& method : cls.methods) {
        relink(method.in);
        relink(method.out);
      }
    } else {
      cls.base_name = work->node->base;
    }
    if (cls.base_name.empty()) continue;
    work->base = find(cls.base_name);
    if (work->base != nullptr) {
      cls.base = work->base->cls.get();
    } else if (work->node != nullptr && !is_event_base(cls.base_name)) {
      diagnostics_.note(work->node->base_where, "base class '" + cls.base_name + "' of class '" +
                                                    cls.name +
                                                    "' is not in the set: nothing is inherited");
    }
  }
}

// Every class behind its base. A cycle is told and cut.
std::vector<SchemaBuilder::Work*> SchemaBuilder::base_order() {
  std::vector<Work*> order;
  for (const auto& start : works_) {
    std::vector<Work*> path;
    Work* work = start.get();
    while (work != nullptr && work->color == kUnseen) {
      work->color = kOpen;
      path.push_back(work);
      work = work->base;
    }
    if (work != nullptr && work->color == kOpen) {
      Work* cut = path.back();
      const Position where = cut->node != nullptr ? cut->node->base_where : work->where;
      diagnostics_.error(where, "class '" + cut->cls->name + "' inherits from itself through '" +
                                    cut->base->cls->name + "'");
      cut->base = nullptr;
      cut->cls->base = nullptr;
      cut->broken = true;
    }
    for (; !path.empty(); path.pop_back()) {
      Work* done = path.back();
      done->color = kDone;
      done->depth = done->base == nullptr ? 0 : done->base->depth + 1;
      if (done->depth > kMaxInheritance) {
        diagnostics_.error(done->where, "class '" + done->cls->name + "' has more than " +
                                            std::to_string(kMaxInheritance) + " base classes");
        done->base = nullptr;
        done->depth = 0;
      }
      order.push_back(done);
    }
  }
  return order;
}

// A base chain of at most kMaxInheritance is walked once for each class, so the sum stays small.
void SchemaBuilder::inherit(Work& work) {
  const Work& base = *work.base;
  work.has_instance_name = work.has_instance_name || base.has_instance_name;
  work.event = work.event || base.event;
  work.broken = work.broken || base.broken;
  std::unordered_map<std::string, bool> own;
  for (const Member& member : work.members)
    own.emplace(mof::lower_case(member.property.name), true);
  std::vector<Member> inherited;
  const auto take = [&](const Property& property) {
    if (own.contains(mof::lower_case(property.name))) return false;
    if (budget_.take(copy_cost(property))) return true;
    if (!work.broken) {
      diagnostics_.error(work.where,
                         "class '" + work.cls->name +
                             "' inherits more than the limit on the size of the text allows");
    }
    work.broken = true;
    return false;
  };
  if (base.node == nullptr) {
    for (const Property& property : base.cls->properties) {
      if (!take(property)) continue;
      Member member;
      member.property = property;
      member.has_id = true;
      member.where = member.id_where = member.counter_where = work.where;
      if (property.count_index >= 0) {
        member.counter = base.cls->properties[static_cast<std::size_t>(property.count_index)].name;
      }
      inherited.push_back(std::move(member));
    }
  } else {
    for (std::size_t i = 0; i < base.members.size(); ++i) {
      // Members of a base without an id are not part of any block.
      if (!base.members[i].has_id && work.marked_wmi) continue;
      if (!take(base.cls->properties[i])) continue;
      inherited.push_back(base.members[i]);
      inherited.back().property = base.cls->properties[i];
    }
  }
  work.members.insert(work.members.begin(), std::make_move_iterator(inherited.begin()),
                      std::make_move_iterator(inherited.end()));
  for (auto method = base.cls->methods.rbegin(); method != base.cls->methods.rend(); ++method) {
    if (work.cls->method(method->name) != nullptr) continue;
    std::size_t cost = sizeof(Method);
    for (const auto* list : {&method->in, &method->out}) {
      for (const Property& property : *list) cost += copy_cost(property);
    }
    if (!budget_.take(cost)) break;
    work.cls->methods.insert(work.cls->methods.begin(), *method);
    work.method_where.insert(work.method_where.begin(), Position{});
  }
}

void SchemaBuilder::merge(Work& work) {
  if (work.merged) return;
  work.merged = true;
  if (work.base != nullptr) inherit(work);
  std::string owner = "class '" + work.cls->name + "'";
  arrange(work.members, owner, work.marked_wmi && !work.broken, work.cls->properties);
  std::unordered_map<std::uint32_t, const Method*> ids;
  for (std::size_t i = 0; i < work.cls->methods.size(); ++i) {
    const Method& method = work.cls->methods[i];
    if (method.id == 0) continue;
    const auto [other, fresh] = ids.emplace(method.id, &method);
    if (fresh || work.broken) continue;
    diagnostics_.error(
        work.method_where[i].file == Position::kNoFile ? work.where : work.method_where[i],
        "methods '" + other->second->name + "' and '" + method.name + "' of " + owner +
            " both have WmiMethodId " + std::to_string(method.id));
  }
}

void SchemaBuilder::check_guids() {
  std::unordered_map<Guid, const Work*> seen;
  for (const auto& work : works_) {
    if (!work->cls->has_guid) continue;
    const auto [other, fresh] = seen.emplace(work->cls->guid, work.get());
    if (fresh) continue;
    const Work& later = work->node != nullptr ? *work : *other->second;
    const Work& earlier = work->node != nullptr ? *other->second : *work;
    diagnostics_.warning(later.where, "class '" + later.cls->name + "' has the guid of class '" +
                                          earlier.cls->name + "'");
  }
}

bool SchemaBuilder::compute_layouts() {
  for (const auto& work : works_) work->color = kUnseen;
  bool ok = true;
  for (const auto& work : works_) ok = visit(*work) && ok;
  return ok;
}

// Depth-first over embedded classes without recursion: the nesting is the writer's choice.
bool SchemaBuilder::visit(Work& start) {
  if (start.color != kUnseen || start.shared) return true;
  bool ok = true;
  std::vector<std::pair<Work*, std::size_t>> path{{&start, 0}};
  start.color = kOpen;
  while (!path.empty()) {
    auto& [work, at] = path.back();
    if (at >= work->cls->properties.size()) {
      work->cls->layout = compute_layout(work->cls->properties);
      check_size(*work, work->cls->layout, "class '" + work->cls->name + "'");
      work->color = kDone;
      path.pop_back();
      if (!path.empty()) ++path.back().second;
      continue;
    }
    const Class* inner = work->cls->properties[at].object_class;
    Work* next = inner == nullptr ? nullptr : by_class_.at(inner);
    if (next == nullptr || next->color == kDone || next->shared) {
      ++at;
    } else if (next->color == kOpen) {
      report_cycle(path, next);
      ok = false;
      ++at;
    } else {
      next->color = kOpen;
      path.emplace_back(next, 0);
    }
  }
  return ok;
}

void SchemaBuilder::report_cycle(const std::vector<std::pair<Work*, std::size_t>>& path,
                                 const Work* again) {
  constexpr std::size_t kShown = 8;
  auto from =
      std::find_if(path.begin(), path.end(), [again](const auto& p) { return p.first == again; });
  std::string text;
  Position where;
  std::size_t shown = 0;
  for (; from != path.end(); ++from) {
    const auto& [work, at] = *from;
    if (++shown <= kShown) text += work->cls->name + "." + work->cls->properties[at].name + " -> ";
    if (shown == kShown + 1) text += "... -> ";
    if (where.file != Position::kNoFile) continue;
    // The member's place, or the class's where the member is inherited from a class without text.
    where = at < work->members.size() ? work->members[at].where : work->where;
  }
  diagnostics_.error(where,
                     "class '" + again->cls->name + "' embeds itself: " + text + again->cls->name);
}

void SchemaBuilder::check_size(const Work& work, const StructLayout& layout,
                               const std::string& what) {
  if (layout.c_size <= kMaxBlock && layout.fixed_size <= kMaxBlock) return;
  diagnostics_.error(work.where, "the block of " + what + " would be larger than 4 GiB");
}

void SchemaBuilder::layout_methods() {
  for (const auto& work : works_) {
    if (work->shared) continue;
    for (Method& method : work->cls->methods) {
      method.in_layout = compute_layout(method.in);
      method.out_layout = compute_layout(method.out);
      const std::string name = "method '" + work->cls->name + "." + method.name + "'";
      check_size(*work, method.in_layout, name);
      check_size(*work, method.out_layout, name);
    }
    for (const Property& property : work->cls->properties) {
      if (property.object_class != nullptr)
        by_class_.at(property.object_class)->used_as_member = true;
    }
  }
}

// Blocks need the length of every array.
void SchemaBuilder::check_counted(Work& work) {
  if (work.broken || !(work.marked_wmi || work.used_as_member)) return;
  for (std::size_t i = 0; i < work.members.size(); ++i) {
    const Member& member = work.members[i];
    if (!member.uncounted) continue;
    diagnostics_.error(member.where,
                       "'" + work.cls->properties[i].name + "' of class '" + work.cls->name +
                           "' has no number of elements: expected '[n]' or WmiSizeIs");
  }
}

void SchemaBuilder::decide_kind(Work& work) {
  if (work.node == nullptr) return;
  Class& cls = *work.cls;
  cls.kind = ClassKind::other;
  if (work.abstract) return;
  if (work.event) {
    if (cls.has_guid) cls.kind = ClassKind::event;
  } else if (!cls.methods.empty() && cls.properties.empty()) {
    if (cls.has_guid) cls.kind = ClassKind::methods;
  } else if (work.has_instance_name) {
    if (cls.has_guid) cls.kind = ClassKind::data_block;
  } else if (work.marked_wmi || work.used_as_member) {
    cls.kind = ClassKind::embedded;
  }
  if (cls.kind == ClassKind::other && work.marked_wmi && !work.broken) {
    diagnostics_.warning(work.where, "class '" + cls.name + "' has no guid, so it is not served");
  }
}

std::shared_ptr<const SchemaSet> SchemaBuilder::finish() {
  auto set = std::make_shared<SchemaSet>();
  for (const auto& work : works_) {
    const Class* cls = work->cls.get();
    if (work->node != nullptr) defined_.push_back(cls);
    set->by_name_[mof::lower_case(cls->name)] = cls;
    // Of two classes with one guid the one that was read last is found.
    if (cls->has_guid && (work->node != nullptr || !set->by_guid_.contains(cls->guid))) {
      set->by_guid_[cls->guid] = cls;
    }
    set->classes_.push_back(std::move(work->cls));
  }
  return set;
}

}  // namespace hbalab::wmi
