--- Takes a compact JWS apart (RFC 7515, section 7.1) and judges its header. It verifies no signature: signature.lua does, or Kong's jwt plugin, on the
-- same bytes.

local base64url = require "kong.plugins.authctl-token-guard.base64url"
local json = require "kong.plugins.authctl-token-guard.json"
local lists = require "kong.plugins.authctl-token-guard.lists"

local contains = lists.contains
local find, lower, match = string.find, string.lower, string.match

local jose = {}

--- Signature bytes per algorithm, as { least, most }. Kong's jwt answers 500 for any other length of ES* and PS*; an RSA key under 2048 bits is too
-- weak (RFC 7518, section 3.3).
local signature_bytes = {
  RS256 = { 256, 1024 }, RS384 = { 256, 1024 }, RS512 = { 256, 1024 },
  PS256 = { 256, 256 }, PS384 = { 256, 256 }, PS512 = { 256, 256 },
  ES256 = { 64, 64 }, ES384 = { 96, 96 }, ES512 = { 132, 132 },
  EdDSA = { 64, 114 },
}

--- Where jwt is not asked, the key alone says how long a signature of PS* is.
local rsa_bytes = signature_bytes.RS256

--- Header members that ask the verifier to trust the token's own key, to change how the token is read, or that repeat a claim for a reader that
-- prefers the header. None has a use in an access token of a known issuer.
local refused_members = { "crit", "jku", "jwk", "x5u", "x5c", "b64", "zip", "enc", "iss", "sub", "aud" }

local header_depth = 4
local payload_depth = 16

--- The media type of `typ` without its optional prefix, in lower case (RFC 7515, section 4.1.9).
local function short_type(typ)
  local name = lower(typ)
  return match(name, "^application/([^/]+)$") or name
end

local function judge_header(header, algorithms, types, typeless)
  local alg, kid, typ = header.alg, header.kid, header.typ
  if type(alg) ~= "string" or not contains(algorithms, alg) or not signature_bytes[alg] then return "algorithm" end
  if type(kid) ~= "string" or #kid > 255 or not find(kid, "^[%w%-._~:=+@]+$") then return "kid" end
  for _, name in ipairs(refused_members) do
    if header[name] ~= nil then return "header member " .. name end
  end
  if typ == nil and typeless == true then return nil end
  if type(typ) ~= "string" then return "typ" end
  local short = short_type(typ)
  for _, accepted in ipairs(types) do
    if short_type(accepted) == short then return nil end
  end
  return "typ"
end

--- A segment holds nothing but its alphabet: the pattern by which it was cut off says so.
local function read_object(segment, depth)
  local text = base64url.decode(segment, true)
  if not text then return nil, "base64url" end
  local object, err = json.decode(text, depth)
  if not json.is_object(object) then return nil, "json: " .. (err or "not an object") end
  return object, nil, text
end

--- The issuer that a token names, or nil: believed by nobody yet, and good for choosing the rules by which it is judged. Never raises.
function jose.issuer_of(token)
  local payload_part = match(token, "^[%w_-]+%.([%w_-]+)%.[%w_-]+$")
  local claims = payload_part and read_object(payload_part, payload_depth)
  return claims and type(claims.iss) == "string" and claims.iss or nil
end

--- { header, claims, payload, kid, type, signed, signature } of a compact JWS whose header is acceptable, or nil and the reason (for the log, not for
-- the client). `payload` is the JSON text of the claims as signed; `type` the short `typ`; `signed` what the bytes of `signature` are about.
-- `algorithms`, `types`: lists of strings. `own`: the guard itself verifies the signature. Never raises.
function jose.read(token, algorithms, types, typeless, own)
  local header_part, payload_part, signature_part = match(token, "^([%w_-]+)%.([%w_-]+)%.([%w_-]+)$")
  if not header_part then return nil, "structure" end
  local header, header_error = read_object(header_part, header_depth)
  if not header then return nil, "header " .. header_error end
  local refused = judge_header(header, algorithms, types, typeless)
  if refused then return nil, refused end
  local bounds = own and string.sub(header.alg, 1, 2) == "PS" and rsa_bytes or signature_bytes[header.alg]
  local length = base64url.length(signature_part, true)
  if not length or length < bounds[1] or length > bounds[2] then return nil, "signature length" end
  local claims, payload_error, payload = read_object(payload_part, payload_depth)
  if not claims then return nil, "payload " .. payload_error end
  return {
    header = header, claims = claims, payload = payload, kid = header.kid, type = header.typ and short_type(header.typ),
    signed = string.sub(token, 1, #header_part + 1 + #payload_part), signature = own and base64url.decode(signature_part, true),
  }
end

return jose
