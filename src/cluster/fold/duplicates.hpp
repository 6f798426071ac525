#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "cluster/fold/seen_sequences.hpp"
#include "cluster/log/record.hpp"

namespace hourglass::cluster {

struct KeyDigestHash {
  std::size_t operator()(const KeyDigest& key) const;
};

/// Tells the records of one partition that have occurred before: by their identity, or by their key within
/// the window. Part of what a store holds, since the log is never read backwards. Time is the log clock: the
/// highest time of any record so far. A value; the same log gives the same value everywhere.
class Duplicates {
 public:
  explicit Duplicates(std::chrono::milliseconds window) : window_(window.count()) {}

  /// Moves the log clock, by the record of an event.
  void advance(LogTime time);

  /// Notes an event of a record whose time was given to advance(); false if it is a duplicate. Every
  /// occurrence of a key refreshes its window. Keys and producers that were silent for a window are unknown,
  /// pruned or not.
  bool mark(const CountedEvent& event);

  /// Forgets what can decide nothing any more.
  void prune();

  [[nodiscard]] LogTime time() const { return time_; }

  /// Keys that occurred at this time or before need not be remembered.
  [[nodiscard]] LogTime forgotten_until() const { return LogTime{time_.value() - window_}; }

  /// The identities as text: "boot seen sequences", boot in 16 hexadecimal digits, separated by semicolons.
  [[nodiscard]] std::string boots_text() const;

  /// What was written as text, and the clock; keys follow by remember(). Nothing where the text is not of
  /// that form.
  static std::optional<Duplicates> from_text(std::chrono::milliseconds window, LogTime time,
                                             std::string_view boots);
  void remember(const KeyDigest& key, LogTime time);

  [[nodiscard]] const std::unordered_map<KeyDigest, LogTime, KeyDigestHash>& keys() const { return keys_; }

 private:
  struct Boot {
    SeenSequences sequences;
    LogTime seen;
  };

  struct Occurrence {
    LogTime time;
    KeyDigest key;
  };

  bool read_boot(std::string_view text);
  void prune_keys(LogTime limit);

  std::int64_t window_;  // ms
  LogTime time_{0};
  std::map<BootId, Boot> boots_;
  std::unordered_map<KeyDigest, LogTime, KeyDigestHash> keys_;  // when each occurred last
  std::deque<Occurrence> occurrences_;  // of the keys, so that old ones are found without looking at all
  bool in_order_ = true;                // occurrences_ are, by time
};

}  // namespace hourglass::cluster
