#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>

#include <gtest/gtest.h>

#include "adapters/redis/hot_reader.hpp"
#include "adapters/redis/hot_store.hpp"
#include "adapters/redis/testing/redis_server.hpp"
#include "base/testing/test_seed.hpp"
#include "cluster/testing/hot_store_place.hpp"

namespace hourglass::cluster {
namespace {

constexpr std::string_view kMulti = "*1\r\n$5\r\nMULTI\r\n";
constexpr std::string_view kExec = "*1\r\n$4\r\nEXEC\r\n";

/// A partition whose file is cut within its last script, as a power cut may leave it: between all commands,
/// and at every third byte, by the seed, which is enough to cut each command several times. The first start
/// gives what was before that script. What the second one gives, after something else was done, is
/// right, or is seen not to be; never a wrong number.
class RedisTornFileTest : public HotStoreContract {
 protected:
  using State = PartitionState;
  /// Does something to the store, and the same to the state.
  using Step = std::function<void(State&)>;

  void SetUp() override {
    settings_.endpoints = {server_.endpoint()};
    settings_.topic = "t";
    settings_.fingerprint = "f";
    settings_.partitions = kHotPartitions;
    settings_.window = kHotWindow;
    settings_.connect_limit = settings_.call_limit = std::chrono::seconds{20};
    store_ = std::make_unique<adapters::RedisHotStore>(settings_, kPartition);
    other_ = std::make_unique<adapters::RedisHotStore>(settings_, Partition{0});
    reader_ = std::make_unique<adapters::RedisHotReader>(settings_);
    log_ = {with_key(record(1), 1),
            record(2, 0, kBefore),
            with_identity(record(3), 1, 9),
            impression(record(1)),
            record(2),
            with_key(record(4), 2),
            record(5, 0, kBehind),
            record(2, 0, kBefore),
            record(4),
            with_key(record(6), 2),
            record(5, 0, kBehind),
            with_identity(record(7), 1, 8)};
    ASSERT_EQ(said(bring(*store_, State(kHotWindow), std::nullopt)), "yes");
    State state(kHotWindow);
    apply_up_to(kStored, state);
  }

  /// The records from where the state stands up to an offset.
  std::vector<Record> records(const State& state, Offset to) const {
    return {log_.begin() + state.position().next.value(), log_.begin() + to.value()};
  }

  void apply_up_to(Offset to, State& state) {
    const auto batch = records(state, to);
    const ApplyResult result = store_->apply(state.position().next, to, batch);
    ASSERT_TRUE(std::holds_alternative<Applied>(result)) << describe(result);
    state.apply(to, batch);
  }

  /// What the log gives up to there.
  State state_at(Offset to) const {
    State state(kHotWindow);
    state.apply(to, records(state, to));
    return state;
  }

  void drop(State& state) {
    ASSERT_EQ(said(store_->drop(kHour, state.position().next)), "yes");
    state.raise_floor(kHour);
  }

  /// By a copy that is older, and has fewer hours.
  void swap(State& state) {
    State copy = state_at(kCopied);
    copy.raise_floor(kHour);
    ASSERT_EQ(said(bring(*store_, copy, state.position().next)), "yes");
    state = copy;
  }

  void expect_is(const State& state) {
    EXPECT_EQ(load(), state.position());
    EXPECT_EQ(store_->floor(), state.floor());
    for (const core::Hour hour : {kBefore, kHour, kBehind})
      EXPECT_EQ(totals(hour), hour < state.floor() ? std::nullopt : std::optional(state.totals(hour)));
  }

