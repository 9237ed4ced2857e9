// The same objects from C: the order of the methods is that of the C tables.
#include "c_client.h"
#include "client.hpp"

using namespace hbalab::vds_test;

TEST_CASE("a client in C") {
  const NothingLeft nothing_left;
  const auto world = World::open();
  CHECK(c_client_round_trip() == 0);
  CHECK(sessions(*world, kHba0) == 0);
  CHECK(stored_logins(*world, kHba0) == 0);
}
