#include "vds/operation.hpp"

#include <algorithm>
#include <system_error>
#include <thread>

#include "vds/hresults.hpp"

namespace hbalab::vds {
namespace {

class Async final : public Object<IVdsAsync, IID_IVdsAsync> {
 public:
  explicit Async(std::shared_ptr<Operation> operation) : operation_(std::move(operation)) {}

  HRESULT STDMETHODCALLTYPE Cancel() override {
    return guarded([&] { return operation_->cancel(); });
  }
  HRESULT STDMETHODCALLTYPE Wait(HRESULT* result, VDS_ASYNC_OUTPUT* out) override {
    return guarded([&] {
      if (const HRESULT bad = clear_out(result, out); FAILED(bad)) return bad;
      *result = operation_->wait();
      out->type = operation_->type();
      return S_OK;
    });
  }
  HRESULT STDMETHODCALLTYPE QueryStatus(HRESULT* result, ULONG* percent) override {
    return guarded([&] {
      if (const HRESULT bad = clear_out(result, percent); FAILED(bad)) return bad;
      const auto status = operation_->status();
      *result = status.result;
      *percent = status.percent;
      return S_OK;
    });
  }

 private:
  const std::shared_ptr<Operation> operation_;
};

}  // namespace

void Operation::expect(ULONG steps) {
  const std::scoped_lock lock(mutex_);
  steps_ = done_ + steps;
}

bool Operation::go_on() {
  const std::scoped_lock lock(mutex_);
  return !cancelled_;
}

bool Operation::go_on_to_the_end() {
  const std::scoped_lock lock(mutex_);
  if (!cancelled_) too_late_ = true;
  return !cancelled_;
}

void Operation::step_done() {
  const std::scoped_lock lock(mutex_);
  ++done_;
}

void Operation::finish(HRESULT result) {
  const std::scoped_lock lock(mutex_);
  result_ = cancelled_ ? VDS_E_OPERATION_CANCELED : result;
  over_ = true;
  running_.reset();
  finished_.notify_all();
}

HRESULT Operation::cancel() {
  const std::scoped_lock lock(mutex_);
  if (cancelled_) return VDS_E_OPERATION_CANCELED;
  if (too_late_ || over_) return VDS_E_CANCEL_TOO_LATE;
  cancelled_ = true;
  return S_OK;
}

HRESULT Operation::wait() {
  std::unique_lock lock(mutex_);
  finished_.wait(lock, [this] { return over_; });
  return result_;
}

Operation::Status Operation::status() {
  const std::scoped_lock lock(mutex_);
  if (over_) return {result_, 100};
  const ULONG percent = steps_ == 0 ? 0 : static_cast<ULONG>(std::uint64_t{100} * done_ / steps_);
  return {VDS_E_OPERATION_PENDING, std::min<ULONG>(percent, 99)};
}

HRESULT start_operation(VDS_ASYNC_OUTPUT_TYPE type, std::function<HRESULT(Operation&)> body,
                        IVdsAsync** async) {
  const auto operation = std::make_shared<Operation>(type);
  Reference<IVdsAsync> object(new Async(operation));
  try {
    std::thread([operation, body = std::move(body)]() mutable {
      const HRESULT result = guarded([&] { return body(*operation); });
      body = nullptr;  // what it holds goes before somebody learns that it is over
      operation->finish(result);
    }).detach();
  } catch (const std::system_error&) {
    return HRESULT_FROM_WIN32(ERROR_NO_SYSTEM_RESOURCES);
  }
  *async = object.detach();
  return S_OK;
}

}  // namespace hbalab::vds
