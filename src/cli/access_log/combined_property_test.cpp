// Random requests, written as servers write them, are read as they were.

#include <array>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/test_seed.hpp"
#include "cli/access_log/log_format.hpp"
#include "cli/access_log/mapping.hpp"
#include "cli/access_log/testing/mapped_text.hpp"

namespace hourglass::cli {
namespace {

const std::array<std::string, 8> kNames = {"remote_addr", "remote_user", "time",    "target",
                                           "status",      "bytes",       "referer", "user_agent"};

class RandomLine {
 public:
  explicit RandomLine(std::mt19937_64& random) : random_(random) {
    const auto pick = [&](std::size_t count) { return random_() % count; };
    values_[0] =
        pick(2) == 0 ? "192.0.2." + std::to_string(pick(256)) : "2001:db8::" + std::to_string(pick(9999));
    values_[1] = pick(2) == 0 ? "-" : text("ann ]x");
    values_[2] = "14/Nov/2023:22:13:20 +0" + std::to_string(100 + pick(900));
    values_[3] = "/" + text("a/?&=%+ ");
    values_[4] = std::to_string(100 + pick(500));
    values_[5] = pick(3) == 0 ? "-" : std::to_string(pick(1'000'000));
    values_[6] = pick(3) == 0 ? "-" : text("http://x");
    values_[7] = pick(5) == 0 ? "-" : text("Mozilla/5.0 ()");
  }

  [[nodiscard]] const std::string& value(std::size_t field) const { return values_[field]; }

  [[nodiscard]] std::string by_server(bool apache) const {
    const auto shown = [&](std::size_t field) { return escaped(values_[field], apache); };
    return values_[0] + " - " + shown(1) + " [" + values_[2] + "] \"GET " + shown(3) + " HTTP/1.1\" " +
           values_[4] + " " + values_[5] + " \"" + shown(6) + "\" \"" + shown(7) + "\"";
  }

 private:
  /// Some of the letters and, now and then, something that has to be escaped. It does not begin or end with a
  /// space.
  std::string text(const std::string& letters) {
    std::string made = "a";
    for (std::size_t size = random_() % 20; size > 0; --size)
      made += random_() % 6 == 0 ? static_cast<char>(random_()) : letters[random_() % letters.size()];
    return made + "\"\\z"[random_() % 3];
  }

  static std::string escaped(const std::string& text, bool apache) {
    std::string shown;
    for (const char byte : text) {
      char hex[8];
      std::snprintf(hex, sizeof hex, apache ? "\\x%02x" : "\\x%02X", static_cast<unsigned char>(byte));
      if (apache && (byte == '"' || byte == '\\'))
        shown += std::string("\\") + byte;
      else if (byte < 0x20 || byte == 0x7F || byte == '"' || byte == '\\')
        shown += hex;
      else
        shown += byte;
    }
    return shown;
  }

  std::mt19937_64& random_;
  std::array<std::string, kNames.size()> values_;
};

TEST(CombinedProperty, WhatWasWrittenIsRead) {
  std::mt19937_64 random(base::test_seed());
  std::vector<Field> fields;
  fields.reserve(kNames.size());
  for (const std::string& name : kNames)
    fields.push_back(field_named(name));
  const auto format = make_combined_format(fields);
  std::vector<FieldValue> values(fields.size());
  for (int round = 0; round < 20'000; ++round) {
    const RandomLine line(random);
    const std::string text = line.by_server(random() % 2 == 0);
    ASSERT_TRUE(format->read(text, values)) << text;
    for (std::size_t i = 0; i < kNames.size(); ++i)
      ASSERT_EQ(values[i].text, line.value(i) == "-" ? "" : line.value(i)) << kNames[i] << " of " << text;
  }
}

TEST(CombinedProperty, DamageMakesNothingWorse) {
  std::mt19937_64 random(base::test_seed());
  for (const char* name : {"combined", "caddy", "cloudfront"}) {
    MappingOptions options;
    options.format = name;
    options.user = {"remote_addr"};
    auto mapping = LineMapping::make(options);
    ASSERT_TRUE(mapping);
    for (int round = 0; round < 5000; ++round) {
      std::string text = RandomLine(random).by_server(false);
      for (std::size_t count = random() % 4; count > 0; --count)
        text[random() % text.size()] = "\" []\\-\t{#"[random() % 9];
      text.resize(random() % 3 == 0 ? random() % text.size() : text.size());
      const auto mapped = mapping->map(text);
      ASSERT_EQ(mapped_text(mapping->map(text)), mapped_text(mapped)) << text;
      if (const auto* event = std::get_if<MappedEvent>(&mapped)) {
        ASSERT_LE(event->timestamp, core::kMaxTimestamp);
        ASSERT_TRUE(core::User::from_bytes(event->user)) << text;
      }
    }
  }
}

}  // namespace
}  // namespace hourglass::cli
