--- authctl-token-guard: decides everything about an access token that Kong's jwt plugin does not look at, before jwt verifies its signature; or verifies
-- that, too, with the keys that the issuer publishes (`keys: followed`), and no jwt plugin is needed.

local certificate = require "kong.plugins.authctl-token-guard.certificate"
local claims_check = require "kong.plugins.authctl-token-guard.claims"
local followed = require "kong.plugins.authctl-token-guard.followed"
local intake = require "kong.plugins.authctl-token-guard.intake"
local jose = require "kong.plugins.authctl-token-guard.jose"
local path = require "kong.plugins.authctl-token-guard.path"
local pinned = require "kong.plugins.authctl-token-guard.pinned"
local proof = require "kong.plugins.authctl-token-guard.proof"
local refusal = require "kong.plugins.authctl-token-guard.refusal"
local request = require "kong.plugins.authctl-token-guard.request"
local signature = require "kong.plugins.authctl-token-guard.signature"
local trusted = require "kong.plugins.authctl-token-guard.trusted"
local verified = require "kong.plugins.authctl-token-guard.verified"

--- Before jwt (1450), after cors (2000), so that a preflight needs no token and a refusal carries CORS headers.
local TokenGuard = { PRIORITY = 1455, VERSION = "0.1.0" }

--- A refusal of a token that none of the issuer's published keys has signed, or of which that cannot be known now. `rules`: those of its issuer.
local function unsigned(rules, jws)
  local key, reason, failure = followed.key(rules, jws.kid)
  if failure then return refusal.unavailable(failure, "1") end
  if not key then return refusal.invalid_token(reason) end
  local holds, why = signature.holds(key, jws.header.alg, jws.signed, jws.signature)
  return not holds and refusal.invalid_token(why) or nil
end

--- A refusal of a bound token that does not come with a proof of its key. Its signature holds: nothing is noted for a token that nobody signed.
local function unproven(conf, read, token, claims)
  local bound_to = proof.key_of(claims)
  if not bound_to then return refusal.invalid_token("cnf: bound in another way") end
  local judged = proof.judge(conf, { method = read.method, path = kong.request.get_raw_path(), headers = read.headers }, token, bound_to, ngx.now())
  if judged.unavailable then return refusal.unavailable(judged.reason, "1") end
  -- With every answer to this client: also with what the service, or a later plugin, has to say.
  kong.ctx.shared.authctl_dpop_nonce = judged.nonce
  if judged.asks_nonce then return refusal.asks_nonce() end
  return judged.reason and refusal.invalid_proof(judged.reason) or nil
end

--- A refusal of a token that is bound to another certificate than that of its sender, or to none. Nothing is noted: that its signature holds may be said later.
local function uncertified(read, claims)
  local reason = certificate.mismatch(claims, read.certificate, read.no_certificate)
  return reason and refusal.invalid_token(reason) or nil
end

--- What jwt and the later plugins see of an accepted token: it alone, in one spelling.
local function admit(conf, read, token, source, jws, further)
  kong.service.request.set_header("Authorization", (conf.bound == "dpop" and "DPoP " or "Bearer ") .. token)
  if conf.relay ~= "cookie" then request.drop_cookie(read, conf.cookie) end
  kong.ctx.shared.authctl_token = {
    claims = jws.claims, payload = jws.payload, raw = token, kid = jws.kid, source = source, relay = conf.relay,
    proofs = conf.bound == "dpop" and conf.dpop_algorithms or nil,
  }
  if conf.keys == "followed" then verified.vouch(kong.ctx.shared.authctl_token, further) end
end

local function judge(conf, read)
  local token, source, refused = intake.take(conf, read)
  if refused then return refused end
  local own = conf.keys == "followed"
  local rules, further = trusted.rules(conf, token)
  local jws, reason = jose.read(token, rules.algorithms, rules.types, rules.typeless, own)
  if not jws then return refusal.invalid_token(reason) end
  reason = claims_check.judge(rules, jws.claims, jws.type, ngx.now())
  if reason then return refusal.invalid_token(reason) end
  if not own and conf.pinned_consumer and not pinned.may_know(conf.pinned_consumer, jws.kid) then
    return refusal.invalid_token("no key of that id is pinned")
  end
  refused = own and unsigned(rules, jws)
  if refused then return refused end
  refused = conf.bound == "dpop" and unproven(conf, read, token, jws.claims) or conf.bound == "mtls" and uncertified(read, jws.claims)
  if refused then return refused end
  admit(conf, read, token, source, jws, further)
  return nil
end

local function pass_public(conf, read)
  if conf.relay ~= "header" then kong.service.request.clear_header("Authorization") end
  if conf.relay ~= "cookie" then request.drop_cookie(read, conf.cookie) end
end

--- What a client may not send besides: names of the configuration, and the one in which a proxy says a certificate, in whatever spelling it comes.
local function unwanted(conf)
  local names = conf.strip_headers
  if conf.bound ~= "mtls" or conf.certificate_from ~= "header" then return names end
  local all = { conf.certificate_header }
  for _, name in ipairs(type(names) == "table" and names or {}) do all[#all + 1] = name end
  return all
end

local function guard(conf)
  local read = request.read()
  if read and conf.bound == "mtls" then certificate.take(conf, read) end
  if not read or not request.strip_identity(read, unwanted(conf)) then
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
    if conf.bound == "dpop" then refusal.bound(refused, conf.dpop_algorithms) end
    kong.log[refused.status == 503 and "err" or "info"]("refused: ", refused.reason)
    return kong.response.exit(refused.status, refused.body, refused.headers)
  end
end

--- A refusal by a later plugin (jwt, scope guard, acl) is not to be kept by a cache either.
--- A client whose nonce is of the last period is told the next with whatever is answered (RFC 9449, section 8.2).
function TokenGuard:header_filter(conf)
  local nonce = kong.ctx.shared.authctl_dpop_nonce
  if nonce then kong.response.set_header("DPoP-Nonce", nonce) end
  if not conf.public and kong.response.get_source() ~= "service" and kong.response.get_status() >= 400 then
    kong.response.set_header("Cache-Control", "no-store")
  end
end

return TokenGuard
