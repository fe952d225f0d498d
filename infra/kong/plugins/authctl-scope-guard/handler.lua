--- authctl-scope-guard: after jwt has verified the signature, asks for the scopes, the roles and the sign-in of the route, and hands the identity on.

local identity = require "kong.plugins.authctl-scope-guard.identity"
local refusal = require "kong.plugins.authctl-token-guard.refusal"
local scopes = require "kong.plugins.authctl-scope-guard.scopes"
local step_up = require "kong.plugins.authctl-scope-guard.step_up"
local verified = require "kong.plugins.authctl-token-guard.verified"

--- Right after jwt (1450), before acl (950) and everything that works for an authenticated caller.
local ScopeGuard = { PRIORITY = 1445, VERSION = "0.1.0" }

--- Any consumer's key may sign a token that names our issuer: only the credentials of the issuer's own consumer count.
local function belongs(username)
  if username == nil or username == ngx.null then return true end
  local consumer = kong.client.get_consumer()
  return type(consumer) == "table" and consumer.username == username
end

local function judge(conf)
  local token = verified.token()
  if not token then return refusal.invalid_token("no verified token") end
  if not belongs(conf.consumer_username) then return refusal.invalid_token("a credential of another consumer") end
  if conf.deny_all then return refusal.forbidden("the route grants nothing") end
  local wanted = type(conf.scopes) == "table" and conf.scopes or {}
  local missing = scopes.first_missing(token.claims, wanted)
  if missing then return refusal.insufficient_scope(wanted, "scope " .. missing) end
  -- Roles, sign-in and names of a further issuer are that issuer's: a clerk there is none here, nor is its user-1 ours.
  local further = verified.is_further(token)
  local known = further and {} or token.claims
  if not scopes.has_any_role(known, conf.roles) then return refusal.insufficient_scope({}, "role") end
  -- Last: nobody is asked to sign in again for what a better sign-in does not open.
  local lacking = step_up.lacking(conf, known, ngx.now())
  if lacking then return refusal.weak_authentication(conf, lacking) end

  -- The relayed header is jwt's input, so that only a plugin after jwt can take it off.
  if token.relay ~= "header" then kong.service.request.clear_header("Authorization") end
  if conf.identity_headers and not further then identity.send(token.claims) end
  return nil
end

function ScopeGuard:access(conf)
  local refused = judge(conf)
  if refused then
    local token = kong.ctx.shared.authctl_token
    if type(token) == "table" and type(token.proofs) == "table" then refusal.bound(refused, token.proofs) end
    kong.log.info("refused: ", refused.reason)
    return kong.response.exit(refused.status, refused.body, refused.headers)
  end
end

return ScopeGuard
