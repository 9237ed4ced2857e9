// The lab file's `hosts`.
#include "hba-sim/lab/config_fields.hpp"

namespace hbalab::lab {
namespace {

constexpr std::size_t kMaxHosts = 100'000;

}  // namespace

Field<LabConfig> hosts_field() {
  return {
      "hosts", "Names that the fabric resolves: host name to address.", false,
      [](Reader& reader, const JsonNode& node, LabConfig& owner) {
        if (node.type != JsonNode::Type::object) {
          return reader.mismatch(node, "an object of host names and addresses");
        }
        if (node.names.size() > kMaxHosts) {
          return reader.fail(node, "has more than " + std::to_string(kMaxHosts) + " names");
        }
        for (std::size_t i = 0; i < node.names.size() && !reader.full(); ++i) {
          const Reader::Step step(reader, std::string_view(node.names[i]));
          if (auto problem = check_host_name(node.names[i])) {
            reader.fail(node.children[i], "is not a host name; expected " + *problem);
            continue;
          }
          HostConfig host{node.names[i], {}};
          if (read_text(reader, node.children[i], TextRule{check_address_literal}, host.address)) {
            owner.hosts.push_back(std::move(host));
          }
        }
      },
      [](Definitions&) {
        return Json{{"type", "object"},
                    {"maxProperties", kMaxHosts},
                    {"additionalProperties", Json{{"type", "string"}}}};
      }};
}

}  // namespace hbalab::lab
