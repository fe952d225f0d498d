--- Counts, per client address and minute, the unknown tokens that the issuer was asked about. Bounds what a guesser can make the issuer do.

local failures = {}

local window = 60
local most_clients = 10000

local counts, clients, started = {}, 0, 0

--- Begins a new minute, and a new table before the old one grows without bound.
local function roll(now)
  if now - started >= window or now < started or clients >= most_clients then
    counts, clients, started = {}, 0, now
  end
end

--- False when `client` has used up `most` failures in this minute; 0 means no limit. `now` in seconds.
function failures.may_ask(client, most, now)
  roll(now)
  return most == 0 or (counts[client] or 0) < most
end

function failures.count(client, now)
  roll(now)
  if not counts[client] then clients = clients + 1 end
  counts[client] = (counts[client] or 0) + 1
end

return failures
