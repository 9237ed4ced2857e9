// Version, initiators, node name.
#include "calls.hpp"

using namespace hbalab;
using namespace hbalab::dsc_test;

TEST_CASE("the version of the interface") {
  ISCSI_VERSION_INFO info{};
  CHECK(GetIScsiVersionInformation(&info) == ERROR_SUCCESS);
  CHECK(info.MajorVersion == 6);
  CHECK(info.MinorVersion == 1);
  CHECK(GetIScsiVersionInformation(nullptr) == ERROR_INVALID_PARAMETER);
}

TEMPLATE_TEST_CASE("initiators are listed by their instance names", "", Wide, Narrow) {
  const auto world = World::open();
  const auto names = listed<TestType>(Call<TestType>::report_iscsi_initiator_list);
  CHECK(names == std::vector<std::string>{std::string(kHba0), std::string(kHba1)});
}

TEMPLATE_TEST_CASE("the node name is the computer's until somebody gives one", "", Wide, Narrow) {
  using Char = typename TestType::Char;
  const auto world = World::open();
  const auto get = [] {
    Char name[MAX_ISCSI_NAME_LEN + 1];
    REQUIRE(Call<TestType>::get_iscsi_initiator_node_name(name) == ERROR_SUCCESS);
    return ascii(name);
  };
  const std::string before = get();
  CHECK_THAT(before, Catch::StartsWith("iqn.1991-05.com.microsoft:"));
  CHECK(Call<TestType>::get_iscsi_initiator_node_name(nullptr) == ERROR_INVALID_PARAMETER);

  Text<TestType> mine("iqn.2026-01.org.example:mine");
  const auto status = Call<TestType>::set_iscsi_initiator_node_name(mine);
  CAPTURE(status);
  CHECK((status == ERROR_SUCCESS || status == ISDSC_OPERATION_REQUIRES_REBOOT));
  CHECK(get() == "iqn.2026-01.org.example:mine");
  Text<TestType> other("iqn.2026-01.org.example:other");
  CHECK((Call<TestType>::set_iscsi_initiator_node_name(other) & 0x0FFFFFFF) ==
        (status & 0x0FFFFFFF));
  CHECK(get() == "iqn.2026-01.org.example:other");

  Text<TestType> longer(std::string(MAX_ISCSI_NAME_LEN + 1, 'a'));
  CHECK(Call<TestType>::set_iscsi_initiator_node_name(longer) == ERROR_INVALID_PARAMETER);
  CHECK(get() == "iqn.2026-01.org.example:other");
  const auto reset = Call<TestType>::set_iscsi_initiator_node_name(nullptr);
  CHECK((reset == ERROR_SUCCESS || reset == ISDSC_OPERATION_REQUIRES_REBOOT));
  CHECK(get() == before);
}

TEST_CASE("text that is no UTF-8 is refused") {
  const auto world = World::open();
  char text[] = "iqn.2026-01.org.example:\xff\xfe";
  CHECK(SetIScsiInitiatorNodeNameA(text) == ERROR_INVALID_PARAMETER);
}