  std::string file() const {
    std::ifstream stream(server_.append_only_file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  void start_with(const std::string& bytes) {
    server_.kill();
    std::ofstream(server_.append_only_file(), std::ios::binary) << bytes;
    server_.start();
  }

  void start_again() {
    server_.kill();
    server_.start();
  }

  /// `known`: what it may be; otherwise it has to be seen that it is none of them.
  void expect_one_of(const std::vector<State>& known) {
    const auto position = load();
    State state = known.front();
    if (position) {
      for (const State& each : known)
        state = each.position() == position && each.floor() == store_->floor() ? each : state;
    } else {
      ++torn_;
      for (const core::Hour hour : {kBefore, kHour, kBehind})
        EXPECT_EQ(totals(hour), std::nullopt);
      const Offset next = state.position().next;
      const ApplyResult result = store_->apply(next, kEnd, records(state, kEnd));
      std::optional<Offset> seen;  // nothing, as load() says; or as this one does
      if (const auto* corrupt = std::get_if<Corrupt>(&result); corrupt != nullptr)
        seen = torn_ % 2 == 0 ? std::optional(corrupt->next) : std::nullopt;
      else
        EXPECT_TRUE(std::holds_alternative<Moved>(result)) << describe(result);
      EXPECT_EQ(said(store_->drop(kBehind, kEnd)), "no");
      ASSERT_EQ(said(bring(*store_, state, seen)), "yes");
    }
    expect_is(state);
    apply_up_to(kEnd, state);
    expect_is(state);
    start_again();
    expect_is(state);
  }

  /// Brings in all of a copy but its last step, starts again, and then does that.
  void stage_and_start_again(State& state) {
    const auto copy = store_->begin_copy();
    const RememberedKey key{KeyDigest{1, 0, 0xff, '\n'}, LogTime{kTime}};
    const UserId user{1};
    ASSERT_TRUE((*copy)->put_keys(std::span(&key, 1)));
    ASSERT_TRUE((*copy)->put_hour({kHour, {1, 1, 0}, Offset{0}}));
    ASSERT_TRUE((*copy)->put_users(kHour, std::span(&user, 1)));
    start_again();
    expect_is(state);
    const State first = state_at(Offset{1});
    const auto placed = (*copy)->put_in_place(state.position().next, first.position(),
                                              first.duplicates().boots_text(), first.floor());
    if (placed && *placed)
      state = first;
  }

  /// The file is cut within the next script too.
  void tear_again(State& state) {
    const std::size_t before = file().size();
    State lost = state;
    apply_up_to(kEnd, lost);
    server_.kill();
    const std::string bytes = file();
    start_with(bytes.substr(0, before + (bytes.size() - before) * 2 / 3));
    expect_is(state);
    apply_up_to(kEnd, state);
  }

  /// Each thing that may be done between the first start and the second.
  void go_on_from(const std::string& bytes, const State& before, const State& after) {
    const std::vector<std::pair<const char*, Step>> ways{
        {"nothing", [](State&) {}},
        {"apply",
         [&](State& state) {
           apply_up_to(kLost, state);
           apply_up_to(kEnd, state);
         }},
        {"drop", [&](State& state) { drop(state); }},
        {"swap",
         [&](State& state) {
           swap(state);
           apply_up_to(kLost, state);
         }},
        {"stage", [&](State& state) { stage_and_start_again(state); }},
        {"tear again", [&](State& state) { tear_again(state); }},
    };
    for (const auto& [name, way] : ways) {
      SCOPED_TRACE(name);
      start_with(bytes);
      State state = before;
      way(state);
      expect_is(state);
      start_again();
      expect_one_of({state});
      if (HasFailure())
        return;
    }
    // A script of another partition may bring back all of the script that was lost: that is right as well.
    start_with(bytes);
    ASSERT_EQ(said(bring(*other_, State(kHotWindow), std::nullopt)), "yes");
    start_again();
    expect_one_of({before, after});
  }

  void cut_everywhere(const Step& last) {
    const State before = state_at(kStored);
    State after = before;
    last(after);
    server_.kill();
    const std::string bytes = file();
    ASSERT_TRUE(bytes.ends_with(kExec));
    const std::size_t begin = bytes.rfind(kMulti);
    std::set<std::uintmax_t> left;
    const std::size_t phase = base::test_seed() % kEachOf;
    for (std::size_t cut = begin; cut < bytes.size() && !HasFailure(); ++cut) {
      if (bytes[cut] != '*' && (cut - begin) % kEachOf != phase)
        continue;
      SCOPED_TRACE("cut at byte " + std::to_string(cut - begin));
      start_with(bytes.substr(0, cut));
      expect_is(before);
      // Where the file that Redis has left is the same, all that follows is.
      if (left.insert(std::filesystem::file_size(server_.append_only_file())).second)
        go_on_from(bytes.substr(0, cut), before, after);
    }
    EXPECT_GT(torn_, 0);
    EXPECT_GT(left.size(), 4U);
    start_with(bytes);
    expect_is(after);
  }

  static constexpr core::Hour kBefore{kHour.value() - 1};
  static constexpr core::Hour kBehind{kHour.value() + 1};
  static constexpr Offset kCopied{3};
  static constexpr Offset kStored{5};
  static constexpr Offset kLost{8};
  static constexpr Offset kEnd{12};
  static constexpr std::size_t kEachOf = 3;

  adapters::RedisServer server_;
  adapters::RedisSettings settings_;
  std::unique_ptr<HotStore> other_;
  std::vector<Record> log_;
  int torn_ = 0;  // how often it was seen
};

TEST_F(RedisTornFileTest, WithinAnApply) {
  cut_everywhere([&](State& state) { apply_up_to(kLost, state); });
}

TEST_F(RedisTornFileTest, WithinADrop) {
  cut_everywhere([&](State& state) { drop(state); });
}

TEST_F(RedisTornFileTest, WithinASwap) {
  cut_everywhere([&](State& state) { swap(state); });
}

}  // namespace
}  // namespace hourglass::cluster
