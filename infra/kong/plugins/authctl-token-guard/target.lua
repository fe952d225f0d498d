--- Compares the URL of a proof with the one that a client asked for (RFC 9449, section 4.3), normalised by syntax and scheme (RFC 3986, section 6.2.2 and
-- 6.2.3) and without query and fragment.

local byte, char, find, format, gsub, lower, match = string.byte, string.char, string.find, string.format, string.gsub, string.lower, string.match

local target = {}

local default_ports = { http = "80", https = "443" }

--- `scheme://host[:port]` in lower case and without a default port; nil for no http(s) origin.
local function origin(scheme, authority)
  scheme, authority = lower(scheme), lower(authority)
  if not default_ports[scheme] or authority == "" or find(authority, "[@%s]") then return nil end
  local host, port = match(authority, "^(.-):(%d*)$")
  if host and (port == "" or port == default_ports[scheme]) then authority = host end
  return scheme .. "://" .. authority
end

--- Escapes in one spelling: of what needs none decoded, all others in capitals.
local function normalise(path)
  if path == "" then return "/" end
  if not find(path, "%", 1, true) then return path end
  return (gsub(path, "%%(%x%x)", function(digits)
    local code = tonumber(digits, 16)
    if find(char(code), "[%w%-._~]") then return char(code) end
    return format("%%%02X", code)
  end))
end

--- True when `htu` is `path` (raw, as the client sent it) at one of the origins.
function target.is_one_of(htu, origins, path)
  if byte(htu) == nil or #htu > 4096 then return false end
  local scheme, authority, rest = match(htu, "^([%a][%w+.-]*)://([^/?#]*)([^?#]*)")
  local named = scheme and origin(scheme, authority)
  if not named or normalise(rest) ~= normalise(path) then return false end
  for _, one in ipairs(origins) do
    local own_scheme, own_authority = match(one, "^(https?)://([^/?#]+)$")
    if own_scheme and origin(own_scheme, own_authority) == named then return true end
  end
  return false
end

return target
