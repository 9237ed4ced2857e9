// The offsets that wmi-model packs by are those of the structures that miniports are compiled
// against.
#include <catch2/catch.hpp>
#include <cstddef>

#include "hba-sim/include/scsiwmi.h"
#include "hba-sim/include/storport.h"
#include "wmi-model/provider.hpp"
#include "wmi-model/wnode/wnode_layout.hpp"

namespace wnode = hbalab::wmi::wnode;

extern "C" int hbalab_port_c_sizes(unsigned long* sizes, int room);

TEST_CASE("WNODE offsets agree with wmistr.h") {
  CHECK(wnode::kBufferSize == offsetof(WNODE_HEADER, BufferSize));
  CHECK(wnode::kTimeStamp == offsetof(WNODE_HEADER, TimeStamp));
  CHECK(wnode::kGuid == offsetof(WNODE_HEADER, Guid));
  CHECK(wnode::kFlags == offsetof(WNODE_HEADER, Flags));
  CHECK(wnode::kHeaderSize == sizeof(WNODE_HEADER));
  CHECK(wnode::kAllDataBlockOffset == offsetof(WNODE_ALL_DATA, DataBlockOffset));
  CHECK(wnode::kAllInstanceCount == offsetof(WNODE_ALL_DATA, InstanceCount));
  CHECK(wnode::kAllNameOffsets == offsetof(WNODE_ALL_DATA, OffsetInstanceNameOffsets));
  CHECK(wnode::kAllFixedSize == offsetof(WNODE_ALL_DATA, FixedInstanceSize));
  CHECK(wnode::kAllFixedSize == offsetof(WNODE_ALL_DATA, OffsetInstanceDataAndLength));
  CHECK(wnode::kOffsetAndLengthSize == sizeof(OFFSETINSTANCEDATAANDLENGTH));
  CHECK(wnode::kNameOffset == offsetof(WNODE_SINGLE_INSTANCE, OffsetInstanceName));
  CHECK(wnode::kInstanceIndex == offsetof(WNODE_SINGLE_INSTANCE, InstanceIndex));
  CHECK(wnode::kInstanceDataOffset == offsetof(WNODE_SINGLE_INSTANCE, DataBlockOffset));
  CHECK(wnode::kInstanceDataSize == offsetof(WNODE_SINGLE_INSTANCE, SizeDataBlock));
  CHECK(wnode::kInstanceVariable == sizeof(WNODE_SINGLE_INSTANCE));
  CHECK(wnode::kItemId == offsetof(WNODE_SINGLE_ITEM, ItemId));
  CHECK(wnode::kItemId == offsetof(WNODE_METHOD_ITEM, MethodId));
  CHECK(wnode::kItemDataOffset == offsetof(WNODE_SINGLE_ITEM, DataBlockOffset));
  CHECK(wnode::kItemDataOffset == offsetof(WNODE_METHOD_ITEM, DataBlockOffset));
  CHECK(wnode::kItemDataSize == offsetof(WNODE_SINGLE_ITEM, SizeDataItem));
  CHECK(wnode::kItemDataSize == offsetof(WNODE_METHOD_ITEM, SizeDataBlock));
  CHECK(wnode::kItemVariable == offsetof(WNODE_SINGLE_ITEM, VariableData));
  CHECK(wnode::kItemVariable == offsetof(WNODE_METHOD_ITEM, VariableData));
  CHECK(wnode::kNameOffset == offsetof(WNODE_METHOD_ITEM, OffsetInstanceName));
  CHECK(wnode::kSizeNeeded == offsetof(WNODE_TOO_SMALL, SizeNeeded));
  CHECK(wnode::kTooSmallSize == sizeof(WNODE_TOO_SMALL));
}

