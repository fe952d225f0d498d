--- Strict base64url without padding (RFC 7515, section 2; RFC 4648, section 3.5: unused bits must be zero), so that one token has one spelling.

local base64url = {}

local to_base64 = { ["-"] = "+", ["_"] = "/" }

--- The number of bytes an encoded text stands for, or nil when it is not strict base64url. `clean`: it is known to hold letters, digits, - and _ alone.
function base64url.length(text, clean)
  local rest = #text % 4
  if rest == 1 or (not clean and string.find(text, "[^%w_-]")) then return nil end
  if rest == 2 and not string.find(text, "[AQgw]$") then return nil end
  if rest == 3 and not string.find(text, "[AEIMQUYcgkosw048]$") then return nil end
  return math.floor(#text * 3 / 4)
end

--- The decoded bytes, or nil when the text is not strict base64url.
function base64url.decode(text, clean)
  if not base64url.length(text, clean) then return nil end
  local padding = string.rep("=", (4 - #text % 4) % 4)
  return ngx.decode_base64((string.gsub(text, "[-_]", to_base64)) .. padding)
end

local from_base64 = { ["+"] = "-", ["/"] = "_", ["="] = "" }

function base64url.encode(bytes)
  return (string.gsub(ngx.encode_base64(bytes), "[+/=]", from_base64))
end

return base64url
