#include "http/server.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/resource.h>

#include "http/worker.hpp"

namespace hourglass::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Descriptors that the rest of the program needs: files, logs, a reserve.
constexpr std::size_t kReservedDescriptors = 64;

/// Connections beyond the limit that are told so and given time to read it; further ones are told, but not
/// waited for.
constexpr std::size_t kMaxRefusals = 64;

/// How long accepting pauses when the system has no descriptors left.
constexpr std::chrono::milliseconds kAcceptPause{100};

constexpr int kBacklog = 4096;  // the kernel cuts it to net.core.somaxconn

/// How many connections the descriptors allow, after the soft limit has been raised as far as it goes.
std::size_t connections_allowed(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return wanted;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const std::size_t kept = kReservedDescriptors + kMaxRefusals;
  const std::size_t allowed = limit.rlim_cur > kept ? limit.rlim_cur - kept : 1;
  return std::min(wanted, allowed);
}

}  // namespace

/// The listening socket, which lives on the first worker's thread, and the workers.
class Server::Implementation {
 public:
  Implementation(ServerSettings settings, Services services)
      : settings_(std::move(settings)), services_(std::move(services)), workers_(make_workers()) {}

  base::StartResult<void> listen() {
    const std::string where = settings_.address + " port " + std::to_string(settings_.port);
    boost::system::error_code error;
    const auto address = asio::ip::make_address(settings_.address, error);
    if (error)
      return base::fail_start("http.address " + settings_.address + " is not an IP address");
    const tcp::endpoint endpoint(address, settings_.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error)
      acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error)
      acceptor_.bind(endpoint, error);
    if (!error)
      acceptor_.listen(kBacklog, error);
    if (!error)
      acceptor_.non_blocking(true, error);
    if (!error)  // else accepting would wait for the next connection instead of telling
      acceptor_.set_option(asio::socket_base::enable_connection_aborted(true), error);
    if (error)
      return base::fail_start("cannot listen on " + where + ": " + error.message());
    port_ = acceptor_.local_endpoint().port();
    return {};
  }

  void run() {
    if (served_.count() < settings_.max_connections)
      services_.log.write(ports::LogLevel::warning, "file descriptors allow fewer connections",
                          {{"connections", static_cast<std::int64_t>(served_.count())}});
    accept();
    for (const auto& worker : workers_)
      worker->start();
  }

  void stop() {
    if (stopped_.exchange(true))
      return;
    asio::post(workers_.front()->io(), [this] { stop_accepting(); });
    accepted_last_.get_future().wait();
    for (const auto& worker : workers_)
      worker->drain();
    for (const auto& worker : workers_)
      worker->join();
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

  [[nodiscard]] std::vector<ports::MetricFamily> metrics() const {
    std::vector<const Statistics*> threads;
    for (const auto& worker : workers_)
      threads.push_back(&worker->statistics());
    return http_metrics(threads, served_.taken() + refused_.taken());
  }

 private:
  std::vector<std::unique_ptr<Worker>> make_workers() {
    std::vector<std::unique_ptr<Worker>> workers;
    for (std::size_t i = 0; i < settings_.threads; ++i)
      workers.push_back(std::make_unique<Worker>(settings_, services_, batch_memory_, exports_));
    return workers;
  }

  void accept() {
    accepting_ = true;
    Worker& worker = next_worker();
    acceptor_.async_accept(worker.io(),
                           [this, &worker](const boost::system::error_code& error, tcp::socket socket) {
                             accepting_ = false;
                             if (!error)
                               adopt(worker, std::move(socket));
                             go_on_accepting(error);
                           });
  }

  void go_on_accepting(const boost::system::error_code& error) {
    if (stopping_)
      return accept_last();
    if (!error || error == asio::error::connection_aborted)
      return accept();
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](const boost::system::error_code& cancelled) {
      if (!cancelled && !stopping_)
        accept();
    });
  }

  void stop_accepting() {
    stopping_ = true;
    pause_.cancel();
    if (!accepting_)
      return accept_last();
    boost::system::error_code ignored;  // the operation may have accepted a connection already
    acceptor_.cancel(ignored);
  }

  /// Takes the connections that the kernel has accepted already, since their requests may have arrived, and
  /// closes. There are no more than the backlog holds, however many come meanwhile.
  void accept_last() {
    for (int i = 0; i <= kBacklog; ++i) {
      Worker& worker = next_worker();
      boost::system::error_code error;
      tcp::socket socket = acceptor_.accept(worker.io(), error);
      if (!error)
        adopt(worker, std::move(socket));
      else if (error != asio::error::connection_aborted)
        break;
    }
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    // Behind what adopt() has posted, so that no worker is told to drain before it has its last connection.
    asio::post(workers_.front()->io(), [this] { accepted_last_.set_value(); });
  }

  /// Hands the socket to the worker for whose thread it was accepted.
  void adopt(Worker& worker, tcp::socket socket) {
    if (auto place = served_.take())
      return worker.adopt(std::move(socket), std::move(place), std::nullopt);
    const base::Error refusal{base::ErrorCode::overloaded, "too many connections are open"};
    if (auto place = refused_.take())
      return worker.adopt(std::move(socket), std::move(place), refusal);
    workers_.front()->turn_away(std::move(socket), refusal);
  }

  Worker& next_worker() { return *workers_[next_worker_++ % workers_.size()]; }

  const ServerSettings settings_;
  const Services services_;
  BatchMemory batch_memory_{settings_.max_batch_memory};
  Places served_{connections_allowed(settings_.max_connections)};
  Places refused_{kMaxRefusals};
  std::vector<std::unique_ptr<Worker>> workers_;
  ExportThreads exports_{services_.exporter};  // behind the workers, to which its threads give
  tcp::acceptor acceptor_{workers_.front()->io()};
  asio::steady_timer pause_{workers_.front()->io()};
  std::size_t next_worker_ = 0;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopped_{false};
  bool accepting_ = false;  // an operation is under way
  bool stopping_ = false;
  std::promise<void> accepted_last_;
};

Server::Server(std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}

Server::~Server() {
  stop();
}

base::StartResult<std::unique_ptr<Server>> Server::start(ServerSettings settings, Services services) {
  auto implementation = std::make_unique<Implementation>(std::move(settings), std::move(services));
  if (auto listening = implementation->listen(); !listening)
    return base::unexpected(listening.error());
  implementation->run();
  return std::unique_ptr<Server>(new Server(std::move(implementation)));
}

std::uint16_t Server::port() const {
  return implementation_->port();
}

void Server::stop() {
  implementation_->stop();
}

std::vector<ports::MetricFamily> Server::metrics() const {
  return implementation_->metrics();
}

}  // namespace hourglass::http
