"""Who of several watches has which stream: leases in an engine, which all of a share renew.

leases = Leases(engine, "desk", "host:1234:a1")
ours = leases.renew(wanted, busy)  # after next_s again; what is ours lapses TTL_S after the last
leases.leave()                     # gives all back at once

A lease only says who is to watch. That nobody else can write, the streams' epochs see to.
"""

import json
from collections.abc import Collection

from binfut_cli.errors import NetworkError
from binfut_cli.recording.broker.connection import Connected, Engine
from binfut_cli.recording.broker.failures import Away, translated
from binfut_cli.recording.broker.names import PREFIX

TTL_S, EVERY_S = 5.0, 1.0
"""How long a lease lasts that is not renewed, by the engine's clock; how often it is renewed."""
_AROUND_MS, _SOON_MS = 2000, 250
"""How long one that is alone looks who else comes; how soon is asked for what others let go."""
_KEPT_MS = 3_600_000
"""When a share is forgotten that nobody is in."""

_SCRIPT = """
local members_key, wanted_key, given_key, held_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local me, ttl_ms, kept_ms = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local next_ms, around_ms, soon_ms = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)

-- Members that did not renew are gone, and all that they had is free. But if nobody could, because
-- the engine was away, the others get a moment to come back: else whoever is first would have all.
local mine = redis.call('ZSCORE', members_key, me)
local could_none = mine and tonumber(mine) <= now_ms
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', members_key, '-inf', now_ms)) do
  if could_none then
    redis.call('ZADD', members_key, now_ms + around_ms, gone)
  else
    redis.call('ZREM', members_key, gone)
    redis.call('HDEL', wanted_key, gone)
  end
end
local is_new = not mine
redis.call('ZADD', members_key, now_ms + ttl_ms, me)
redis.call('HSET', wanted_key, me, ARGV[4])

local function all(key)
  local flat, found = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do found[flat[i]] = flat[i + 1] end
  return found
end

-- Who wants each stream, and how many each member is to have: its load.
local load, who, names = {}, {}, {}
for member, packed in pairs(all(wanted_key)) do
  load[member] = 0
  for _, name in ipairs(cjson.decode(packed)) do
    if not who[name] then
      who[name] = {}
      names[#names + 1] = name
    end
    who[name][member] = true
  end
end
table.sort(names)
local was_given, was_held = all(given_key), all(held_key)
local given, held, busy = {}, {}, {}
for name, member in pairs(was_held) do
  if load[member] and member ~= me then held[name] = member end
end
for _, name in ipairs(cjson.decode(ARGV[5])) do
  if not held[name] then
    held[name] = me
    busy[name] = true
  end
end
for _, name in ipairs(names) do
  local member = was_given[name]
  if not (member and who[name][member]) then member = busy[name] and who[name][me] and me end
  if member then
    given[name] = member
    load[member] = load[member] + 1
  end
end

-- Each free stream goes to who has least; then nobody has two more than another who wants one.
local function least(name)
  local found
  for member in pairs(who[name]) do
    if not found or load[member] < load[found]
      or (load[member] == load[found] and member < found) then found = member end
  end
  return found
end
local function give(name, member)
  if given[name] then load[given[name]] = load[given[name]] - 1 end
  given[name] = member
  load[member] = load[member] + 1
end
local has_moved = not is_new  -- one that has just come looks who else is there
while has_moved do
  has_moved = false
  for _, name in ipairs(names) do
    local member = least(name)
    if not given[name] or load[given[name]] > load[member] + 1 then
      give(name, member)
      has_moved = true
    end
  end
end

-- What is given to us and in nobody's hands is ours; what another is to have, once we let it go.
local ours = {}
for _, name in ipairs(names) do
  if given[name] == me and not is_new and not held[name] then held[name] = me end
  if given[name] == me and held[name] == me then ours[#ours + 1] = name end
end
local function put(key, before, after)
  for name in pairs(before) do
    if not after[name] then redis.call('HDEL', key, name) end
  end
  for name, member in pairs(after) do
    if before[name] ~= member then redis.call('HSET', key, name, member) end
  end
end
put(given_key, was_given, given)
put(held_key, was_held, held)
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, kept_ms) end

-- When to ask again: as soon as something may be ours that is not yet.
if is_new then
  local is_alone = #redis.call('ZRANGEBYSCORE', members_key, '-inf', '+inf') == 1
  return {(is_alone or next(busy)) and around_ms or soon_ms, ours}
end
for _, name in ipairs(names) do
  if given[name] == me and held[name] ~= me then next_ms = math.min(next_ms, soon_ms) end
end
local first = redis.call('ZRANGEBYSCORE', members_key, '-inf', '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
return {math.min(next_ms, math.max(1, first[2] - now_ms + 1)), ours}
"""


class Leases(Connected):
    """A member of a share; after a failure the next call connects anew. Of one thread at a time.

    `next_s` is after how long leases are to be renewed again: sooner than usual if something may
    become ours by then, because another's time is over, or it lets it go.
    """

    def __init__(self, engine: Engine, share: str, member: str) -> None:
        super().__init__(engine, writes=True)
        self._member, self.next_s = member, EVERY_S
        tag = f"{PREFIX}:{{share {share}}}"
        self._keys = [f"{tag}:{name}" for name in ("members", "wanted", "given", "held")]

    def renew(self, wanted: Collection[str], busy: Collection[str]) -> frozenset[str]:
        """Which of the streams that are wanted are ours for TTL_S; one call for all of them.

        `busy` are those that we still have in hand: what is ours no longer, nobody else gets before
        it is not among them any more, or we do not renew. The first time nothing is given but that.
        Raises a failure of ours. That a connection broke which was in use does not say that the
        engine is away: the next attempt tells that.
        """
        was_in_use = self._client is not None
        try:
            with translated(self.address):
                said = json.dumps(sorted(wanted)), json.dumps(sorted(busy))
                spaces = round(EVERY_S * 1000), _AROUND_MS, _SOON_MS
                next_ms, ours = self._connected().register_script(_SCRIPT)(
                    keys=self._keys,
                    args=[self._member, round(TTL_S * 1000), _KEPT_MS, *said, *spaces],
                )
        except BaseException as exc:
            self.disconnect()
            if was_in_use and isinstance(exc, Away):
                raise NetworkError(exc.message, hint=exc.hint) from exc
            raise
        self.next_s = next_ms / 1000
        return frozenset(name.decode() for name in ours)

    def leave(self) -> None:
        """Give all back, and be forgotten; raise a failure of ours if that cannot be said."""
        with translated(self.address):
            client = self._connected()
            client.zrem(self._keys[0], self._member)
            client.hdel(self._keys[1], self._member)
        self.disconnect()
