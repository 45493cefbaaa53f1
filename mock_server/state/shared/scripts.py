"""The steps of a shared store that have to be atomic. Each runs as one script inside the server.

Every script begins by comparing the identity of the store: a server that has come back empty, or with the data of
another store, is recognized before anything is read or written. Entries of streams have the id `<version>-0` and begin
with the fields `t`, the token of their writer, and `p`, the token of the entry before, so that two histories with equal
versions can be distinguished.
"""

from __future__ import annotations

_COMMON = """
local function token_of(entry) return entry[2][2] end
local function last_of(stream) return redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1] end
local function version_of(entry) return tonumber(string.match(entry[1], '^%d+')) end
local function id(version) return string.format('%.0f-0', version) end
local function announce(commits, world, writer)
  redis.call('XADD', commits, 'MAXLEN', '~', 10000, '*', 'world', world, 'by', writer)
end
"""

SAME_STORE = (
    _COMMON
    + """
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then return {'other store'} end
"""
)

GUARD = """
if redis.call('HGET', table.remove(KEYS), 'id') ~= table.remove(ARGV) then
  return redis.error_reply('OTHERSTORE')
end
"""

NUMBER = "return redis.call('HINCRBY', KEYS[1], 'worlds', 1)"

_DIRECTORY = """
-- Adds an entry to the directory, which is announced as world number 0.
local function enter(directory, commits, token, kind, name, number)
  local last = last_of(directory)
  redis.call('XADD', directory, 'MAXLEN', '~', 10000, id(version_of(last) + 1),
    't', token, 'p', token_of(last), 'kind', kind, 'name', name, 'number', number)
  announce(commits, '', '')
end
"""

LIST_BYTES = 32 * 1024 * 1024
"""What the store keeps of one list of a world, such as its journal."""

ADD_ENTRY = f"""
-- Adds an entry to a list, and drops the oldest ones beyond `longest` entries or LIST_BYTES.
local function add_entry(numbers, list, part, longest, content)
  local number = redis.call('HINCRBY', numbers, part, 1)
  redis.call('XADD', list, string.format('%.0f-0', number), 'c', content)
  local bytes = redis.call('HINCRBY', numbers, part .. ' bytes', #content)
  local length = redis.call('XLEN', list)
  while length > 1 and (length > tonumber(longest) or bytes > {LIST_BYTES}) do
    local oldest = redis.call('XRANGE', list, '-', '+', 'COUNT', 1)[1]
    redis.call('XDEL', list, oldest[1])
    length = length - 1
    bytes = redis.call('HINCRBY', numbers, part .. ' bytes', -#oldest[2][2])
  end
end
"""

_REFERENCES = """
local function from(list, first)
  local rest = {}
  for place = first, #list do rest[#rest + 1] = list[place] end
  return rest
end

-- Counts the references of a snapshot to its blobs, and deletes those that no snapshot needs any more.
local function refer(counts, kept, prefix, hashes)
  local missing = {}
  for _, hash in ipairs(hashes) do
    if redis.call('EXISTS', prefix .. hash) == 0 then missing[#missing + 1] = hash end
  end
  if #missing > 0 then return missing end
  for _, hash in ipairs(hashes) do
    redis.call('HINCRBY', counts, hash, 1)
    redis.call('PERSIST', prefix .. hash)
  end
  for _, hash in ipairs(redis.call('SMEMBERS', kept)) do
    if redis.call('HINCRBY', counts, hash, -1) <= 0 then
      redis.call('HDEL', counts, hash)
      redis.call('UNLINK', prefix .. hash)
    end
  end
  redis.call('DEL', kept)
  for _, hash in ipairs(hashes) do redis.call('SADD', kept, hash) end
  return missing
end
"""

