// What compilers make of the generated headers: every size, place and id is that of the layout.
#include <algorithm>
#include <set>

#include "compiled.hpp"
#include "tests/wmi-model/mof_support.hpp"
#include "tests/wmi-model/random_model.hpp"
#include "wmi-model/header.hpp"
#include "wmi-model/order.hpp"

using namespace mof_test;
using namespace header_test;

namespace {

std::vector<const Class*> all_of(const SchemaSet& schema) {
  std::vector<const Class*> classes;
  for (const auto& cls : schema.classes()) classes.push_back(cls.get());
  return classes;
}

// Compiles the header of the classes that the text defines, with all assertions.
void check_compiles(const MofResult& result) {
  CAPTURE(messages(result));
  REQUIRE(result.ok());
  const WorkDirectory place;
  const std::string header = write_header(*result.schema, result.defined, {"wmidata.h", "", "t"});
  place.write("wmidata.h", header);
  CAPTURE(header);
  CHECK(compile_everywhere(
            place, "#include \"wmidata.h\"\n" + assertions(*result.schema, result.defined)) == "");
}

std::string utf16(std::string_view text) {
  std::string out = "\xFF\xFE";
  for (const char c : text) (out += c) += '\0';
  return out;
}

constexpr std::string_view kDriver = R"(
#pragma namespace("\\\\.\\root\\wmi")
[WMI, guid("{A1B2C3D4-0000-1111-2222-333344445501}"), Description("One queue.") : amended]
class Vendor_Queue {
  [WmiDataId(1)] uint8 Level;
  [WmiDataId(2)] uint64 Depth;
  [WmiDataId(3), MaxLen(15)] string Name;
  [WmiDataId(4)] datetime Since;
  [WmiDataId(5)] boolean Flags[3];
};
[WMI, guid("{A1B2C3D4-0000-1111-2222-333344445502}")]
class Vendor_Unlimited {
  [WmiDataId(1)] uint8 Tag;
  [WmiDataId(2)] string Label;
  [WmiDataId(3)] uint32 After;
};
[WMI, guid("{A1B2C3D4-0000-1111-2222-333344445503}")]
class Vendor_Bytes {
  [WmiDataId(1)] uint8 Count;
  [WmiDataId(2), WmiSizeIs("Count")] uint8 Data[];
  [WmiDataId(3)] uint64 Sum;
};
[WMI, Dynamic, Provider("WMIProv"), guid("{A1B2C3D4-0000-1111-2222-333344445504}")]
class Vendor_Adapter {
  [key, read] string InstanceName;
  [read] boolean Active;
  [WmiDataId(2), read] Vendor_Queue Fixed[2];
  [WmiDataId(1), read] uint16 QueueCount;
  [WmiDataId(3), read] real64 Load;
  [WmiDataId(4), read] char16 Letter;
  [WmiDataId(5), read, MaxLen(7)] string Names[3];
  [WmiDataId(6), read, WmiSizeIs("QueueCount")] Vendor_Queue Queues[];
  [WmiDataId(7), read] Vendor_Bytes Behind;
};
[WMI, Dynamic, Provider("WMIProv"), guid("{A1B2C3D4-0000-1111-2222-333344445505}")]
class Vendor_Late {
  [key, read] string InstanceName;
  [WmiDataId(1), read] uint8 First;
  [WmiDataId(2), read] Vendor_Bytes Bytes;
  [WmiDataId(3), read] Vendor_Unlimited Text;
  [WmiDataId(4), read] sint8 Last;
};
[WMI, Dynamic, Provider("WMIProv"), guid("{A1B2C3D4-0000-1111-2222-333344445506}")]
class Vendor_Notice : WMIEvent {
  [key, read] string InstanceName;
  [WmiDataId(1), read] string Text;
};
[WMI, Dynamic, Provider("WMIProv"), guid("{A1B2C3D4-0000-1111-2222-333344445507}")]
class Vendor_Methods {
  [key, read] string InstanceName;
  [WmiMethodId(1)] void VendorReset();
  [WmiMethodId(2)] void VendorRead(
    [in] uint32 Address, [in, MaxLen(31)] string Path, [out] uint32 Status, [out] uint32 Size,
    [out, WmiSizeIs("Size")] uint8 Bytes[]);
  [WmiMethodId(7)] void VendorQueues([in, out] Vendor_Queue Queue, [out] real32 Ratio);
};
)";

// A class without its embedded ones, as a driver's MOF has it.
std::string class_text(const Class& cls) {
  std::string text = "[WMI] class " + cls.name + " {\n";
  for (const Property& property : cls.properties) {
    text += "  [WmiDataId(" + std::to_string(property.id) + ")";
    if (property.max_len != 0) text += ", MaxLen(" + std::to_string(property.max_len) + ")";
    if (property.count_index >= 0) {
      text += ", WmiSizeIs(\"" +
              cls.properties[static_cast<std::size_t>(property.count_index)].name + "\")";
    }
    text += "] ";
    text += property.object_class != nullptr ? property.object_class->name
                                             : std::string(cim_type_name(property.type));
    text += " " + property.name;
    if (property.array == ArrayKind::fixed) {
      text += "[" + std::to_string(property.fixed_count) + "]";
    } else if (property.array == ArrayKind::counted) {
      text += "[]";
    }
    text += ";\n";
  }
  return text + "};\n";
}

