// The lab of these tests.
#pragma once

#include <string_view>

namespace hbalab::dsc_test {

inline constexpr std::string_view kDefaultLab = R"({
  "name": "dsc", "seed": 7,
  "adapters": [
    { "name": "hba0",
      "device_instance": "PCI\\VEN_1077&DEV_4010&SUBSYS_01221077&REV_03\\3&11583659&0&08",
      "vendor_id": "Example", "vendor_model": "EX4010",
      "functionality": [ "ISCSI_HBA_PRESHARED_KEY_CACHE", "ISCSI_HBA_ISCSI_AUTHENTICATION_CACHE",
                         "ISCSI_HBA_IPSEC_TUNNEL_MODE", "ISCSI_HBA_CHAP_VIA_RADIUS",
                         "ISCSI_HBA_ISNS_DISCOVERY" ],
      "ports": [ { "address": "192.0.2.1", "mac": "02:00:00:00:00:01" },
                 { "address": "2001:db8::1", "mac": "02:00:00:00:00:02" } ],
      "nvram": { "slots": 64 }, "timing": { "login_timeout": "500ms" } },
    { "name": "hba1",
      "device_instance": "PCI\\VEN_1077&DEV_4010&SUBSYS_01221077&REV_03\\3&11583659&0&10",
      "vendor_id": "Example", "vendor_model": "EX4010",
      "ports": [ { "address": "192.0.2.2", "mac": "02:00:00:00:01:01" } ],
      "nvram": { "slots": 4 }, "timing": { "login_timeout": "500ms" } } ],
  "hosts": { "array.example": "192.0.2.10" },
  "targets": [
    { "name": "iqn.2026-01.org.example:disk1", "alias": "disk1",
      "portals": [ { "address": "192.0.2.10", "group": 1 }, { "address": "192.0.2.11", "group": 2 },
                   { "address": "2001:db8::10", "group": 1 } ],
      "luns": [ { "lun": 0, "blocks": 2048 }, { "lun": 1, "blocks": 4096 } ] },
    { "name": "iqn.2026-01.org.example:disk2", "portals": [ { "address": "192.0.2.12" } ],
      "luns": [ { "lun": 3 } ] },
    { "name": "iqn.2026-01.org.example:secure", "portals": [ { "address": "192.0.2.20" } ],
      "luns": [ { "lun": 0 } ],
      "chap": { "user": "operator", "secret": "fifteen-bytes-x" } },
    { "name": "iqn.2026-01.org.example:dead",
      "portals": [ { "address": "192.0.2.30", "state": "unreachable" } ],
      "luns": [ { "lun": 0 } ] } ]
})";

}  // namespace hbalab::dsc_test
