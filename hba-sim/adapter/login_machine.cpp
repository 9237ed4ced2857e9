#include "hba-sim/adapter/login_machine.hpp"

#include <utility>

namespace hbalab::adapter {
namespace {

using fabric::ConnectResult;
using fabric::Keys;
using fabric::LoginResponse;
using iscsi::IsdscStatus;
using Kind = ChapCredentials::Kind;

constexpr std::uint8_t kSecurity = 0, kOperational = 1, kFullFeature = 3;

// "address[:port][,group]" (RFC 7143 13.8).
std::optional<Portal> redirect_target(const Keys& keys) {
  const auto address = find_key(keys, "TargetAddress");
  if (!address) return std::nullopt;
  return Portal::from_text(address->substr(0, address->find(',')));
}

std::string offered_auth(Kind kind) {
  switch (kind) {
    case Kind::none:
      return "None";
    case Kind::chap:
      return "CHAP,None";  // whether we have to prove ourselves is the target's affair
    case Kind::mutual:
      return "CHAP";
  }
  return "None";
}

}  // namespace

LoginMachine::LoginMachine(LoginHost& host, std::shared_ptr<Gate> gate, fabric::Fabric& fabric,
                           Clock& clock, ChallengeBook& book, LoginPlan plan, TimePoint deadline)
    : host_(host),
      gate_(std::move(gate)),
      fabric_(fabric),
      clock_(clock),
      book_(book),
      plan_(std::move(plan)),
      deadline_(deadline),
      negotiation_(plan_.offer),
      portal_(plan_.portal) {}

LoginMachine::~LoginMachine() { abort(); }

// A callback that continues here unless something else has been asked since.
template <typename Step>
auto LoginMachine::later(Step step) {
  return guarded(gate_, weak_from_this(),
                 [serial = serial_, step](LoginMachine& self, auto... arguments) {
                   if (self.serial_ == serial) step(self, std::move(arguments)...);
                 });
}

void LoginMachine::start() {
  deadline_timer_ = clock_.schedule(
      deadline_, guarded(gate_, weak_from_this(), [](LoginMachine& self) { self.on_deadline(); }));
  last_status_ = trouble_status(LoginTrouble::no_link);
  next_path();
}

void LoginMachine::abort() {
  drop_link();
  cancel_timers();
  stage_ = Stage::idle;
}

void LoginMachine::port_lost(std::uint32_t port) {
  if (stage_ == Stage::idle || path_ >= plan_.paths.size() || plan_.paths[path_].port != port)
    return;
  if (stage_ != Stage::connecting) return fail(LoginTrouble::link_lost);
  drop_link();
  last_status_ = trouble_status(LoginTrouble::no_link);
  ++path_;
  next_path();
}

void LoginMachine::next_path() {
  while (path_ < plan_.paths.size() && !host_.renew_path(plan_.paths[path_])) ++path_;
  if (path_ == plan_.paths.size())
    return fail(last_status_, trouble_failure(LoginTrouble::no_link));
  const auto& path = plan_.paths[path_];
  const auto status = host_.check_path(*this, path);
  if (status != iscsi::ISDSC_SUCCESS) return fail(status, {});
  connect(path);
}

void LoginMachine::connect(const LoginPath& path) {
  stage_ = Stage::connecting;
  ++serial_;
  sink_ = std::make_shared<LinkSink>();
  sink_->handler = [self = weak_from_this()](const fabric::LinkEvent& event) {
    if (const auto held = self.lock()) held->on_event(event);
  };
  auto on_event = [gate = gate_, sink = std::weak_ptr(sink_)](const fabric::LinkEvent& event) {
    gate->run([sink, event] {
      if (const auto held = sink.lock(); held && held->handler) held->handler(event);
    });
  };
  // A port that gets no answer at all must leave time for the others.
  const auto left = plan_.paths.size() - path_;
  if (left > 1) {
    const auto now = clock_.now();
    const auto share =
        deadline_ > now ? (deadline_ - now) / static_cast<Duration::rep>(left) : Duration{0};
    share_timer_ = clock_.schedule(now + share,
                                   later([](LoginMachine& self) { self.on_connect_share_over(); }));
  }
  link_ = fabric_.connect(
      path.address, portal_, std::move(on_event),
      later([](LoginMachine& self, ConnectResult result) { self.on_connected(result); }));
}

void LoginMachine::on_connect_share_over() {
  share_timer_ = 0;
  if (stage_ != Stage::connecting) return;
  drop_link();
  last_status_ = trouble_status(LoginTrouble::connect_timeout);
  ++path_;
  next_path();
}

void LoginMachine::on_connected(ConnectResult result) {
  if (share_timer_ != 0) clock_.cancel(std::exchange(share_timer_, 0));
  switch (result) {
    case ConnectResult::connected:
      break;
    case ConnectResult::unreachable:
    case ConnectResult::link_down:
      drop_link();
      last_status_ = connect_status(result);
      ++path_;
      return next_path();
    case ConnectResult::refused:
    case ConnectResult::name_unresolved:
      return fail(connect_status(result), trouble_failure(LoginTrouble::no_link));
  }
  stage_ = Stage::auth_offered;
  rounds_ = 0;
  auth_ = Kind::none;
  chap_.reset();
  group_.reset();
  target_alias_.clear();
  tsih_ = 0;
  negotiation_ = Negotiation(plan_.offer);
  auto keys = first_keys();
  send(std::move(keys), plan_.chap.kind == Kind::none);
}

Keys LoginMachine::first_keys() const {
  Keys keys{{"InitiatorName", plan_.initiator_name}};
  if (!plan_.initiator_alias.empty()) keys.emplace_back("InitiatorAlias", plan_.initiator_alias);
  if (!plan_.target_name.empty()) keys.emplace_back("TargetName", plan_.target_name);
  keys.emplace_back("SessionType", plan_.discovery() ? "Discovery" : "Normal");
  keys.emplace_back("AuthMethod", offered_auth(plan_.chap.kind));
  return keys;
}

void LoginMachine::on_deadline() {
  deadline_timer_ = 0;
  if (stage_ == Stage::idle) return;
  fail(stage_ == Stage::connecting ? LoginTrouble::connect_timeout : LoginTrouble::login_timeout);
}

void LoginMachine::on_event(const fabric::LinkEvent& event) {
  if (stage_ == Stage::idle) return;
  if (event.kind == fabric::LinkEvent::Kind::dropped) return fail(LoginTrouble::dropped);
  if (event.kind == fabric::LinkEvent::Kind::damaged_header) fail(LoginTrouble::protocol);
}

void LoginMachine::send(Keys keys, bool transit) {
  if (++rounds_ > kMaxRounds) return fail(LoginTrouble::too_many_rounds);
  const bool security = stage_ != Stage::operational;
  fabric::LoginRequest request;
  request.transit = transit;
  request.current_stage = security ? kSecurity : kOperational;
  request.next_stage = !transit ? 0 : security ? kOperational : kFullFeature;
  request.isid = plan_.paths[path_].isid;
  request.tsih = plan_.tsih;
  request.cid = plan_.cid;
  request.keys = std::move(keys);
  asked_transit_ = transit;
  ++serial_;
  fabric_.login(
      link_, std::move(request),
      later([](LoginMachine& self, const LoginResponse& response) { self.on_response(response); }));
}

bool LoginMachine::follows_rules(const LoginResponse& response) const {
  const bool security = stage_ != Stage::operational;
  if (response.current_stage != (security ? kSecurity : kOperational)) return false;
  if (!response.transit) return true;
  return asked_transit_ && response.next_stage == (security ? kOperational : kFullFeature);
}

void LoginMachine::on_response(const LoginResponse& response) {
  if (response.dropped) return fail(LoginTrouble::dropped);
  if (response.status_class == 1) return redirect(response);
  if (response.status_class != 0) {
    const bool proof_sent = stage_ == Stage::auth_response || auth_ != Kind::none;
    return fail(login_status(response.status_class, response.status_detail),
                refusal(response.status_class, response.status_detail, proof_sent));
  }
  if (!follows_rules(response)) return fail(LoginTrouble::protocol);
  if (const auto tag = find_key(response.keys, "TargetPortalGroupTag")) {
    const auto number = parse_number(*tag);
    if (!number || *number > 0xFFFF) {
      return fail(iscsi::ISDSC_INVALID_TEXT_KEY, trouble_failure(LoginTrouble::protocol));
    }
    group_ = static_cast<std::uint16_t>(*number);
  }
  if (const auto alias = find_key(response.keys, "TargetAlias")) target_alias_ = *alias;
  if (response.tsih != 0) tsih_ = response.tsih;
  if (stage_ == Stage::operational) return operational(response);
  security(response);
}

void LoginMachine::security(const LoginResponse& response) {
  switch (stage_) {
    case Stage::auth_offered:
      return auth_chosen(response);
    case Stage::auth_algorithm: {
      if (response.transit) return fail(LoginTrouble::protocol);
      auto answer = chap_->answer(response.keys);
      if (!answer) return fail(answer.error());
      stage_ = Stage::auth_response;
      return send(std::move(*answer), true);
    }
    case Stage::auth_response:
      if (plan_.chap.kind == Kind::mutual) {
        const auto proven = chap_->verify(response.keys);
        if (!proven) return fail(proven.error());
      }
      auth_ = plan_.chap.kind;
      chap_.reset();
      stage_ = Stage::auth_closing;
      [[fallthrough]];
    case Stage::auth_closing:
      if (response.transit) return begin_operational();
      return send({}, true);
    default:
      return fail(LoginTrouble::protocol);
  }
}

void LoginMachine::auth_chosen(const LoginResponse& response) {
  const auto method = find_key(response.keys, "AuthMethod");
  if (method && *method == "CHAP") {
    if (plan_.chap.kind == Kind::none || response.transit)
      return fail(LoginTrouble::auth_not_offered);
    chap_.emplace(plan_.chap, book_);
    stage_ = Stage::auth_algorithm;
    return send(ChapExchange::algorithms(), false);
  }
  // Without an answer to the offer nothing was agreed; that is as good as None, but not as CHAP.
  if ((method && *method != "None") || plan_.chap.kind == Kind::mutual) {
    return fail(LoginTrouble::auth_not_offered);
  }
  stage_ = Stage::auth_closing;
  if (response.transit) return begin_operational();
  send({}, true);
}

void LoginMachine::begin_operational() {
  stage_ = Stage::operational;
  const auto status = host_.may_commit(*this, plan_.paths[path_], group_);
  if (status != iscsi::ISDSC_SUCCESS) return fail(status, {});
  send(plan_.offer.keys(), true);
}

void LoginMachine::operational(const LoginResponse& response) {
  auto answers = negotiation_.take(response.keys);
  if (!answers) return fail(answers.error(), trouble_failure(LoginTrouble::protocol));
  if (!response.transit) return send(std::move(*answers), true);
  if (tsih_ == 0 || (plan_.tsih != 0 && tsih_ != plan_.tsih)) return fail(LoginTrouble::protocol);
  succeed();
}

void LoginMachine::redirect(const LoginResponse& response) {
  const auto status = login_status(response.status_class, response.status_detail);
  const auto target = redirect_target(response.keys);
  if (!target || ++redirects_ > kMaxRedirects) {
    LoginFailureInfo failure;
    failure.log = iscsi::ISCSI_ERR_INVALID_LOGIN_REDIRECT_DATA;
    return fail(status, failure);
  }
  drop_link();
  redirect_temporary_ = status != iscsi::ISDSC_TARGET_MOVED_PERMANENTLY;
  if (!redirect_temporary_) moved_permanently_ = *target;
  portal_ = *target;
  path_ = 0;
  next_path();
}

void LoginMachine::succeed() {
  LoginReport report;
  report.link = std::exchange(link_, 0);
  report.sink = std::move(sink_);
  report.path = plan_.paths[path_];
  report.portal = portal_;
  report.moved_permanently = moved_permanently_;
  report.redirected = redirects_ != 0;
  report.redirect_temporary = redirect_temporary_;
  report.result = negotiation_.result();
  report.auth = auth_;
  report.tsih = tsih_;
  report.group = group_;
  report.target_alias = target_alias_;
  abort();
  host_.finished(*this, std::move(report));
}

void LoginMachine::fail(IsdscStatus status, LoginFailureInfo failure) {
  abort();
  LoginReport report;
  report.status = status;
  report.portal = portal_;
  report.failure = failure;
  host_.finished(*this, std::move(report));
}

void LoginMachine::drop_link() {
  ++serial_;
  sink_.reset();
  chap_.reset();
  if (link_ != 0) fabric_.close(std::exchange(link_, 0));
  if (share_timer_ != 0) clock_.cancel(std::exchange(share_timer_, 0));
}

void LoginMachine::cancel_timers() {
  if (share_timer_ != 0) clock_.cancel(std::exchange(share_timer_, 0));
  if (deadline_timer_ != 0) clock_.cancel(std::exchange(deadline_timer_, 0));
}

}  // namespace hbalab::adapter