std::string mof_of(const Class& cls) {
  const Class* const roots[] = {&cls};
  std::string text;
  for (const Class* needed : in_order_of_need(roots, [](const Class& outer) {
         std::vector<const Class*> inner;
         for (const Property& property : outer.properties) {
           if (property.object_class != nullptr) inner.push_back(property.object_class);
         }
         return inner;
       })) {
    text += class_text(*needed);
  }
  return text;
}

}  // namespace

TEST_CASE("header: the built-in classes, in one header and in those of the WDK") {
  const auto schema = builtin_schema();
  const auto all = all_of(*schema);
  REQUIRE(all.size() == 53);
  const WorkDirectory place;
  place.write("all.h", write_header(*schema, all, {"all.h", "", ""}));
  std::set<std::string> headers;
  for (const Class* cls : all) headers.insert(cls->header);
  REQUIRE(headers.size() == 6);
  const auto classes_of = [&all](const std::string& name) {
    std::vector<const Class*> own;
    std::copy_if(all.begin(), all.end(), std::back_inserter(own),
                 [&name](const Class* cls) { return cls->header == name; });
    return own;
  };
  std::string split;
  for (const std::string& name : headers) {
    place.write(name, write_header(*schema, classes_of(name), {name, "", ""}));
    split += "#include <" + name + ">\n";
  }
  // Each by itself, and twice.
  for (const std::string& name : headers) {
    const std::string text = "#include <" + name + ">\n#include <" + name + ">\n";
    CHECK(compile_everywhere(place, text + assertions(*schema, classes_of(name))) == "");
  }
  CHECK(compile_everywhere(place, split + assertions(*schema, all)) == "");
  CHECK(compile_everywhere(place, "#include \"all.h\"\n" + assertions(*schema, all)) == "");
}

TEST_CASE("header: a driver's classes, from any encoding") {
  const bool wide = GENERATE(false, true);
  check_compiles(read(wide ? utf16(kDriver) : std::string(kDriver)));
}

TEST_CASE("header: a driver's class with classes of the WDK inside") {
  const auto base = builtin_schema();
  const MofResult result =
      read(R"([WMI, guid("{A1B2C3D4-0000-1111-2222-333344445508}")] class Vendor_Portal {
  [key, read] string InstanceName;
  [WmiDataId(1)] uint8 Index;
  [WmiDataId(2)] ISCSI_TargetPortal Portal;
  [WmiDataId(3)] ISCSI_TargetMapping Mapping;
  [WmiDataId(4)] uint16 Behind;
};)",
           {}, base);
  REQUIRE(result.ok());
  const WorkDirectory place;
  std::vector<const Class*> shared;
  for (const Class* cls : all_of(*result.schema)) {
    if (cls->header == "iscsidef.h") shared.push_back(cls);
  }
  place.write("iscsidef.h", write_header(*result.schema, shared, {"iscsidef.h", "", ""}));
  const std::string header = write_header(*result.schema, result.defined, {"wmidata.h", "", ""});
  CHECK(header.find("#include <iscsidef.h>\n") != std::string::npos);
  CHECK(header.find("_ISCSI_TargetPortal\n") == std::string::npos);
  place.write("wmidata.h", header);
  CHECK(compile_everywhere(
            place, "#include \"wmidata.h\"\n" + assertions(*result.schema, result.defined)) == "");
}

TEST_CASE("header: GUIDs are defined where INITGUID is, and declared elsewhere") {
  const MofResult result = read(kDriver);
  REQUIRE(result.ok());
  const WorkDirectory place;
  place.write("wmidata.h", write_header(*result.schema, result.defined, {"wmidata.h", "", ""}));
  std::string main = "#include <string.h>\n#include \"wmidata.h\"\nint main(void) {\n";
  for (const Class* cls : result.defined) {
    main +=
        "  { static const GUID given = " + cls->name + "Guid;\n    static const UCHAR bytes[] = {";
    for (const auto byte : cls->guid.bytes) main += std::to_string(byte) + ",";
    main += "};\n    if (memcmp(&given, bytes, 16) != 0 || memcmp(&" + cls->name +
            "_GUID, bytes, 16) != 0) return 1; }\n";
  }
  CHECK(run_program(place, main + "  return 0;\n}\n", "#include \"wmidata.h\"\n") == "");
}

TEST_CASE("header: random classes") {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    INFO("seed " << seed);
    hbalab::wmi::test::RandomModel random(seed);
    std::string text;
    for (int i = 0; i < 40; ++i) text += mof_of(random.make(random.pick(0, 3)));
    check_compiles(read(text));
  }
}
