--- The issuer's published keys, as this node of Kong has them: fetched from the one address of the configuration, however many requests need them, and
-- asked for again when they are old or a token names a key that is not among them, at most once in a cool-down.
--
-- What all workers share stands in ngx.shared.kong, the dictionary that Kong declares for itself and for plugins: the newest good set with the moment it
-- was fetched, and a mark that somebody is asking, or has asked within the cool-down. Each worker keeps what it has made of the newest set. kong.cache would
-- not do: it lets go of a value before there is a new one, and a good set must outlive an issuer that is away.

local http = require "kong.plugins.authctl-token-guard.http"
local jwks = require "kong.plugins.authctl-token-guard.jwks"

local format, match = string.format, string.match

local followed = {}

--- Bytes of a set at most.
local most = 262144

--- Seconds after which a node that has no keys at all asks again.
local soon = 1

--- Addresses of which a worker remembers what it has made: configurations come and go.
local most_sources = 64

--- By address: { at, keys, seen (the moment in the dictionary that it was made of) }, the moment this worker asked last, names in the dictionary.
local sets, asked, names, sources = {}, {}, {}, 0

local function names_of(url)
  local known = names[url]
  if known then return known end
  if sources >= most_sources then sets, asked, names, sources = {}, {}, {}, 0 end
  sources = sources + 1
  names[url] = { set = "authctl-jwks:" .. url, at = "authctl-jwks-at:" .. url, gate = "authctl-jwks-gate:" .. url }
  return names[url]
end

--- What this node has of an address: the dictionary's newest, or the worker's own when the dictionary has lost it. nil for nothing.
local function newest(url, name)
  local dict, known = ngx.shared.kong, sets[url]
  local at = dict:get(name.at)
  if not at or (known and (known.seen == at or known.at >= at)) then return known end
  local fetched, text = match(dict:get(name.set) or "", "^([%d.]+)\n(.*)$")
  local keys = fetched and jwks.read(text)
  if keys then sets[url] = { at = tonumber(fetched), keys = keys, seen = at } end
  return sets[url]
end

--- The text of the set, or nil and the error. No redirect is followed.
local function download(conf)
  local base, path = match(conf.jwks_url, "^(https?://[^/?#]+)([^#]*)$")
  if not base then return nil, "not an http(s) URL" end
  if conf.jwks_allow_plain_http ~= true and not match(base, "^https:") then return nil, "the address is not https" end
  local response, err = http.get({
    url = base, path = match(path, "^/") and path or "/" .. path, headers = { Accept = "application/json, application/jwk-set+json" },
    timeout_ms = conf.jwks_timeout_ms, most = most, ssl_verify = true, once = true,
  })
  if not response then return nil, err end
  if response.status ~= 200 then return nil, format("status %d", response.status) end
  return response.body
end

local function told(keys)
  local kids = {}
  for kid in pairs(keys) do kids[#kids + 1] = kid end
  table.sort(kids)
  return table.concat(kids, ", ")
end

--- Asks the issuer, and keeps a good answer. true, or nil and the error.
local function fetch(conf, name)
  local text, err = download(conf)
  if not text then return nil, err end
  local keys
  keys, err = jwks.read(text)
  if not keys then return nil, "no usable set of keys: " .. err end
  local moment = format("%.3f", ngx.now())
  local at, before = tonumber(moment), sets[conf.jwks_url]
  if not before or told(before.keys) ~= told(keys) then kong.log.notice("keys of the issuer: ", told(keys)) end
  sets[conf.jwks_url] = { at = at, keys = keys, seen = at }
  local lasts = conf.jwks_refresh + conf.jwks_stale
  if lasts > 0 and ngx.shared.kong:set(name.set, moment .. "\n" .. text, lasts) then ngx.shared.kong:set(name.at, at, lasts) end
  return true
end

local function usable(conf, set, now)
  return set ~= nil and now - set.at < conf.jwks_refresh + conf.jwks_stale
end

--- True when it is this request that asks: nobody on this node has within the cool-down.
local function may_ask(conf, name, now)
  local last = asked[conf.jwks_url]
  if last and now >= last and now - last < math.min(soon, conf.jwks_cool_down) then return false end
  -- As long as asking may take at most, should whoever asks come to an end meanwhile.
  return ngx.shared.kong:add(name.gate, "asking", math.max(conf.jwks_cool_down, 4 * conf.jwks_timeout_ms / 1000)) == true
end

local function ask(conf, name)
  local url = conf.jwks_url
  asked[url] = ngx.now()
  local _, err = fetch(conf, name)
  local now = ngx.now()
  asked[url] = now
  local holds = usable(conf, newest(url, name), now)
  ngx.shared.kong:set(name.gate, "asked", holds and conf.jwks_cool_down or math.min(soon, conf.jwks_cool_down))
  if err then kong.log.err("the keys of the issuer at ", url, ": ", err) end
end

--- Waits, no longer than asking may take, for the request that is asking; without delay when none is.
local function wait(conf, name)
  local until_then, step = ngx.now() + 4 * conf.jwks_timeout_ms / 1000, 0.005
  while ngx.shared.kong:get(name.gate) == "asking" and ngx.now() < until_then do
    ngx.sleep(step)
    step = math.min(2 * step, 0.1)
  end
end

--- The key of that id, as jwks.read gives it. nil and a reason when the issuer has none, as far as can be known; nil, nil and the reason when nothing is
-- known of its keys at all.
function followed.key(conf, kid)
  local url = conf.jwks_url
  local name = names_of(url)
  local now = ngx.now()
  local set = newest(url, name)
  local known = usable(conf, set, now) and set.keys[kid]
  if known and now - set.at < conf.jwks_refresh then return known end

  if may_ask(conf, name, now) then
    ask(conf, name)
  elseif not known then
    wait(conf, name)
  end
  set = newest(url, name)
  if not usable(conf, set, ngx.now()) then return nil, nil, "nothing is known of the issuer's keys" end
  if not set.keys[kid] then return nil, "the issuer has no key of that id" end
  return set.keys[kid]
end

return followed
