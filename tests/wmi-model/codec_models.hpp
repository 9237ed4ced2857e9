// Hand-made classes of the shapes that the codec meets, shared by its tests and fuzz targets.
#pragma once

#include "tests/wmi-model/model_builder.hpp"

namespace hbalab::wmi::test {

struct Models {
  std::unique_ptr<Class> address = make_class(
      "ISCSI_IP_Address",
      {Prop("Type", CimType::uint32)
           .names({{0, "TextAddress", ""}, {1, "IpV4", ""}, {2, "IpV6", ""}, {3, "Empty", ""}}),
       Prop("IpV4Address", CimType::uint32).hex(), Prop("IpV6Address", CimType::uint8).fixed(16),
       Prop("IpV6FlowInfo", CimType::uint32), Prop("IpV6ScopeId", CimType::uint32),
       Prop("TextAddress", CimType::string).max_len(256)},
      Shorthand::address);
  std::unique_ptr<Class> portal =
      make_class("ISCSI_TargetPortal",
                 {Prop("Address", *address), Prop("Reserved", CimType::uint32).default_to("0"),
                  Prop("Socket", CimType::uint16).default_to("3260")},
                 Shorthand::portal);
  std::unique_ptr<Class> lun = make_class(
      "ISCSI_LUNList", {Prop("OSLUN", CimType::uint32), Prop("TargetLUN", CimType::uint64).hex()});
  std::unique_ptr<Class> mapping =
      make_class("ISCSI_TargetMapping",
                 {Prop("OSBus", CimType::uint32), Prop("OSTarget", CimType::uint32),
                  Prop("UniqueSessionId", CimType::uint64), Prop("LUNCount", CimType::uint32),
                  Prop("TargetName", CimType::string).max_len(223),
                  Prop("FromPersistentLogin", CimType::boolean), Prop("Reserved", CimType::uint64),
                  Prop("LUNList", *lun).counted_by("LUNCount")});
  std::unique_ptr<Class> login = make_class(
      "ISCSI_Persistent_Login",
      {Prop("TargetName", CimType::string).max_len(223),
       Prop("SecurityFlags", CimType::uint64)
           .hex()
           .names({{1, "TUNNEL", ""}, {2, "TRANSPORT", ""}, {4, "PFS", ""}, {64, "VALID", ""}},
                  true),
       Prop("InitiatorPortNumber", CimType::uint32), Prop("UsernameSize", CimType::uint32),
       Prop("IsInformationalSession", CimType::boolean), Prop("UniqueIdForISID", CimType::uint16),
       Prop("TargetPortal", *portal), Prop("TargetMapping", *mapping),
       Prop("Username", CimType::uint8).counted_by("UsernameSize").text()});
  std::unique_ptr<Class> logins =
      make_class("MSiSCSI_PersistentLogins",
                 {Prop("PersistentLoginCount", CimType::uint32), Prop("Reserved", CimType::uint32),
                  Prop("PersistentLogins", *login).counted_by("PersistentLoginCount")});
  // Every type, with padding in the middle and at the end.
  std::unique_ptr<Class> scalars = make_class(
      "Scalars",
      {Prop("Flag", CimType::boolean), Prop("S64", CimType::sint64), Prop("S8", CimType::sint8),
       Prop("U16", CimType::uint16), Prop("S16", CimType::sint16), Prop("Char", CimType::char16),
       Prop("S32", CimType::sint32), Prop("U64", CimType::uint64).hex(),
       Prop("R32", CimType::real32), Prop("R64", CimType::real64), Prop("When", CimType::datetime),
       Prop("Name", CimType::string).max_len(7), Prop("Isid", CimType::uint8).fixed(6),
       Prop("Words", CimType::uint16).fixed(3), Prop("Flags", CimType::boolean).fixed(2),
       Prop("U8", CimType::uint8)});
  // Strings without a limit, members behind variable ones, a tail in an element of an array.
  std::unique_ptr<Class> inner = make_class(
      "Inner", {Prop("N", CimType::uint8), Prop("Texts", CimType::string).counted_by("N"),
                Prop("Wide", CimType::uint64)});
  std::unique_ptr<Class> tree = make_class(
      "Tree", {Prop("Count", CimType::uint16), Prop("Title", CimType::string),
               Prop("Inners", *inner).counted_by("Count"), Prop("After", CimType::uint32),
               Prop("Bytes", CimType::uint8).counted_by("After"), Prop("Only", *inner),
               Prop("Pair", *inner).fixed(2), Prop("Last", CimType::uint8)});
  std::unique_ptr<Class> nothing = make_class("Nothing", {});
  std::unique_ptr<Class> empties =
      make_class("Empties", {Prop("N", CimType::sint32), Prop("None", *nothing).counted_by("N"),
                             Prop("One", *nothing), Prop("Tail", CimType::uint8)});
};

}  // namespace hbalab::wmi::test
