// What a report has of requests and answers: nothing of a secret (qualifier HbalabSecret), because
// reports are kept and sent around.
#pragma once

#include <span>

#include "tests/conformance/result.hpp"
#include "tests/conformance/subject.hpp"
#include "wmi-model/codec.hpp"

namespace hbalab::conform {

// The block with zeros in place of secrets; empty where it may have some and does not fit the
// shape.
[[nodiscard]] Bytes without_secrets(const wmi::Shape& shape, const Bytes& block);
// The data of a request, by the class and method that it is for.
[[nodiscard]] Bytes without_secrets(const wmi::SchemaSet& schema, const Request& request);
// Values by property, with null in place of secrets.
[[nodiscard]] Json without_secrets(std::span<const wmi::Property> properties, Json values);

}  // namespace hbalab::conform
