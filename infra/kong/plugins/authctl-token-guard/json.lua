--- A strict JSON reader (RFC 8259): what a token or a policy answer says must mean the same to every reader behind the gateway.
-- Refused, where cjson of Kong accepts: duplicate members, leading zeros, hexadecimal, NaN and infinities, raw control characters, invalid
-- UTF-8 and lone surrogates, anything after the value. A JSON null is `ngx.null`; an array carries a metatable, so that [] and {} differ.

local byte, char, find, sub = string.byte, string.char, string.find, string.sub
local concat = table.concat
local floor = math.floor
local null = ngx.null

local json = {}

local array_mt = { __name = "json.array" }
local default_depth = 32

--- By the byte after the backslash.
local escapes = {}
for name, plain in pairs({ ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }) do escapes[byte(name)] = plain end

--- True for what `decode` made of a JSON array.
function json.is_array(value)
  return type(value) == "table" and getmetatable(value) == array_mt
end

--- True for what `decode` made of a JSON object.
function json.is_object(value)
  return type(value) == "table" and getmetatable(value) == nil
end

--- Marks a Lua list as a JSON array (`json.array({ "a" })`), for `encode`.
function json.array(list)
  return setmetatable(list, array_mt)
end

local function continuation(b, low, high)
  return b ~= nil and b >= (low or 0x80) and b <= (high or 0xbf)
end

--- The length of the UTF-8 sequence that starts at `at`, or nil (RFC 3629, section 4).
local function sequence_length(text, at)
  local b1, b2, b3, b4 = byte(text, at, at + 3)
  if b1 < 0x80 then return 1 end
  if b1 < 0xc2 or b1 > 0xf4 then return nil end
  if b1 < 0xe0 then return continuation(b2) and 2 or nil end
  if b1 < 0xf0 then
    local low = b1 == 0xe0 and 0xa0 or 0x80
    local high = b1 == 0xed and 0x9f or 0xbf
    return continuation(b2, low, high) and continuation(b3) and 3 or nil
  end
  local low = b1 == 0xf0 and 0x90 or 0x80
  local high = b1 == 0xf4 and 0x8f or 0xbf
  return continuation(b2, low, high) and continuation(b3) and continuation(b4) and 4 or nil
end

local function is_utf8(text)
  local at = find(text, "[\128-\255]")
  while at do
    local length = sequence_length(text, at)
    if not length then return false end
    at = find(text, "[\128-\255]", at + length)
  end
  return true
end

local function utf8_of(code)
  if code < 0x80 then return char(code) end
  if code < 0x800 then return char(0xc0 + floor(code / 0x40), 0x80 + code % 0x40) end
  if code < 0x10000 then
    return char(0xe0 + floor(code / 0x1000), 0x80 + floor(code / 0x40) % 0x40, 0x80 + code % 0x40)
  end
  return char(0xf0 + floor(code / 0x40000), 0x80 + floor(code / 0x1000) % 0x40, 0x80 + floor(code / 0x40) % 0x40, 0x80 + code % 0x40)
end

local function skip(text, at)
  local b = byte(text, at)
  if b and b > 0x20 then return at end
  return find(text, "[^ \t\r\n]", at) or #text + 1
end

local hex = {}
for digit = 0, 15 do
  hex[byte(string.format("%x", digit))], hex[byte(string.format("%X", digit))] = digit, digit
end

--- The code of `\uXXXX` at `at` (the backslash), or nil. By bytes, which LuaJIT compiles: a pattern here is what a text of escapes alone pays for.
local function unit(text, at)
  local backslash, u, b1, b2, b3, b4 = byte(text, at, at + 5)
  local d1, d2, d3, d4 = hex[b1], hex[b2], hex[b3], hex[b4]
  if backslash ~= 0x5c or u ~= 0x75 or not (d1 and d2 and d3 and d4) then return nil end
  return d1 * 0x1000 + d2 * 0x100 + d3 * 0x10 + d4
end

--- `\uXXXX` at `at` (the backslash): the text it stands for and the place after it, or nil.
local function read_unicode(text, at)
  local code = unit(text, at)
  if not code then return nil end
  if code < 0xd800 or code > 0xdfff then return utf8_of(code), at + 6 end
  local low = code < 0xdc00 and unit(text, at + 6)
  if not low or low < 0xdc00 or low > 0xdfff then return nil end
  return utf8_of(0x10000 + (code - 0xd800) * 0x400 + (low - 0xdc00)), at + 12
end

--- One escape at `at` (the backslash): the text it stands for and the place after it, or nil.
local function read_escape(text, at)
  local plain = escapes[byte(text, at + 1)]
  if plain then return plain, at + 2 end
  return read_unicode(text, at)
end

