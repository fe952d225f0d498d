--- Verifies that whoever sends a bound token has the certificate that it was issued to (RFC 8705, section 3): by the connection itself, or by what a proxy in
-- front says of its own (RFC 9440).

local base64url = require "kong.plugins.authctl-token-guard.base64url"
local json = require "kong.plugins.authctl-token-guard.json"

local resty_sha256 = require "resty.sha256"

local floor = math.floor
local find, gmatch, gsub, lower, match = string.find, string.gmatch, string.gsub, string.lower, string.match

local certificate = {}

--- Bytes of a certificate's text at most: nginx takes no header line that is much longer.
local most = 16384

--- The bytes behind strict base64, or nil.
local function decoded(text)
  if #text % 4 ~= 0 or not find(text, "^[%w+/]+=?=?$") then return nil end
  return ngx.decode_base64(text)
end

--- The bytes (DER) of the first certificate of a text (PEM, RFC 7468).
local function from_pem(text)
  local body = match(text, "^%s*%-%-%-%-%-BEGIN CERTIFICATE%-%-%-%-%-(.-)%-%-%-%-%-END CERTIFICATE%-%-%-%-%-")
  return body and decoded((gsub(body, "%s", ""))) or nil
end

local readers = {
  -- A byte sequence of structured fields (RFC 9440, section 2.1; RFC 8941, section 3.3.5).
  ["rfc9440"] = function(value)
    local text = match(value, "^[ \t]*:([%w+/=]+):[ \t]*$")
    return text and decoded(text) or nil
  end,
  -- PEM with its bytes escaped, as nginx has it in $ssl_client_escaped_cert, and as ALB sends it; or what stands between its first and its last line, the
  -- client's own certificate before a comma and those that signed it, as Traefik does.
  ["pem"] = function(value)
    local text = gsub(value, "%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end)
    return from_pem(text) or decoded(match(text, "^[^,]*"))
  end,
}

local function number_of(address)
  local a, b, c, d = match(address, "^(%d+)%.(%d+)%.(%d+)%.(%d+)$")
  return a and ((a * 256 + b) * 256 + c) * 256 + d or nil
end

--- The groups of a part of an address of IPv6, without leading zeros.
local function groups(text)
  local list = {}
  for group in gmatch(text, "[^:]+") do list[#list + 1] = (gsub(group, "^0+(%x)", "%1")) end
  return list
end

--- An address in one spelling (RFC 4291, section 2.2); one of IPv4 on a socket of IPv6 (section 2.5.5.2) is one of IPv4.
local function plain(address)
  address = gsub(lower(address), "^::ffff:(%d+%.)", "%1")
  if not find(address, ":", 1, true) then return address end
  local head, tail = match(address, "^(.-)::(.*)$")
  local all, rest = groups(head or address), groups(tail or "")
  if head then
    for _ = #all + #rest + 1, 8 do all[#all + 1] = "0" end
  end
  for _, group in ipairs(rest) do all[#all + 1] = group end
  return table.concat(all, ":")
end

--- True when `peer` is one of the addresses, or in one of the IPv4 networks (`10.0.0.0/8`).
local function is_among(peer, addresses)
  peer = plain(peer)
  for _, one in ipairs(addresses) do
    if plain(one) == peer then return true end
  end
  local number = number_of(peer)
  for _, one in ipairs(number and addresses or {}) do
    local base, bits = match(one, "^([%d.]+)/(%d+)$")
    local network = base and number_of(base)
    local size = bits and 2 ^ (32 - bits)
    if network and floor(network / size) == floor(number / size) then return true end
  end
  return false
end

--- Who opened the connection, whatever a header says of an address.
local function peer()
  return ngx.var.realip_remote_addr or ngx.var.remote_addr or ""
end

local function from_proxy(conf, headers)
  if not is_among(peer(), conf.certificate_proxies) then return nil, "no proxy of ours" end
  local values = headers[lower(conf.certificate_header)]
  if not values then return nil, "none in the header" end
  if #values > 1 or #values[1] > most then return nil, "two, or a long one, in the header" end
  local der = readers[conf.certificate_format](values[1])
  if not der then return nil, "unreadable in the header" end
  return der
end

--- What the client has proven to nginx by the handshake: `ssl_verify_client optional_no_ca` asks for it
-- (https://nginx.org/en/docs/http/ngx_http_ssl_module.html#ssl_verify_client; the variable: #var_ssl_client_raw_cert).
local function from_connection()
  local text = ngx.var.ssl_client_raw_cert
  if not text or text == "" then return nil, "none in the handshake" end
  local der = from_pem(text)
  if not der then return nil, "unreadable" end
  return der
end

--- Notes in `read` the thumbprint (`x5t#S256`) of the certificate that the client of this request has (`certificate`), or why there is none
-- (`no_certificate`). To be asked before headers that only a gateway may set are taken off, and that of the proxy with them.
function certificate.take(conf, read)
  local der
  if conf.certificate_from == "header" then
    der, read.no_certificate = from_proxy(conf, read.headers)
  else
    der, read.no_certificate = from_connection()
  end
  if not der then return end
  local sha256 = resty_sha256:new()
  sha256:update(der)
  read.certificate = base64url.encode(sha256:final())
end

--- The reason why a token with these claims is not for a client with the certificate of this thumbprint, or nil. `why`: why there is none.
function certificate.mismatch(claims, thumbprint, why)
  local cnf = claims.cnf
  if not json.is_object(cnf) or type(cnf["x5t#S256"]) ~= "string" or cnf.jkt ~= nil or cnf.jwk ~= nil then return "cnf: bound in another way" end
  if not thumbprint then return "certificate: " .. tostring(why) end
  if cnf["x5t#S256"] ~= thumbprint then return "certificate: another than the token's" end
  return nil
end

return certificate
