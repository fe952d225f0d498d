--- The JWT behind an opaque token: asked for once however many requests wait for it, and kept for a short time, never past its end.

local behind = require "kong.plugins.authctl-phantom-token.behind"
local resty_sha256 = require "resty.sha256"
local resty_string = require "resty.string"

local exchange = {}

--- How long a failure to ask is remembered, in seconds: whoever waited for the same answer learns of it at once.
local failure_ttl = 0.2

--- No token is ever a key in memory: its hash is, with what the answer depends on.
local function key_of(conf, token)
  local sha256 = resty_sha256:new()
  sha256:update(table.concat({
    conf.obtain, conf.introspection_url, conf.exchange_url or "", conf.client_id, conf.issuer, conf.audience, table.concat(conf.scopes, " "), token,
  }, "\n"))
  return "authctl-phantom-token:" .. resty_string.to_hex(sha256:final())
end

--- What the cache is to keep, and for how many seconds. It never gets an error: Kong's cache would then bring back a value that is already stale.
local function ask(conf, token)
  local now = ngx.now()
  local result = behind.ask(conf, token, now)
  if result.failed then return result, nil, failure_ttl end
  if not result.jwt then return result, nil, math.max(conf.negative_ttl, 0.001) end
  return result, nil, math.max(math.min(result.exp - now, conf.cache_ttl), 0.001)
end

--- { jwt }, { why } or { failed }, and `asked` when the issuer was asked just now.
function exchange.look_up(conf, token)
  local asked = false
  local function fetch()
    asked = true
    return ask(conf, token)
  end
  local result, err = kong.cache:get(key_of(conf, token), { ttl = conf.cache_ttl }, fetch)
  if type(result) ~= "table" then return { failed = "cache: " .. tostring(err) } end
  if result.jwt and result.exp <= ngx.now() then return { why = "expired" } end
  return { jwt = result.jwt, why = result.why, failed = result.failed, asked = asked }
end

--- True when an answer about the token is at hand without asking.
function exchange.cached(conf, token)
  local _, _, value = kong.cache:probe(key_of(conf, token))
  return type(value) == "table" and value.failed == nil
end

return exchange
