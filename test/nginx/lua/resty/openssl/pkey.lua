--- Of lua-resty-openssl what the token guard uses: a public key of a JWK (or of PEM, for Kong's own jwt), and whether a signature is its.
-- Kong brings the library, Debian does not.
-- A key is handed to OpenSSL as SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7; RFC 3279; RFC 8410).

local cjson = require "cjson.safe"
local crypto = require "crypto"
local ffi = require "ffi"

local char, sub = string.char, string.sub

local function bytes_of(text)
  local padded = string.gsub(string.gsub(text, "-", "+"), "_", "/")
  return ngx.decode_base64(padded .. string.rep("=", -#padded % 4))
end

local function der(tag, content)
  local length = #content
  if length < 128 then return char(tag, length) .. content end
  local size = ""
  while length > 0 do
    size, length = char(length % 256) .. size, math.floor(length / 256)
  end
  return char(tag, 128 + #size) .. size .. content
end
local function integer(bytes)
  bytes = string.gsub(bytes, "^%z+", "")
  if bytes == "" or string.byte(bytes) >= 128 then bytes = "\0" .. bytes end
  return der(0x02, bytes)
end
local function sequence(...) return der(0x30, table.concat({ ... })) end
local function identifier(hex) return der(0x06, (string.gsub(hex, "%x%x", function(digits) return char(tonumber(digits, 16)) end))) end

local rsa_encryption = identifier("2a864886f70d010101") .. der(0x05, "")
local curves = { ["P-256"] = "2a8648ce3d030107", ["P-384"] = "2b81040022", ["P-521"] = "2b81040023" }
local edwards = { Ed25519 = "2b6570", Ed448 = "2b6571" }

local writers = {
  RSA = function(jwk) return rsa_encryption, sequence(integer(bytes_of(jwk.n)), integer(bytes_of(jwk.e))) end,
  EC = function(jwk) return identifier("2a8648ce3d0201") .. identifier(curves[jwk.crv]), "\4" .. bytes_of(jwk.x) .. bytes_of(jwk.y) end,
  OKP = function(jwk) return identifier(edwards[jwk.crv]), bytes_of(jwk.x) end,
}

local key = {}
key.__index = key

function key:verify(signature, text, digest, padding, options)
  options = options or {}
  if options.ecdsa_use_raw then
    local half = #signature / 2
    signature = sequence(integer(sub(signature, 1, half)), integer(sub(signature, half + 1)))
  end
  local ctx = ffi.gc(crypto.EVP_MD_CTX_new(), crypto.EVP_MD_CTX_free)
  local pctx = ffi.new("EVP_PKEY_CTX *[1]")
  local method = digest and crypto.EVP_get_digestbyname(digest) or nil
  crypto.ERR_clear_error()
  if crypto.EVP_DigestVerifyInit(ctx, pctx, method, nil, self.pkey) ~= 1 then return nil, "the key cannot verify" end
  if padding then
    if crypto.EVP_PKEY_CTX_set_rsa_padding(pctx[0], padding) ~= 1 then return nil, "no such padding" end
    if crypto.EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx[0], options.pss_saltlen) ~= 1 then return nil, "no such salt" end
  end
  local holds = crypto.EVP_DigestVerify(ctx, signature, #signature, text, #text)
  crypto.ERR_clear_error()
  return holds == 1
end

local pkey = {}

local function of_jwk(text)
  local jwk = cjson.decode(text)
  local algorithm, bits = writers[jwk.kty](jwk)
  return sequence(der(0x30, algorithm), der(0x03, "\0" .. bits))
end
local function of_pem(text)
  return ngx.decode_base64((string.gsub(string.match(text, "%-%-%-%-%-BEGIN PUBLIC KEY%-%-%-%-%-(.*)%-%-%-%-%-END"), "%s", "")))
end

function pkey.new(text, options)
  local format = options and options.format or "PEM"
  local spki = assert(({ JWK = of_jwk, PEM = of_pem })[format], "no such format")(text)
  local at = ffi.new("const unsigned char *[1]", ffi.cast("const unsigned char *", spki))
  local made = crypto.d2i_PUBKEY(nil, at, #spki)
  if made == nil then
    crypto.ERR_clear_error()
    return nil, "OpenSSL does not take it"
  end
  return setmetatable({ pkey = ffi.gc(made, crypto.EVP_PKEY_free) }, key)
end

return pkey
