--- Paths as Kong's PDK shows them.

local path = {}

--- RFC 3986, section 6.2.2: escapes of unreserved characters are read, dot segments and empty ones go.
function path.normalised(raw)
  local text = string.gsub(raw, "%%(%x%x)", function(digits)
    local c = string.char(tonumber(digits, 16))
    return string.find(c, "^[%w%-._~]$") and c or "%" .. string.upper(digits)
  end)
  local kept = {}
  for segment in string.gmatch(text, "[^/]+") do
    if segment == ".." then kept[#kept] = nil elseif segment ~= "." then kept[#kept + 1] = segment end
  end
  return "/" .. table.concat(kept, "/") .. ((#kept > 0 and string.find(text, "/%.*$")) and "/" or "")
end

return path
