--- The Cookie header (RFC 6265, section 4.2): reading one name, and taking one name out without touching the others.

local gmatch, match = string.gmatch, string.match

local cookies = {}

--- Calls `use(pair, name, value)` for each pair of each Cookie line; `pair` is its text without surrounding blanks.
local function each(lines, use)
  for _, line in ipairs(lines or {}) do
    for part in gmatch(line, "[^;]+") do
      local pair = match(part, "^[ \t]*(.-)[ \t]*$")
      local name, value = match(pair, "^([^=]-)[ \t]*=[ \t]*(.*)$")
      use(pair, name or pair, value or "")
    end
  end
end

--- Every value sent under exactly this name, in order. `lines`: the values of the Cookie header.
function cookies.values(lines, wanted)
  local values = {}
  each(lines, function(_, name, value)
    if name == wanted then values[#values + 1] = value end
  end)
  return values
end

--- One Cookie header value without that name, or nil when nothing is left.
function cookies.without(lines, unwanted)
  local kept = {}
  each(lines, function(pair, name)
    if name ~= unwanted and pair ~= "" then kept[#kept + 1] = pair end
  end)
  return #kept > 0 and table.concat(kept, "; ") or nil
end

return cookies
