#include "tests/conformance/lab_requests.hpp"

namespace hbalab::conform {

using wmi::MinorFunction;

wmi::WnodeBuffer pack(const Request& request, const wmi::InstanceKey& key, std::size_t room) {
  switch (request.minor) {
    case MinorFunction::query_all_data:
      return wmi::pack_query_all(request.guid, room);
    case MinorFunction::query_single_instance:
      return wmi::pack_query_single(request.guid, key, room);
    case MinorFunction::change_single_instance:
      return wmi::pack_set_single(request.guid, key, request.data);
    case MinorFunction::change_single_item:
      return wmi::pack_set_item(request.guid, key, request.id, request.data);
    case MinorFunction::execute_method:
      return wmi::pack_method(request.guid, key, request.id, request.data, room);
    default:
      return wmi::pack_control(request.guid);
  }
}

bool answers_data(MinorFunction minor) {
  return minor == MinorFunction::query_all_data || minor == MinorFunction::query_single_instance ||
         minor == MinorFunction::execute_method;
}

std::size_t overhead_of(const Request& request, const Place& place) {
  if (!answers_data(request.minor)) return 0;
  return pack({request.minor, request.guid, {}, {}, 0, {}, 0, {}}, place.key, 0).capacity();
}

}  // namespace hbalab::conform