--- The string whose first character is at `at` (after the quote), and the place after its closing quote; nil and a reason otherwise.
local function read_string(text, at)
  local parts, count
  local from = at
  while true do
    local stop = find(text, '[%c"\\]', at)
    local b = stop and byte(text, stop)
    if not stop then return nil, "unfinished string" end
    if b == 0x22 then
      local last = sub(text, from, stop - 1)
      if not parts then return last, stop + 1 end
      parts[count + 1] = last
      return concat(parts), stop + 1
    elseif b == 0x5c then
      parts, count = parts or {}, (count or 0) + 1
      parts[count] = sub(text, from, stop - 1)
      -- Escapes in a row are read without a search for the next.
      repeat
        local decoded, after = read_escape(text, stop)
        if not decoded then return nil, "bad escape" end
        count = count + 1
        parts[count] = decoded
        stop = after
      until byte(text, stop) ~= 0x5c
      at, from = stop, stop
    elseif b == 0x7f then
      at = stop + 1
    else
      return nil, "control character in string"
    end
  end
end

local function is_digit(b)
  return b ~= nil and b >= 0x30 and b <= 0x39
end

local function read_number(text, at)
  local first = byte(text, at) == 0x2d and at + 1 or at
  if byte(text, first) == 0x30 and is_digit(byte(text, first + 1)) then return nil, "bad number" end
  local _, stop = find(text, "^%d+", first)
  if not stop then return nil, "bad number" end
  if byte(text, stop + 1) == 0x2e then
    _, stop = find(text, "^%d+", stop + 2)
    if not stop then return nil, "bad number" end
  end
  local b = byte(text, stop + 1)
  if b == 0x65 or b == 0x45 then
    _, stop = find(text, "^[+-]?%d+", stop + 2)
    if not stop then return nil, "bad number" end
  end
  local value = tonumber(sub(text, at, stop))
  if not value or value ~= value or value == math.huge or value == -math.huge then return nil, "number out of range" end
  return value, stop + 1
end

local read_value

local function read_array(text, at, depth)
  local list, count = json.array({}), 0
  at = skip(text, at)
  if byte(text, at) == 0x5d then return list, at + 1 end
  while true do
    local value, after = read_value(text, at, depth)
    if value == nil then return nil, after end
    count = count + 1
    list[count] = value
    at = skip(text, after)
    local b = byte(text, at)
    if b == 0x5d then return list, at + 1 end
    if b ~= 0x2c then return nil, "bad array" end
    at = at + 1
  end
end

local function read_object(text, at, depth)
  local object = {}
  at = skip(text, at)
  if byte(text, at) == 0x7d then return object, at + 1 end
  while true do
    if byte(text, at) ~= 0x22 then return nil, "bad object" end
    local name, after = read_string(text, at + 1)
    if not name then return nil, after end
    if object[name] ~= nil then return nil, "duplicate member" end
    at = skip(text, after)
    if byte(text, at) ~= 0x3a then return nil, "bad object" end
    local value
    value, after = read_value(text, at + 1, depth)
    if value == nil then return nil, after end
    object[name] = value
    at = skip(text, after)
    local b = byte(text, at)
    if b == 0x7d then return object, at + 1 end
    if b ~= 0x2c then return nil, "bad object" end
    at = skip(text, at + 1)
  end
end

function read_value(text, at, depth)
  at = skip(text, at)
  local b = byte(text, at)
  if b == 0x22 then return read_string(text, at + 1) end
  if b == 0x7b or b == 0x5b then
    if depth == 0 then return nil, "nested too deeply" end
    return (b == 0x7b and read_object or read_array)(text, at + 1, depth - 1)
  end
  if is_digit(b) or b == 0x2d then return read_number(text, at) end
  if find(text, "^true", at) then return true, at + 4 end
  if find(text, "^false", at) then return false, at + 5 end
  if find(text, "^null", at) then return null, at + 4 end
  return nil, "not a value"
end

--- The value of a whole JSON text, or nil and a short reason that repeats nothing of the text. `depth`: levels of nesting (default 32).
function json.decode(text, depth)
  if type(text) ~= "string" then return nil, "not a string" end
  if not is_utf8(text) then return nil, "invalid UTF-8" end
  local value, after = read_value(text, 1, depth or default_depth)
  if value == nil then return nil, after end
  if skip(text, after) <= #text then return nil, "text after the value" end
  return value
end

local short_escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function escape(c)
  return short_escapes[c] or string.format("\\u%04x", byte(c))
end

local replacement = "\239\191\189"

--- Bytes that are no UTF-8 become U+FFFD, one for one, so that the text is always valid JSON.
local function to_utf8(text)
  if is_utf8(text) then return text end
  local parts, at = {}, 1
  while at <= #text do
    local length = sequence_length(text, at)
    parts[#parts + 1] = length and sub(text, at, at + length - 1) or replacement
    at = at + (length or 1)
  end
  return concat(parts)
end

--- A string as a JSON string, quotes included.
function json.quote(text)
  return '"' .. (string.gsub(to_utf8(text), '[%c"\\]', escape)) .. '"'
end

return json
