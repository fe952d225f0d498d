--- authctl-token-guard: decides everything about an access token that Kong's jwt plugin does not look at, before jwt verifies its signature.

local claims_check = require "kong.plugins.authctl-token-guard.claims"
local intake = require "kong.plugins.authctl-token-guard.intake"
local jose = require "kong.plugins.authctl-token-guard.jose"
local path = require "kong.plugins.authctl-token-guard.path"
local refusal = require "kong.plugins.authctl-token-guard.refusal"
local request = require "kong.plugins.authctl-token-guard.request"

--- Before jwt (1450), after cors (2000), so that a preflight needs no token and a refusal carries CORS headers.
local TokenGuard = { PRIORITY = 1455, VERSION = "0.1.0" }

--- What jwt and the later plugins see of an accepted token: it alone, in one spelling.
local function admit(conf, read, token, source, jws)
  kong.service.request.set_header("Authorization", "Bearer " .. token)
  if conf.relay ~= "cookie" then request.drop_cookie(read, conf.cookie) end
  kong.ctx.shared.authctl_token = {
    claims = jws.claims, payload = jws.payload, raw = token, kid = jws.kid, source = source, relay = conf.relay,
  }
end

local function judge(conf, read)
  local token, source, refused = intake.take(conf, read)
  if refused then return refused end
  local jws, reason = jose.read(token, conf.algorithms, conf.types, conf.typeless)
  if not jws then return refusal.invalid_token(reason) end
  reason = claims_check.judge(conf, jws.claims, jws.type, ngx.now())
  if reason then return refusal.invalid_token(reason) end
  if not claims_check.authentication_suffices(conf, jws.claims) then return refusal.weak_authentication(conf.acr) end
  admit(conf, read, token, source, jws)
  return nil
end

local function pass_public(conf, read)
  if conf.relay ~= "header" then kong.service.request.clear_header("Authorization") end
  if conf.relay ~= "cookie" then request.drop_cookie(read, conf.cookie) end
end

local function guard(conf)
  local read = request.read()
  if not read or not request.strip_identity(read, conf.strip_headers) then
    return refusal.too_large(431, "Request header fields too large", "too many headers")
  end
  local doubt = conf.refuse_ambiguous_paths and path.doubt(kong.request.get_raw_path())
  if doubt then return refusal.ambiguous(doubt) end
  if conf.public then return pass_public(conf, read) end
  return judge(conf, read)
end

function TokenGuard:access(conf)
  local refused = guard(conf)
  if refused then
    kong.log.info("refused: ", refused.reason)
    return kong.response.exit(refused.status, refused.body, refused.headers)
  end
end

--- A refusal by a later plugin (jwt, scope guard, acl) is not to be kept by a cache either.
function TokenGuard:header_filter(conf)
  if not conf.public and kong.response.get_source() ~= "service" and kong.response.get_status() >= 400 then
    kong.response.set_header("Cache-Control", "no-store")
  end
end

return TokenGuard
