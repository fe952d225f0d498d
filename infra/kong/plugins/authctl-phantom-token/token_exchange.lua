--- Takes the JWT behind a token by standard token exchange (RFC 8693): the gateway's client, as requester, changes the token of a person into one for the
-- API that is asked, with no scope that the person's token does not have, and for no longer.

local base64url = require "kong.plugins.authctl-token-guard.base64url"
local issuer = require "kong.plugins.authctl-phantom-token.issuer"
local jose = require "kong.plugins.authctl-token-guard.jose"
local json = require "kong.plugins.authctl-token-guard.json"
local lists = require "kong.plugins.authctl-token-guard.lists"
local parameters = require "kong.plugins.authctl-token-guard.parameters"

local find, gmatch, lower, match = string.find, string.gmatch, string.lower, string.match
local encode, set_of = parameters.encode, lists.set_of

local token_exchange = {}

local grant = encode("urn:ietf:params:oauth:grant-type:token-exchange")
local access_token = "urn:ietf:params:oauth:token-type:access_token"

--- Which of the words of a scope are in a set, as a list.
local function of_both(scope, wanted)
  local found = {}
  for word in gmatch(type(scope) == "string" and scope or "", "%S+") do
    if wanted[word] then found[#found + 1] = word end
  end
  return found
end

--- True for a scope of which every word is in the set.
local function is_within(scope, most)
  if scope == nil then return true end
  if type(scope) ~= "string" then return false end
  for word in gmatch(scope, "%S+") do
    if not most[word] then return false end
  end
  return true
end

--- What the token says of itself. It counts when the issuer makes the exchange, which it does for a token that it has signed alone; until then nothing more
-- is decided by it than a refusal. Second result: the reason for one.
local function subject_of(conf, token, now)
  local read, reason = jose.read(token, issuer.algorithms, issuer.types)
  if not read then return nil, reason end
  local claims = read.claims
  if claims.iss ~= conf.issuer then return nil, "iss" end
  if type(claims.exp) ~= "number" or claims.exp <= now then return nil, "exp" end
  -- What the gateway got for a token is no token of anybody's: the issuer would exchange it again after the one it stands for was revoked.
  if claims.azp == nil or claims.azp == conf.client_id or claims.client_id == conf.client_id then return nil, "azp" end
  if claims.typ ~= nil and claims.typ ~= "Bearer" then return nil, "typ" end
  if claims.cnf ~= nil then return nil, "cnf" end
  return claims
end

--- How the issuer says that it makes no exchange, or none for the gateway's client (RFC 6749, section 5.2): not what is wrong with a token. Keycloak says
-- the second in words alone.
local function is_not_offered(answer)
  if answer.error == "unsupported_grant_type" or answer.error == "unauthorized_client" then return true end
  local words = type(answer.error_description) == "string" and lower(answer.error_description) or ""
  return answer.error == "invalid_request" and find(words, "token exchange", 1, true) ~= nil and find(words, "not enabled", 1, true) ~= nil
end

--- What the issuer says against the token itself (RFC 8693, section 2.2.2), and not against the question.
local about_the_token = set_of({ "invalid_request", "invalid_grant", "invalid_token", "access_denied", "invalid_target" })

local function refused(response)
  local answer = issuer.object_of(response) or {}
  local named = type(answer.error) == "string" and find(answer.error, "^[%w_]+$") and answer.error or "nothing usable"
  if response.status == 400 and is_not_offered(answer) then return { not_offered = "token exchange answered " .. named } end
  if (response.status == 400 or response.status == 403) and about_the_token[named] then return { why = "token exchange answered " .. named } end
  return { failed = string.format("token exchange answered %d: %s", response.status, named) }
end

--- What is wrong with the JWT that came, or nil: it must be about the same person and session, and hold no more than was asked for.
local function objection(conf, claims, subject, asked)
  if claims.iss ~= conf.issuer then return "iss" end
  if not issuer.holds(claims.aud, conf.audience) then return "aud" end
  if not is_within(claims.scope, asked) then return "scope" end
  if type(claims.exp) ~= "number" then return "exp" end
  for _, name in ipairs({ "sub", "sid" }) do
    if subject[name] ~= nil and claims[name] ~= subject[name] then return name end
  end
  return nil
end

local function judge(conf, answer, subject, asked, now)
  if type(answer.access_token) ~= "string" or answer.issued_token_type ~= access_token then return { failed = "token exchange sent no access token" } end
  if type(answer.token_type) ~= "string" or lower(answer.token_type) ~= "bearer" then return { failed = "token exchange sent another kind of token" } end
  local payload = match(answer.access_token, "^[%w_-]+%.([%w_-]+)%.[%w_-]+$")
  local claims = payload and json.decode(base64url.decode(payload))
  if not json.is_object(claims) then return { failed = "token exchange sent no JWT" } end
  local against = objection(conf, claims, subject, asked)
  -- No scope of this API was granted: the token is good, and for another one.
  if against == "aud" then return { why = "token exchange: aud" } end
  if against then return { failed = "token exchange sent another token than was asked for: " .. against } end
  local ends = math.min(claims.exp, subject.exp)
  if ends <= now then return { why = "exp" } end
  return { jwt = answer.access_token, exp = ends }
end

--- { jwt, exp } for a token that counts and is meant for here; { why } for any other; { not_offered } when the issuer makes no exchanges for this client;
-- { failed } when it gave no usable answer.
function token_exchange.ask(conf, token, now)
  local subject, reason = subject_of(conf, token, now)
  if not subject then return { why = "subject token: " .. reason } end
  local scopes = of_both(subject.scope, set_of(conf.scopes))
  if #scopes == 0 then return { why = "no scope of this API" } end
  local body = "grant_type=" .. grant .. "&subject_token=" .. encode(token) .. "&subject_token_type=" .. encode(access_token) ..
    "&requested_token_type=" .. encode(access_token) .. "&scope=" .. encode(table.concat(scopes, " "))
  local response, err = issuer.post(conf, conf.exchange_url, body, "application/json")
  if not response then return { failed = "token exchange: " .. err } end
  if response.status ~= 200 then return refused(response) end
  local answer = issuer.object_of(response)
  if not answer then return { failed = "token exchange answered no JSON object" } end
  return judge(conf, answer, subject, set_of(scopes), now)
end

return token_exchange
