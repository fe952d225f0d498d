--- Reads a set of public keys (RFC 7517, section 5) and says which key may verify what. A key that is not plainly fit for signatures is left out.

local base64url = require "kong.plugins.authctl-token-guard.base64url"
local json = require "kong.plugins.authctl-token-guard.json"

local find, format = string.find, string.format

local jwks = {}

local depth = 8
local most_keys = 100

--- Members that only a private or a secret key has (RFC 7518, sections 6.2.2, 6.3.2 and 6.4): whoever reads the set could sign with it.
local private_members = { "d", "p", "q", "dp", "dq", "qi", "oth", "k" }

--- By curve: the one algorithm, and the bytes of a coordinate (RFC 7518, section 3.4 and 6.2.1; RFC 8037, section 2).
local curves = {
  EC = { ["P-256"] = { "ES256", 32 }, ["P-384"] = { "ES384", 48 }, ["P-521"] = { "ES512", 66 } },
  OKP = { Ed25519 = { "EdDSA", 32 }, Ed448 = { "EdDSA", 57 } },
}

local rsa_algorithms = { "RS256", "RS384", "RS512", "PS256", "PS384", "PS512" }

--- The bytes of a member without leading zeros, or nil.
local function integer(value)
  local bytes = type(value) == "string" and base64url.decode(value)
  return bytes and (string.gsub(bytes, "^%z+", ""))
end

--- An RSA key of 2048 to 8192 bits with an odd exponent of 65537 to 64 bits (RFC 7518, section 3.3; FIPS 186-5, section 5.4).
local function rsa(key)
  local modulus, exponent = integer(key.n), integer(key.e)
  if not modulus or not exponent then return nil end
  local bytes = #modulus
  if bytes < 256 or bytes > 1024 or (bytes == 256 and string.byte(modulus) < 128) then return nil end
  if #exponent < 3 or #exponent > 8 or string.byte(exponent, -1) % 2 == 0 then return nil end
  return rsa_algorithms, format('{"e":%s,"kty":"RSA","n":%s}', json.quote(key.e), json.quote(key.n)), bytes
end

local function has_bytes(value, bytes)
  return type(value) == "string" and base64url.length(value) == bytes
end

local function elliptic(key)
  local curve = type(key.crv) == "string" and curves.EC[key.crv]
  if not curve or not has_bytes(key.x, curve[2]) or not has_bytes(key.y, curve[2]) then return nil end
  local jwk = format('{"crv":%s,"kty":"EC","x":%s,"y":%s}', json.quote(key.crv), json.quote(key.x), json.quote(key.y))
  return { curve[1] }, jwk, 2 * curve[2]
end

local function edwards(key)
  local curve = type(key.crv) == "string" and curves.OKP[key.crv]
  if not curve or not has_bytes(key.x, curve[2]) then return nil end
  return { curve[1] }, format('{"crv":%s,"kty":"OKP","x":%s}', json.quote(key.crv), json.quote(key.x)), 2 * curve[2]
end

local readers = { RSA = rsa, EC = elliptic, OKP = edwards }

--- True when what the key says of its use leaves verifying signatures to it (RFC 7517, sections 4.2 and 4.3).
local function is_for_signatures(key)
  if key.use ~= nil and key.use ~= "sig" then return false end
  if key.key_ops == nil then return true end
  if not json.is_array(key.key_ops) then return false end
  for _, operation in ipairs(key.key_ops) do
    if operation == "verify" then return true end
  end
  return false
end

local function is_kid(kid)
  return type(kid) == "string" and #kid <= 255 and find(kid, "^[%w%-._~:=+@]+$") ~= nil
end

--- { jwk (the public members as JSON, as RFC 7638 section 3 has them hashed), algorithms (name -> true), bytes (of a signature) }, or nil for a key that
-- is not taken.
local function usable(key)
  if not is_for_signatures(key) then return nil end
  for _, name in ipairs(private_members) do
    if key[name] ~= nil then return nil end
  end
  local read = type(key.kty) == "string" and readers[key.kty]
  if not read then return nil end
  local fit, jwk, bytes = read(key)
  if not fit then return nil end
  local algorithms, any = {}, false
  for _, name in ipairs(fit) do
    if key.alg == nil or key.alg == name then algorithms[name], any = true, true end
  end
  return any and { jwk = jwk, algorithms = algorithms, bytes = bytes } or nil
end

--- One key that stands for itself, as in a proof: as `usable` gives it, or nil. Never raises.
function jwks.public(key)
  return usable(key)
end

--- The keys of a set by their id; or nil and a reason. Two keys under one id leave open which is meant: neither is taken. A set of which nothing can
-- be taken is no answer. Never raises.
function jwks.read(text)
  local set, err = json.decode(text, depth)
  if not json.is_object(set) then return nil, "no JSON object: " .. (err or "another value") end
  if not json.is_array(set.keys) then return nil, "no list of keys" end
  if #set.keys > most_keys then return nil, "too many keys" end
  local keys, seen, count = {}, {}, 0
  for _, key in ipairs(set.keys) do
    if not json.is_object(key) then return nil, "a key that is no JSON object" end
    if is_kid(key.kid) then
      if seen[key.kid] then
        if keys[key.kid] then keys[key.kid], count = nil, count - 1 end
      else
        seen[key.kid] = true
        keys[key.kid] = usable(key)
        if keys[key.kid] then count = count + 1 end
      end
    end
  end
  if count == 0 then return nil, "no key for signatures" end
  return keys
end

return jwks
