// Calls of methods that ask a target: how much it has to say is known only when it has said it.
#pragma once

#include "hba-sim/miniport/operations.hpp"

namespace hbalab::miniport {

// Where the answer of such a call goes. One that finds no room is kept for the next pass.
class TargetCall {
 public:
  TargetCall(const MethodCall& call, iscsi::MSiSCSI_OperationsMethod method);
  // Whether the answer was kept from the pass before; the request has ended then.
  [[nodiscard]] bool answered_before() const;
  // Ends the request with a whole OUT block, or keeps the block and tells its size.
  void answer(Bytes out) const;

 private:
  void write(std::span<const std::uint8_t> out) const;

  Request* request_;
  std::uint8_t* out_;
  std::size_t room_;
  KeptAnswers::Key key_;
};

}  // namespace hbalab::miniport
