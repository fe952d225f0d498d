--- Whose rules a token is held to, where a service takes those of several issuers: the one that it names chooses the keys, the algorithms, the audience
-- and the clients, all of them and together. What it says is believed when a key of that very issuer has signed it.

local jose = require "kong.plugins.authctl-token-guard.jose"

local trusted = {}

--- The rules of a further issuer. Field by field: nothing of what is said of the one issuer's tokens may count for another's.
local function rules_of(conf, one)
  return {
    issuer = one.issuer, audience = one.audience, audience_claim = one.audience_claim, clients = one.clients,
    algorithms = one.algorithms, typeless = one.typeless, token_types = one.token_types, token_type_claim = one.token_type_claim,
    jwks_url = one.jwks_url, jwks_allow_plain_http = one.jwks_allow_plain_http,
    -- What is no issuer's: how strictly, and how often keys are asked for.
    types = conf.types, leeway = conf.leeway, max_lifetime = conf.max_lifetime, max_age = conf.max_age, bound = conf.bound,
    jwks_timeout_ms = conf.jwks_timeout_ms, jwks_refresh = conf.jwks_refresh, jwks_cool_down = conf.jwks_cool_down, jwks_stale = conf.jwks_stale,
  }
end

--- The rules for a token (fields of the configuration), and whether they are a further issuer's. Whoever names none that is known is judged by those of the
-- one issuer, and refused. With `keys: pinned` there is one: jwt would take a key of either for both.
function trusted.rules(conf, token)
  local further = conf.further_issuers
  if conf.keys ~= "followed" or type(further) ~= "table" or #further == 0 then return conf, false end
  local iss = jose.issuer_of(token)
  if iss == nil or iss == conf.issuer then return conf, false end
  for _, one in ipairs(further) do
    if one.issuer == iss then return rules_of(conf, one), true end
  end
  return conf, false
end

return trusted
