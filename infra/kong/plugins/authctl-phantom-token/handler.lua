--- authctl-phantom-token: changes the opaque token of a caller into the JWT that stands behind it, by token exchange (RFC 8693) or introspection (RFC 7662),
-- on every request. The JWT then goes through authctl-token-guard, jwt and authctl-scope-guard like any other: what the issuer says is verified, not
-- believed.

local exchange = require "kong.plugins.authctl-phantom-token.exchange"
local failures = require "kong.plugins.authctl-phantom-token.failures"
local handles = require "kong.plugins.authctl-token-handle.handles"
local intake = require "kong.plugins.authctl-token-guard.intake"
local issuer = require "kong.plugins.authctl-phantom-token.issuer"
local jose = require "kong.plugins.authctl-token-guard.jose"
local refusal = require "kong.plugins.authctl-token-guard.refusal"
local request = require "kong.plugins.authctl-token-guard.request"
local response = require "kong.plugins.authctl-token-guard.response"

--- Just before authctl-token-guard (1455), so that the guard judges the JWT.
local PhantomToken = { PRIORITY = 1456, VERSION = "0.1.0" }

local retry_after = "1"

--- True for the form of a compact JWS or JWE: a token by value, which must never be taken for its own proof.
local function is_by_value(token)
  return string.find(token, "^[%w_-]+%.[%w_-]*%.[%w_.-]*$") ~= nil
end

--- What the issuer is to be asked about: the token itself, or what its handle stands for. Second result: a refusal.
local function reference(conf, token)
  if not string.find(token, "^[%w%-._~+/]+=*$") then return nil, refusal.invalid_token("no token68") end
  if conf.handle_store == "memory" or conf.handle_store == "redis" then
    local kept, err = handles.token(conf, token)
    if err then return nil, refusal.unavailable(err, retry_after) end
    if not kept then return nil, refusal.invalid_token("no handle") end
    return kept
  end
  if conf.by_value ~= "introspect" then
    if is_by_value(token) then return nil, refusal.invalid_token("a token by value") end
  elseif string.find(token, ".", 1, true) and not jose.read(token, issuer.algorithms, issuer.types) then
    return nil, refusal.invalid_token("a malformed token by value")
  end
  return token
end

local function judge(conf, read)
  local sent, _, refused = intake.take(conf, read)
  if refused then return refused end
  local token
  token, refused = reference(conf, sent)
  if refused then return refused end

  local client = kong.client.get_forwarded_ip()
  if not failures.may_ask(client, conf.max_failures_per_minute, ngx.now()) then
    local known = exchange.cached(conf, token)
    if not known then return refusal.too_many("too many unknown tokens from one address", "60") end
  end
  local result = exchange.look_up(conf, token)
  if result.failed then return refusal.unavailable(result.failed, retry_after) end
  if not result.jwt then
    if result.asked then failures.count(client, ngx.now()) end
    return refusal.invalid_token(result.why)
  end

  request.drop_cookie(read, conf.cookie)
  kong.service.request.set_header("Authorization", "Bearer " .. result.jwt)
  kong.ctx.shared.authctl_phantom = result.jwt
  return nil
end

local function guard(conf)
  local read = request.read()
  if not read or not request.strip_identity(read, conf.strip_headers) then
    return refusal.too_large(431, "Request header fields too large", "too many headers")
  end
  return judge(conf, read)
end

function PhantomToken:access(conf)
  local refused = guard(conf)
  if refused then
    kong.log[refused.status == 503 and "err" or "info"]("refused: ", refused.reason)
    return kong.response.exit(refused.status, refused.body, refused.headers)
  end
end

function PhantomToken:header_filter()
  response.withhold(kong.ctx.shared.authctl_phantom)
end

return PhantomToken