FOUND = """
-- KEYS: store, directory, worlds, commits. ARGV: id, format, schema, edition, token.
local found = redis.call('HGETALL', KEYS[1])
if #found > 0 then return found end
for place = 2, 4 do
  if redis.call('EXISTS', KEYS[place]) == 1 then return redis.error_reply('FOREIGN ' .. KEYS[place]) end
end
redis.call('HSET', KEYS[1], 'id', ARGV[1], 'format', ARGV[2], 'schema', ARGV[3], 'edition', ARGV[4])
redis.call('XADD', KEYS[2], '1-0', 't', ARGV[5], 'p', '', 'kind', 'store')
return redis.call('HGETALL', KEYS[1])
"""

_TURNS = """
-- Gives the turn to the process that has waited longest; to `otherwise`, if that is not empty, when none waits.
local function next_turn(turn, turns, otherwise, length)
  local holder = redis.call('LPOP', turns) or otherwise
  if holder == '' then redis.call('DEL', turn) else redis.call('SET', turn, holder, 'PX', length) end
  return holder
end
"""

CLAIM = (
    SAME_STORE
    + _TURNS
    + """
-- KEYS: store, turn, turns. ARGV: id, writer, length of a turn in ms.
local holder = redis.call('GET', KEYS[2]) or next_turn(KEYS[2], KEYS[3], ARGV[2], ARGV[3])
if holder == ARGV[2] then return {'ours'} end
if not redis.call('LPOS', KEYS[3], ARGV[2]) then redis.call('RPUSH', KEYS[3], ARGV[2]) end
redis.call('PEXPIRE', KEYS[3], 10 * ARGV[3])
return {'waiting'}
"""
)

END_TURN = (
    SAME_STORE
    + _TURNS
    + """
-- KEYS: store, turn, turns. ARGV: id, writer, length of a turn in ms.
if redis.call('GET', KEYS[2]) == ARGV[2] then next_turn(KEYS[2], KEYS[3], '', ARGV[3]) end
return {'ended'}
"""
)

APPEND = (
    SAME_STORE
    + ADD_ENTRY
    + _TURNS
    + """
-- KEYS: store, log, turn, commits, messages, waiting, owners, worlds with messages, numbers of lists, turns.
-- ARGV: id, expected version, token of that entry, writer, length of a turn, world, number of commits, and each commit:
-- token, time, record, rows before it, whether earlier messages are still to leave, number of list entries, number of
-- messages; then
-- list, part, longest and content of each list entry, lane and content of each message.
local expected, writer, world = tonumber(ARGV[2]), ARGV[4], ARGV[6]
local last = last_of(KEYS[2])
if not last then return {'gone'} end
local version = version_of(last)
if version > expected then
  local mine = redis.call('XRANGE', KEYS[2], id(expected + 1), id(expected + 1))[1]
  if mine and token_of(mine) == ARGV[8] then return {'stored'} end
  return {'conflict'}
end
if version < expected or token_of(last) ~= ARGV[3] then return {'other history'} end
local turn = redis.call('GET', KEYS[3])
if turn and turn ~= writer then return {'turn'} end
if turn then next_turn(KEYS[3], KEYS[10], '', ARGV[5]) end
local before, at = ARGV[3], 8
for number = expected + 1, expected + tonumber(ARGV[7]) do
  local token, lists, messages = ARGV[at], tonumber(ARGV[at + 5]), tonumber(ARGV[at + 6])
  redis.call('XADD', KEYS[2], id(number), 't', token, 'p', before, 'at', ARGV[at + 1], 'record', ARGV[at + 2],
    'before', ARGV[at + 3])
  if ARGV[at + 4] == '0' then redis.call('DEL', KEYS[5], KEYS[6], KEYS[7]) end
  before, at = token, at + 7
  for _ = 1, lists do
    add_entry(KEYS[9], ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3])
    at = at + 4
  end
  for place = 0, messages - 1 do
    local message = string.format('%016.0f-%04d', number, place)
    redis.call('HSET', KEYS[5], message, ARGV[at + 1])
    redis.call('ZADD', KEYS[6], 0, ARGV[at] .. ':' .. message)
    redis.call('HSET', KEYS[7], message, writer)
    redis.call('SADD', KEYS[8], world)
    at = at + 2
  end
end
announce(KEYS[4], world, writer)
return {'stored'}
"""
)

