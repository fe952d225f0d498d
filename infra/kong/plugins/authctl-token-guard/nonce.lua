--- Nonces for proofs (RFC 9449, section 9): what a proof must hold that the gateway has told its client not long ago, so that nobody can make proofs today for
-- tomorrow. Nothing is kept: a nonce is a MAC of its period by a secret that all nodes have, so that each of them knows those of all others.

local base64url = require "kong.plugins.authctl-token-guard.base64url"

local nonce = {}

--- Bytes of the MAC that a nonce has.
local bytes = 16
--- Characters of the secret at least, as the schema asks them of what is stated. Of a reference to a vault that cannot be resolved Kong makes an empty text
-- (resolve_reference in kong/db/schema/init.lua): everybody could make the nonces of that.
local least = 24

local function of(conf, period)
  if #conf.dpop_nonce_secret < least then return nil, "their secret is too short, or a reference that was not resolved" end
  local mac, err = require("resty.openssl.hmac").new(conf.dpop_nonce_secret, "sha256")
  local all
  if mac then all, err = mac:final(string.format("authctl-dpop-nonce:%d", period)) end
  if not all then return nil, tostring(err) end
  return base64url.encode(string.sub(all, 1, bytes))
end

--- True where proofs must hold one.
function nonce.is_asked(conf)
  return type(conf.dpop_nonce_secret) == "string"
end

--- Judges the nonce of a proof: true when it is one of this period or of the last, by any clock within the leeway, and not more. As second result the nonce
-- of now, where the client has another; nil and the error as third when none can be made.
function nonce.judge(conf, shown, now)
  local lifetime = conf.dpop_nonce_lifetime
  local current, err = of(conf, math.floor(now / lifetime))
  if not current then return false, nil, err end
  if shown == current then return true end
  if type(shown) == "string" then
    for period = math.floor((now - conf.leeway) / lifetime) - 1, math.floor((now + conf.leeway) / lifetime) do
      if shown == of(conf, period) then return true, current end
    end
  end
  return false, current
end

return nonce
