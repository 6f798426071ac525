#include "adapters/redis/scripts.hpp"

namespace hourglass::adapters {
namespace {

/// What all of them begin with.
constexpr const char* kBeginning = R"lua(
local function kind_of(key) return redis.call('TYPE', key).ok end
local function is_of(key, kind)
  local found = kind_of(key)
  return found == 'none' or found == kind
end
local function digits(number) return string.format('%.0f', number) end

-- Calls a command with many arguments, some at a time; `width` of them belong together. Returns the sum.
local function call_with_all(command, key, arguments, width)
  local sum, step = 0, 4000 - 4000 % width
  for first = 1, #arguments, step do
    local last = math.min(first + step - 1, #arguments)
    local answer = redis.call(command, key, unpack(arguments, first, last))
    if type(answer) == 'number' then sum = sum + answer end
  end
  return sum
end

local function is_count(text) return string.match(text, '^%d+$') and #text <= 15 end

-- Where the partition stands; nil: nowhere. Then the fingerprint that is another one, then whether every
-- script that was begun was ended.
local function standing(meta, fingerprint)
  if kind_of(meta) ~= 'hash' then return nil end
  local found = redis.call('HMGET', meta, 'fingerprint', 'next', 'opened', 'closed')
  if not found[1] or not found[2] or not string.match(found[2], '^%d+$') then return nil end
  if found[1] ~= fingerprint then return nil, found[1] end
  return found[2], nil, found[3] and found[3] == found[4] and is_count(found[3])
end

-- The first change of every script. What it gives has to be `closed` in the last one.
local function open(meta) return digits(redis.call('HINCRBY', meta, 'opened', 1)) end
-- The same in a script that frees memory. HINCRBY is refused where there is none, but not as a second write;
-- the first changes nothing, and so does not get into the file.
local function open_without_memory(meta)
  redis.call('HDEL', meta, '')
  return open(meta)
end

local function read_hour(text)
  local clicks, impressions, uniques, below, last = string.match(text, '^(%d+) (%d+) (%d+) (%d+) (-?%d+)$')
  if not clicks then return nil end
  return {clicks = tonumber(clicks), impressions = tonumber(impressions), uniques = tonumber(uniques),
          below = tonumber(below), last = tonumber(last)}
end
)lua";

constexpr const char* kApply = R"lua(
local meta, boots_key, keys_key = KEYS[1], KEYS[2], KEYS[3]
local fingerprint, from, to = ARGV[1], ARGV[2], ARGV[3]
local batch_time, window, most_ranges = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local last_record = ARGV[7]
local batch = cmsgpack.unpack(ARGV[8])
local batch_boots, batch_hours, records = batch[1], batch[2], batch[3]

-- All checks and the whole count come first; nothing is written until they are done.
local next_offset, other, is_whole = standing(meta, fingerprint)
if other then return {'fingerprint', other} end
if not next_offset then return {'moved', false} end
local corrupt = {'corrupt', next_offset}
if not is_whole then return corrupt end
if next_offset ~= from then return {'moved', next_offset} end
if not is_of(boots_key, 'hash') or not is_of(keys_key, 'zset') then return corrupt end
local state = redis.call('HMGET', meta, 'time', 'floor')
local clock, floor = tonumber(state[1] or ''), tonumber(state[2] or '')
if not clock or not floor then return corrupt end

-- The hours of the batch; false: below the floor, where nothing is counted.
local hours = {}
if #batch_hours > 0 then
  local fields = {}
  for i, hour in ipairs(batch_hours) do fields[i] = 'h:' .. hour end
  local texts = redis.call('HMGET', meta, unpack(fields))
  for i, hour in ipairs(batch_hours) do
    hours[i] = false
    if tonumber(hour) >= floor then
      hours[i] = read_hour(texts[i] or '0 0 0 0 -1')
      if not hours[i] or not is_of(KEYS[3 + i], 'set') then return corrupt end
      if redis.call('SCARD', KEYS[3 + i]) ~= hours[i].uniques then return corrupt end
      hours[i].users = {}
    end
  end
end

-- The producers: what each has sent is read when it occurs in the batch.
local function read_boot(text)
  local seen, highest, rest = string.match(text, '^(-?%d+) (%d+)(.*)$')
  if not seen or string.gsub(rest, '[:,]%d+%-%d+', '') ~= '' then return nil end
  local boot = {seen = tonumber(seen), highest = tonumber(highest), first = {}, last = {}}
  for first, last in string.gmatch(rest, '[:,](%d+)-(%d+)') do
    boot.first[#boot.first + 1], boot.last[#boot.last + 1] = tonumber(first), tonumber(last)
  end
  return boot
end
local function write_boot(boot)
  local ranges = {}
  for i = 1, #boot.first do ranges[i] = digits(boot.first[i]) .. '-' .. digits(boot.last[i]) end
  local text = digits(boot.seen) .. ' ' .. digits(boot.highest)
  return #ranges == 0 and text or text .. ':' .. table.concat(ranges, ',')
end
local seen_of, boots, place_of_boot = {}, {}, {}
for i, name in ipairs(batch_boots) do place_of_boot[name] = i end
local stored_boots = redis.call('HGETALL', boots_key)
for i = 1, #stored_boots, 2 do
  local name, text = stored_boots[i], stored_boots[i + 1]
  local seen = tonumber(string.match(text, '^(-?%d+) %d') or '')
  if not seen then return corrupt end
  seen_of[name] = seen
  if place_of_boot[name] then
    boots[place_of_boot[name]] = read_boot(text)
    if not boots[place_of_boot[name]] then return corrupt end
  end
end
for i = 1, #batch_boots do boots[i] = boots[i] or {seen = 0, highest = 0, first = {}, last = {}} end

local function forget_lowest(boot)
  if #boot.first > most_ranges then
    table.remove(boot.first, 1)
    table.remove(boot.last, 1)
  end
end
-- Notes that a sequence has occurred; false if it had before.
local function mark(boot, sequence)
  local first, last = boot.first, boot.last
  if sequence > boot.highest then
    if sequence > boot.highest + 1 then
      first[#first + 1], last[#last + 1] = boot.highest + 1, sequence - 1
      forget_lowest(boot)
    end
    boot.highest = sequence
    return true
  end
  local i = #first
  while i > 0 and first[i] > sequence do i = i - 1 end
  if i == 0 or last[i] < sequence then return false end
  local from_here, up_to = first[i], last[i]
  if from_here < sequence and sequence < up_to then
    last[i] = sequence - 1
    table.insert(first, i + 1, sequence + 1)
    table.insert(last, i + 1, up_to)
    forget_lowest(boot)
  elseif from_here < sequence then
    last[i] = sequence - 1
  elseif sequence < up_to then
    first[i] = sequence + 1
  else
    table.remove(first, i)
    table.remove(last, i)
  end
  return true
end

-- When each key of the batch occurred last.
local keys, occurred = {}, {}
for i = 8, #records, 8 do
  local key = records[i]
  if key ~= '' and occurred[key] == nil then
    keys[#keys + 1] = key
    occurred[key] = false
  end
end
for first = 1, #keys, 4000 do
  local last = math.min(first + 3999, #keys)
  local scores = redis.call('ZMSCORE', keys_key, unpack(keys, first, last))
  for i, score in ipairs(scores) do occurred[keys[first + i - 1]] = score and tonumber(score) end
end

for i = 1, #records, 8 do
  local offset, sequence, key = records[i], records[i + 3], records[i + 7]
  clock = math.max(clock, records[i + 1])
  local boot = boots[records[i + 2]]
  if boot.seen <= clock - window then  -- as if it had been pruned
    boot.highest, boot.first, boot.last = 0, {}, {}
  end
  boot.seen = clock
  local is_new = mark(boot, sequence)
  if key ~= '' then
    if occurred[key] and clock - occurred[key] < window then is_new = false end
    occurred[key] = clock
  end
  local hour = hours[records[i + 4]]
  if is_new and hour and offset >= hour.below then
    if records[i + 5] == 1 then
      hour.clicks = hour.clicks + 1
    else
      hour.impressions = hour.impressions + 1
    end
    hour.users[#hour.users + 1] = records[i + 6]
    hour.last = offset
  end
end
clock = math.max(clock, batch_time)

-- Now the writes. The first may be refused where there is no memory, which leaves everything as it was.
local opened = open(meta)
local fields = {}
for i, hour in ipairs(hours) do
  if hour and #hour.users > 0 then
    local uniques = hour.uniques + call_with_all('SADD', KEYS[3 + i], hour.users, 1)
    fields[#fields + 1] = 'h:' .. batch_hours[i]
    fields[#fields + 1] = table.concat({digits(hour.clicks), digits(hour.impressions), digits(uniques),
                                        digits(hour.below), digits(hour.last)}, ' ')
  end
end
call_with_all('HSET', meta, fields, 2)

local forgotten_until = clock - window
local scores = {}
for _, key in ipairs(keys) do
  scores[#scores + 1] = digits(occurred[key])
  scores[#scores + 1] = key
end
call_with_all('ZADD', keys_key, scores, 2)
redis.call('ZREMRANGEBYSCORE', keys_key, '-inf', digits(forgotten_until))

fields = {}
for i, name in ipairs(batch_boots) do
  seen_of[name] = boots[i].seen
  fields[#fields + 1] = name
  fields[#fields + 1] = write_boot(boots[i])
end
call_with_all('HSET', boots_key, fields, 2)
local forgotten = {}
for name, seen in pairs(seen_of) do
  if seen <= forgotten_until then forgotten[#forgotten + 1] = name end
end
call_with_all('HDEL', boots_key, forgotten, 1)

fields = {'next', to, 'time', digits(clock), 'closed', opened}
if last_record ~= '' then
  fields[7], fields[8] = 'last', last_record
end
redis.call('HSET', meta, unpack(fields))
return {'applied'}
)lua";

constexpr const char* kDrop = R"lua(
local meta = KEYS[1]
local fingerprint, target, cold_next, users_prefix = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local next_offset, other, is_whole = standing(meta, fingerprint)
if other then return {'fingerprint', other} end
if not next_offset or not is_whole then return {'moved', false} end
local floor = tonumber(redis.call('HGET', meta, 'floor') or '')
if not floor then return {'broken', 'floor'} end

local fields, sets = {}, {}
local stored = redis.call('HGETALL', meta)
for i = 1, #stored, 2 do
  local hour = string.match(stored[i], '^h:(%d+)$')
  if hour and tonumber(hour) < target then
    local totals = read_hour(stored[i + 1])
    if not totals then return {'broken', stored[i]} end
    if totals.last >= cold_next then return {'busy'} end
    fields[#fields + 1] = stored[i]
    sets[#sets + 1] = users_prefix .. hour
  end
end
if #fields == 0 and target <= floor then return {'dropped', digits(floor)} end

local opened = open_without_memory(meta)
for _, set in ipairs(sets) do redis.call('UNLINK', set) end
call_with_all('HDEL', meta, fields, 1)
floor = digits(math.max(floor, target))
redis.call('HSET', meta, 'floor', floor, 'closed', opened)
return {'dropped', floor}
)lua";

constexpr const char* kPlace = R"lua(
local meta, boots_key, keys_key, copied_hours, copied_keys = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local fingerprint, seen, next_to_be, time, last_record, floor = unpack(ARGV, 1, 6)
local users_prefix, copy_prefix, hour_count, key_count = ARGV[7], ARGV[8], tonumber(ARGV[9]), tonumber(ARGV[10])
local boots = cmsgpack.unpack(ARGV[11])

local next_offset, other, is_whole = standing(meta, fingerprint)
if other then return {'fingerprint', other} end
local hours = redis.call('HGETALL', copied_hours)
if (next_offset or '') ~= seen and (is_whole or not next_offset) then
  for i = 1, #hours, 2 do redis.call('UNLINK', copy_prefix .. hours[i]) end
  redis.call('UNLINK', copied_hours, copied_keys)
  return {'moved', next_offset or false}
end

-- The copy has to be whole; parts of it may have expired, or been lost.
if #hours ~= 2 * hour_count then return {'incomplete', 'hours'} end
if not is_of(copied_keys, 'zset') or redis.call('ZCARD', copied_keys) ~= key_count then
  return {'incomplete', 'keys'}
end
for i = 1, #hours, 2 do
  local totals = read_hour(hours[i + 1])
  local users = copy_prefix .. hours[i]
  if not totals or not is_of(users, 'set') or redis.call('SCARD', users) ~= totals.uniques then
    return {'incomplete', 'users of hour ' .. hours[i]}
  end
end

-- What counts the scripts has to be a number. One change that is alone is never torn.
if not is_of(meta, 'hash') then
  redis.call('UNLINK', meta)
  return {'cleared'}
end
if not is_count(redis.call('HGET', meta, 'opened') or '0') then
  redis.call('HDEL', meta, 'opened')
  return {'cleared'}
end

-- Now the writes.
local opened = open_without_memory(meta)
local gone = {}
for _, field in ipairs(redis.call('HKEYS', meta)) do
  local hour = string.match(field, '^h:(%d+)$')
  if hour then redis.call('UNLINK', users_prefix .. hour) end
  if field ~= 'opened' then gone[#gone + 1] = field end
end
call_with_all('HDEL', meta, gone, 1)
for i = 12, #ARGV do redis.call('UNLINK', ARGV[i]) end
redis.call('UNLINK', boots_key, keys_key)

for i = 1, #hours, 2 do
  local copied = copy_prefix .. hours[i]
  if tonumber(hours[i]) < tonumber(floor) then
    redis.call('UNLINK', copied)
  else
    redis.call('HSET', meta, 'h:' .. hours[i], hours[i + 1])
    if kind_of(copied) == 'set' then
      redis.call('RENAME', copied, users_prefix .. hours[i])
      redis.call('PERSIST', users_prefix .. hours[i])
    end
  end
end
redis.call('UNLINK', copied_hours)
if key_count > 0 then
  redis.call('RENAME', copied_keys, keys_key)
  redis.call('PERSIST', keys_key)
end
call_with_all('HSET', boots_key, boots, 2)

local fields = {'fingerprint', fingerprint, 'next', next_to_be, 'time', time, 'floor', floor, 'closed', opened}
if last_record ~= '' then
  fields[11], fields[12] = 'last', last_record
end
redis.call('HSET', meta, unpack(fields))
return {'placed'}
)lua";

}  // namespace

RedisScript apply_script() {
  return {std::string(kBeginning) + kApply, ""};
}

RedisScript drop_script() {
  return {std::string(kBeginning) + kDrop, ""};
}

RedisScript place_script() {
  return {std::string(kBeginning) + kPlace, ""};
}

}  // namespace hourglass::adapters
