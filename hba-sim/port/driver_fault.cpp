#include "hba-sim/port/driver_fault.hpp"

#include <cxxabi.h>

#include <cstdio>
#include <cstdlib>
#include <typeinfo>

namespace hbalab::port {

thread_local DriverCall* DriverCall::innermost_ = nullptr;
DriverCall::Observer DriverCall::observer = nullptr;
thread_local const void* ServiceCaller::address_ = nullptr;

void raise_fault(std::string what) {
  if (DriverCall::innermost() != nullptr) throw DriverFault{std::move(what)};
  std::fprintf(stderr, "hbalab: code of a driver that the lab did not call: %s\n", what.c_str());
  std::abort();
}

std::string describe_exception() {
  try {
    throw;
  } catch (const DriverFault& fault) {
    return fault.what;
  } catch (const std::exception& error) {
    return std::string("threw an exception: ") + error.what();
  } catch (const abi::__forced_unwind&) {
    throw;
  } catch (...) {
    const std::type_info* type = abi::__cxa_current_exception_type();
    return std::string("threw an exception of type ") + (type != nullptr ? type->name() : "?");
  }
}

}  // namespace hbalab::port
