#include "cluster/fold/duplicates.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/hexadecimal.hpp"

namespace hourglass::cluster {
namespace {

constexpr std::size_t kBootDigits = 16;

void append_boot(std::string& text, BootId boot) {
  for (int shift = 56; shift >= 0; shift -= 8)
    base::append_hex(text, static_cast<std::uint8_t>(boot.value() >> static_cast<unsigned>(shift)));
}

template <typename Number>
std::optional<Number> parse(std::string_view text, int radix) {
  Number number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number, radix);
  return fault == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// The text up to the separator, which is taken away with it.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return taken;
}

}  // namespace

std::size_t KeyDigestHash::operator()(const KeyDigest& key) const {
  std::size_t hash = 0;  // any part of a digest is as good as another
  std::memcpy(&hash, key.data(), sizeof(hash));
  return hash;
}

void Duplicates::advance(LogTime time) {
  time_ = std::max(time_, time);
}

bool Duplicates::mark(const CountedEvent& event) {
  Boot& boot = boots_[event.identity.boot];
  if (time_.value() - boot.seen.value() >= window_)
    boot.sequences = {};
  boot.seen = time_;
  bool is_new = boot.sequences.mark(event.identity.sequence);
  if (event.key) {
    const auto [key, is_unknown] = keys_.try_emplace(*event.key, time_);
    if (!is_unknown && time_.value() - key->second.value() < window_)
      is_new = false;
    key->second = time_;
    occurrences_.push_back({time_, *event.key});
  }
  return is_new;
}

void Duplicates::prune() {
  const LogTime limit = forgotten_until();
  prune_keys(limit);
  std::erase_if(boots_, [&](const auto& boot) { return boot.second.seen <= limit; });
}

void Duplicates::prune_keys(LogTime limit) {
  if (!std::exchange(in_order_, true))
    std::sort(occurrences_.begin(), occurrences_.end(),
              [](const Occurrence& left, const Occurrence& right) { return left.time < right.time; });
  while (!occurrences_.empty() && occurrences_.front().time <= limit) {
    const auto key = keys_.find(occurrences_.front().key);
    if (key != keys_.end() && key->second <= limit)
      keys_.erase(key);
    occurrences_.pop_front();
  }
}

std::string Duplicates::boots_text() const {
  std::string text;
  for (const auto& [id, boot] : boots_) {
    if (!text.empty())
      text += ';';
    append_boot(text, id);
    text += ' ' + std::to_string(boot.seen.value()) + ' ' + boot.sequences.text();
  }
  return text;
}

std::optional<Duplicates> Duplicates::from_text(std::chrono::milliseconds window, LogTime time,
                                                std::string_view boots) {
  Duplicates duplicates(window);
  duplicates.time_ = time;
  while (!boots.empty()) {
    if (!duplicates.read_boot(take_until(boots, ';')))
      return std::nullopt;
  }
  return duplicates;
}

bool Duplicates::read_boot(std::string_view text) {
  const std::string_view id_text = take_until(text, ' ');
  const auto id = parse<std::uint64_t>(id_text, 16);
  const auto seen = parse<std::int64_t>(take_until(text, ' '), 10);
  const auto sequences = SeenSequences::from_text(text);
  if (id_text.size() != kBootDigits || !id || !seen || !sequences)
    return false;
  boots_[BootId{*id}] = {*sequences, LogTime{*seen}};
  return true;
}

void Duplicates::remember(const KeyDigest& key, LogTime time) {
  LogTime& last = keys_[key];
  last = std::max(last, time);
  occurrences_.push_back({time, key});
  in_order_ = false;
}

}  // namespace hourglass::cluster