READ = (
    SAME_STORE
    + """
-- KEYS: store, streams... ARGV: id, count, version and token of each stream...
-- Returns {'read', {place, what, entries}...} for the streams that have more entries or are not as expected.
local count = tonumber(ARGV[2])
local result = {'read'}
for place = 2, #KEYS do
  local version, token = ARGV[2 * place - 1], ARGV[2 * place]
  local entries = redis.call('XRANGE', KEYS[place], version .. '-0', '+', 'COUNT', count + 1)
  if #entries == 0 then
    result[#result + 1] = {place - 2, 'gone', {}}
  elseif entries[1][1] ~= version .. '-0' then
    result[#result + 1] = {place - 2, 'trimmed', {}}
  elseif token_of(entries[1]) ~= token then
    result[#result + 1] = {place - 2, 'other history', {}}
  elseif #entries > 1 then
    table.remove(entries, 1)
    result[#result + 1] = {place - 2, 'more', entries}
  end
end
return result
"""
)

CREATE = (
    SAME_STORE
    + _DIRECTORY
    + _REFERENCES
    + """
-- KEYS: store, worlds, directory, blobs, commits, log, state, kept.
-- ARGV: id, name, number, token, limit, prefix of blobs, snapshot, size, at, hashes...
local number = redis.call('HGET', KEYS[2], ARGV[2])
if number == ARGV[3] then return {'stored'} end
if number then return {'exists'} end
if redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[5]) then return {'too many'} end
local missing = refer(KEYS[4], KEYS[8], ARGV[6], from(ARGV, 10))
if #missing > 0 then return {'missing', missing} end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('HSET', KEYS[7], 'version', 1, 'size', ARGV[8], 'snapshot', ARGV[7])
redis.call('XADD', KEYS[6], '1-0', 't', ARGV[4], 'p', '', 'at', ARGV[9])
enter(KEYS[3], KEYS[5], ARGV[4], 'created', ARGV[2], ARGV[3])
return {'stored'}
"""
)

DROP = (
    SAME_STORE
    + _DIRECTORY
    + _REFERENCES
    + """
-- KEYS: store, worlds, directory, blobs, commits, kept, further keys of the world...
-- ARGV: id, name, number, token, prefix of blobs, worlds with messages.
if redis.call('HGET', KEYS[2], ARGV[2]) ~= ARGV[3] then return {'gone'} end
refer(KEYS[4], KEYS[6], ARGV[5], {})
redis.call('HDEL', KEYS[2], ARGV[2])
redis.call('UNLINK', unpack(KEYS, 6))
redis.call('SREM', ARGV[6], ARGV[3])
enter(KEYS[3], KEYS[5], ARGV[4], 'dropped', ARGV[2], ARGV[3])
return {'stored'}
"""
)

SNAPSHOT = (
    SAME_STORE
    + _REFERENCES
    + """
-- KEYS: store, log, state, blobs, kept.
-- ARGV: id, version, snapshot, size, first version kept, prefix of blobs, hashes...
if redis.call('EXISTS', KEYS[2]) == 0 then return {'gone'} end
if tonumber(redis.call('HGET', KEYS[3], 'version')) >= tonumber(ARGV[2]) then return {'older'} end
local missing = refer(KEYS[4], KEYS[5], ARGV[6], from(ARGV, 7))
if #missing > 0 then return {'missing', missing} end
redis.call('HSET', KEYS[3], 'version', ARGV[2], 'size', ARGV[4], 'snapshot', ARGV[3])
redis.call('XTRIM', KEYS[2], 'MINID', ARGV[5] .. '-0')
return {'stored'}
"""
)

ALIVE = (
    SAME_STORE
    + """
-- KEYS: store, process. ARGV: id, seconds.
redis.call('SET', KEYS[2], 1, 'EX', ARGV[2])
return {'stored'}
"""
)

RELEASE = """
-- Deletes a lock if it is still ours. KEYS: lock. ARGV: holder.
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""
