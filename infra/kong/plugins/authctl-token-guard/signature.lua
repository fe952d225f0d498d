--- Verifies a signature with what ships in Kong: resty.openssl. The algorithm is one that the key is for, never the token's own choice alone.

local pkey = require "resty.openssl.pkey"

local signature = {}

local raw_ecdsa = { ecdsa_use_raw = true }
local pss = 6 -- RSA_PKCS1_PSS_PADDING

--- Digest, padding and options of each algorithm (RFC 7518, sections 3.3 to 3.5; RFC 8037, section 3.1). The salt is as long as the digest.
local methods = {
  RS256 = { "sha256" }, RS384 = { "sha384" }, RS512 = { "sha512" },
  PS256 = { "sha256", pss, { pss_saltlen = 32 } }, PS384 = { "sha384", pss, { pss_saltlen = 48 } }, PS512 = { "sha512", pss, { pss_saltlen = 64 } },
  ES256 = { "sha256", nil, raw_ecdsa }, ES384 = { "sha384", nil, raw_ecdsa }, ES512 = { "sha512", nil, raw_ecdsa },
  EdDSA = {},
}

--- Whether `bytes` is the signature of `signed` by `key` (of jwks.read). false and a reason when it is not, or cannot be told. Keeps what it made of the
-- key in the key.
function signature.holds(key, alg, signed, bytes)
  local method = methods[alg]
  if not method or not key.algorithms[alg] then return false, "the key is not for " .. tostring(alg) end
  if #bytes ~= key.bytes then return false, "signature length" end
  if key.broken then return false, key.broken end
  if not key.pkey then
    local made, err = pkey.new(key.jwk, { format = "JWK" })
    if not made then
      key.broken = "the key cannot be read: " .. tostring(err)
      return false, key.broken
    end
    key.pkey = made
  end
  local holds = key.pkey:verify(bytes, signed, method[1], method[2], method[3])
  if holds ~= true then return false, "signature" end
  return true
end

return signature
