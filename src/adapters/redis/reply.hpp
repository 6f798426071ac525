#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <hiredis/hiredis.h>

#include "cluster/stores/store_fault.hpp"

namespace hourglass::adapters {

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};

/// An answer of Redis, with all that is in it. Never null where a connection gave it.
using RedisReply = std::unique_ptr<redisReply, FreeReply>;

/// The text of a string; nothing of anything else. Lives as long as the reply.
std::optional<std::string_view> text_of(const redisReply& reply);

/// A number in decimal digits and nothing else.
std::optional<std::int64_t> number_of(std::string_view text);

/// Of an element that is a string of digits.
std::optional<std::int64_t> number_of(const redisReply& reply);

/// Whether these, `opened` and `closed` of a partition, say that no script was torn; see scripts.hpp.
bool is_untorn(const redisReply& opened, const redisReply& closed);

/// What an error says; nothing where it is none.
std::optional<std::string_view> error_of(const redisReply& reply);

/// Whether it is an error that begins with this word.
bool is_error(const redisReply& reply, std::string_view code);

/// The elements of an array; none where it is another thing.
std::vector<const redisReply*> elements_of(const redisReply& reply);

/// What an error that Redis answers means. Most end by themselves or once somebody has mended the server:
/// loading, a busy script, no memory, a replica that is to become the master, a wrong password. Only where
/// the server does not have what is asked of it will asking again never help.
cluster::StoreFault fault_of_error(const std::string& server, std::string_view error);

}  // namespace hourglass::adapters
