--- Paths that the gateway and an upstream may read differently. A route, a scope and a policy were chosen by the gateway's reading.

local find, gmatch = string.find, string.gmatch

local path = {}

--- What decodes to a slash, a backslash or a control character: an upstream that decodes before it takes segments apart, or drops dot segments
-- (RFC 3986, section 5.2.4) after that, sees another path.
local function has_doubtful_escape(raw)
  for digits in gmatch(raw, "%%(%x%x)") do
    local byte = tonumber(digits, 16)
    if byte == 47 or byte == 92 or byte < 32 or byte == 127 then return true end
  end
  return false
end

--- The reason (for the log) why a path, as the client sent it, may be read in two ways; nil when it may not.
function path.doubt(raw)
  -- No request target holds a fragment (RFC 9112, section 3.2), but Kong passes one on, and many an upstream cuts it off.
  if find(raw, "#", 1, true) then return "a fragment in the path" end
  -- Java's servers cut path parameters off each segment (RFC 3986, section 3.3): /orders/admin;x is then /orders/admin.
  if find(raw, ";", 1, true) then return "a path parameter" end
  if find(raw, "[\\%c]") then return "a backslash or a control character in the path" end
  if has_doubtful_escape(raw) then return "an encoded slash, backslash or control character in the path" end
  return nil
end

return path
