--- The Cookie header (RFC 6265, section 4.2): reading one name, and taking one name out without touching the others.

local find, gmatch, match, sub = string.find, string.gmatch, string.match, string.sub

local cookies = {}

--- Without blanks around it, in steps that each read the text once: one pattern for all takes the square of a long run of blanks.
local function trim(text)
  local first = find(text, "[^ \t]")
  return first and match(text, "^.*[^ \t]", first) or ""
end

--- The value of a pair under exactly this name, or nil. A pair without an equals sign is a name alone, its value "".
local function value_of(part, wanted)
  -- Most of a long line is about other names, and is not taken apart.
  if not find(part, wanted, 1, true) then return nil end
  local equals = find(part, "=", 1, true) or #part + 1
  return trim(sub(part, 1, equals - 1)) == wanted and trim(sub(part, equals + 1)) or nil
end

--- Every value sent under exactly this name, in order. `lines`: the values of the Cookie header.
function cookies.values(lines, wanted)
  local values = {}
  for _, line in ipairs(lines or {}) do
    for part in gmatch(line, "[^;]+") do values[#values + 1] = value_of(part, wanted) end
  end
  return values
end

--- One Cookie header value without that name, or nil when nothing is left; and whether the name was there at all.
function cookies.without(lines, unwanted)
  local kept, found = {}, false
  for _, line in ipairs(lines or {}) do
    for part in gmatch(line, "[^;]+") do
      local pair = trim(part)
      if value_of(pair, unwanted) then found = true elseif pair ~= "" then kept[#kept + 1] = pair end
    end
  end
  return #kept > 0 and table.concat(kept, "; ") or nil, found
end

return cookies