TEST_CASE("registration offsets agree with wmistr.h") {
  CHECK(wnode::kRegBufferSize == offsetof(WMIREGINFOW, BufferSize));
  CHECK(wnode::kRegNext == offsetof(WMIREGINFOW, NextWmiRegInfo));
  CHECK(wnode::kRegRegistryPath == offsetof(WMIREGINFOW, RegistryPath));
  CHECK(wnode::kRegMofResource == offsetof(WMIREGINFOW, MofResourceName));
  CHECK(wnode::kRegGuidCount == offsetof(WMIREGINFOW, GuidCount));
  CHECK(wnode::kRegGuids == sizeof(WMIREGINFOW));
  CHECK(wnode::kRegGuidFlags == offsetof(WMIREGGUIDW, Flags));
  CHECK(wnode::kRegGuidInstanceCount == offsetof(WMIREGGUIDW, InstanceCount));
  CHECK(wnode::kRegGuidInstanceInfo == offsetof(WMIREGGUIDW, InstanceInfo));
  CHECK(wnode::kRegGuidSize == sizeof(WMIREGGUIDW));
}

TEST_CASE("flags and minor functions agree with wmistr.h") {
  CHECK(wnode::kFlagAllData == WNODE_FLAG_ALL_DATA);
  CHECK(wnode::kFlagSingleInstance == WNODE_FLAG_SINGLE_INSTANCE);
  CHECK(wnode::kFlagSingleItem == WNODE_FLAG_SINGLE_ITEM);
  CHECK(wnode::kFlagEventItem == WNODE_FLAG_EVENT_ITEM);
  CHECK(wnode::kFlagFixedInstanceSize == WNODE_FLAG_FIXED_INSTANCE_SIZE);
  CHECK(wnode::kFlagTooSmall == WNODE_FLAG_TOO_SMALL);
  CHECK(wnode::kFlagStaticInstanceNames == WNODE_FLAG_STATIC_INSTANCE_NAMES);
  CHECK(wnode::kFlagEventReference == WNODE_FLAG_EVENT_REFERENCE);
  CHECK(wnode::kFlagAnsiInstanceNames == WNODE_FLAG_ANSI_INSTANCENAMES);
  CHECK(wnode::kFlagMethodItem == WNODE_FLAG_METHOD_ITEM);
  CHECK(wnode::kRegFlagInstanceList == WMIREG_FLAG_INSTANCE_LIST);
  CHECK(wnode::kRegFlagInstanceBasename == WMIREG_FLAG_INSTANCE_BASENAME);
  CHECK(wnode::kRegFlagInstancePdo == WMIREG_FLAG_INSTANCE_PDO);
  CHECK(wnode::kRegFlagEventOnly == WMIREG_FLAG_EVENT_ONLY_GUID);
  CHECK(wnode::kRegFlagRemoveGuid == WMIREG_FLAG_REMOVE_GUID);
  using hbalab::wmi::MinorFunction;
  CHECK(static_cast<int>(MinorFunction::query_all_data) == WMI_GET_ALL_DATA);
  CHECK(static_cast<int>(MinorFunction::change_single_item) == WMI_SET_SINGLE_ITEM);
  CHECK(static_cast<int>(MinorFunction::reginfo) == WMI_REGINFO);
  CHECK(static_cast<int>(MinorFunction::execute_method) == WMI_EXECUTE_METHOD);
}

TEST_CASE("C sees the same sizes as C++") {
  unsigned long sizes[16] = {};
  REQUIRE(hbalab_port_c_sizes(sizes, 16) == 8);
  CHECK(sizes[0] == sizeof(SCSI_WMI_REQUEST_BLOCK));
  CHECK(sizes[1] == sizeof(SCSI_REQUEST_BLOCK));
  CHECK(sizes[2] == sizeof(HW_INITIALIZATION_DATA));
  CHECK(sizes[3] == sizeof(PORT_CONFIGURATION_INFORMATION));
  CHECK(sizes[4] == sizeof(SCSI_WMILIB_CONTEXT));
  CHECK(sizes[5] == sizeof(SCSIWMI_REQUEST_CONTEXT));
  CHECK(sizes[6] == sizeof(WNODE_ALL_DATA));
  CHECK(sizes[7] == sizeof(SCSI_NOTIFICATION_TYPE));
}
