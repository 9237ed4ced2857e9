// Declarations -> SchemaSet: resolves names, merges what is inherited, puts members into WmiDataId
// order, checks what the declarations say about each other, and computes layouts.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "wmi-model/model.hpp"
#include "wmi-model/mof/ast.hpp"
#include "wmi-model/mof/diagnostics.hpp"
#include "wmi-model/mof/preprocessor.hpp"

namespace hbalab::wmi {

class SchemaBuilder {
 public:
  SchemaBuilder(mof::Diagnostics& diagnostics, const mof::Sources& sources, mof::Budget& budget)
      : diagnostics_(diagnostics), sources_(sources), budget_(budget) {}

  // Null when there was an error, here or before.
  [[nodiscard]] std::shared_ptr<const SchemaSet> build(const std::vector<mof::ClassNode*>& nodes,
                                                       const SchemaSet* base);
  // The classes of the set that come from the nodes.
  [[nodiscard]] const std::vector<const Class*>& defined() const { return defined_; }

 private:
  using Position = mof::Position;

  // A property or parameter on its way into its list.
  struct Member {
    Property property;
    std::string counter;  // name of the counting member, as the class has it or as WmiSizeIs says
    Position where;       // of its name; nowhere for a class of the base set
    Position id_where;    // of its id
    Position counter_where;
    std::uint32_t order = 0;  // among members with one id, which an error is about
    bool has_id = false;
    bool uncounted = false;  // x[] without WmiSizeIs: fine in CIM, but in no driver's block
    bool broken = false;     // an error was told: what follows from it is not
  };
  struct Work {
    const mof::ClassNode* node = nullptr;  // null: from the base set
    std::shared_ptr<Class> cls;
    bool shared = false;  // `cls` is the base set's own and is not written to
    Work* base = nullptr;
    std::size_t depth = 0;        // number of bases above
    std::vector<Member> members;  // own ones, and inherited ones once `merged`
    std::vector<Position> method_where;
    Position where;
    bool broken = false;
    bool merged = false;
    bool has_instance_name = false;
    bool event = false;
    bool abstract = false;
    bool marked_wmi = false;  // qualifier WMI, or a guid, or any WmiDataId
    bool used_as_member = false;
    std::uint8_t color = 0;  // of the depth-first searches
  };

  // builder.cpp
  void take_base(const SchemaSet& base, bool share);
  void add_nodes(const std::vector<mof::ClassNode*>& nodes);
  void link_bases();
  void check_guids();
  std::vector<Work*> base_order();
  void merge(Work& work);
  void inherit(Work& work);
  bool compute_layouts();
  bool visit(Work& start);
  void report_cycle(const std::vector<std::pair<Work*, std::size_t>>& path, const Work* again);
  void layout_methods();
  void check_size(const Work& work, const StructLayout& layout, const std::string& what);
  void check_counted(Work& work);
  void decide_kind(Work& work);
  std::shared_ptr<const SchemaSet> finish();
  [[nodiscard]] Work* find(std::string_view name);

  // builder_class.cpp
  void read_class(Work& work);
  void class_qualifiers(Work& work);
  void read_members(Work& work);
  void read_method(Work& work, const mof::MemberNode& node);
  void number_parameters(std::vector<Member>& in, std::vector<Member>& out,
                         const std::string& name);
  void arrange(std::vector<Member>& members, const std::string& owner, bool contiguous,
               std::vector<Property>& out);
  void check_ids(const std::vector<Member>& members, const std::string& owner);
  void link_counters(const std::vector<Member>& members, const std::string& owner,
                     std::vector<Property>& out);

  // builder_member.cpp
  Member read_member(const mof::MemberNode& node, const std::string& owner);
  void member_type(const mof::MemberNode& node, const std::string& label, Member& member);
  void member_array(const mof::MemberNode& node, const std::string& label, Member& member);
  void member_qualifiers(const mof::MemberNode& node, const std::string& label, Member& member);
  void member_default(const mof::MemberNode& node, const std::string& label, Member& member);
  [[nodiscard]] const Class* class_of(std::string_view name, const Position& where,
                                      const std::string& label);

  mof::Diagnostics& diagnostics_;
  const mof::Sources& sources_;
  mof::Budget& budget_;
  std::vector<std::unique_ptr<Work>> works_;
  std::unordered_map<std::string, Work*> by_name_;
  std::unordered_map<const Class*, Work*> by_class_;
  std::vector<const Class*> defined_;
};

namespace mof {

[[nodiscard]] Qualifiers convert_qualifiers(const List<QualifierNode>& nodes,
                                            Diagnostics& diagnostics);
[[nodiscard]] const QualifierNode* find_qualifier(const List<QualifierNode>& nodes,
                                                  std::string_view name);
// The names of a property's values, or null when it has none.
[[nodiscard]] std::shared_ptr<const EnumTable> make_enum_table(const List<QualifierNode>& nodes,
                                                               CimType type,
                                                               const std::string& label,
                                                               Diagnostics& diagnostics);

}  // namespace mof
}  // namespace hbalab::wmi
