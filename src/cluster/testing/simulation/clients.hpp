#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "cluster/testing/simulation/partition_history.hpp"
#include "cluster/testing/simulation/world.hpp"

namespace hourglass::cluster::simulation {

/// Clients that send events, and send them again with their key where they got no answer; and the replicas
/// that bring the events into the log, in another order than they were numbered, twice, late, or not at all.
class Clients {
 public:
  Clients(World& world, std::vector<PartitionHistory>& logs);

  /// A client sends something: again, or for the first time.
  void send();

  /// A replica goes on with what it has taken.
  void produce();

  /// What was on its way in the network for longer than it needed arrives.
  void arrive();

  /// A replica dies: what it has not sent is gone, and its successor draws another boot id.
  void lose_replica();

  /// A leader with another clock.
  void change_leader(Partition partition);
  [[nodiscard]] LogTime log_time(Partition partition) const;

  /// No new events; what is under way ends.
  void finish();

  struct Acknowledged {
    Partition partition;
    Intention intention;
  };
  [[nodiscard]] const std::vector<Acknowledged>& acknowledged() const { return acknowledged_; }

 private:
  static constexpr std::size_t kNoKey = SIZE_MAX;

  /// What a client asks for; `key` is an index into keys_.
  struct Request {
    Intention intention = 0;
    std::uint64_t user = 0;
    core::Hour hour;
    core::Kind kind{};
    std::size_t key = kNoKey;
    unsigned tries_left = 0;
  };
  struct Retry {
    std::int64_t due;
    Request request;
  };
  /// A record that a replica has numbered.
  struct Queued {
    std::int64_t since;
    Partition partition;
    CountedEvent event;
    Request request;
  };
  struct Replica {
    BootId boot;
    std::vector<std::uint64_t> sequences;
    std::vector<Queued> numbered;             // its threads race to queue them
    std::vector<std::vector<Queued>> queues;  // by partition
  };
  struct Copy {
    std::int64_t due;
    Partition partition;
    CountedEvent event;
    Intention intention;
    std::size_t key;
  };
  struct Key {
    std::uint64_t user;
    std::int64_t landed = -1;  // log time of its last occurrence
    unsigned open = 0;         // attempts and retries under way
  };

  Replica make_replica();
  Request new_request();
  std::size_t choose_key(std::uint64_t& user);
  void submit(const Request& request);
  void answer(const Queued& queued, bool is_persisted);
  void acknowledge(const Queued& queued);
  void give_up(std::vector<Queued>& waiting);
  void deliver(std::vector<Queued>& queue);
  void append(Partition partition, const CountedEvent& event, Intention intention, std::size_t key);

  World& world_;
  std::vector<PartitionHistory>& logs_;
  std::vector<std::int64_t> clock_errors_;  // of the partitions' leaders
  std::vector<Replica> replicas_;
  std::vector<Copy> copies_;
  std::vector<Retry> retries_;
  std::vector<Key> keys_;
  Intention last_intention_ = 0;
  std::vector<Acknowledged> acknowledged_;
};

}  // namespace hourglass::cluster::simulation
