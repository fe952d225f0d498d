local host = require "support.host"
local tokens = require "support.tokens"
local cjson = require "cjson.safe"

describe("hostile requests", function()
  it("cost no more than a small multiple of a good token", function()
    local guard = host.config("authctl-token-guard", { issuer = tokens.issuer, audience = tokens.audience, max_token_size = 65536 })
    local function seconds(token)
      local request = host.request({ headers = { Authorization = "Bearer " .. token } })
      local before = os.clock()
      for _ = 1, 20 do host.access("authctl-token-guard", guard, request) end
      return os.clock() - before
    end
    local payload = cjson.encode(tokens.claims())
    local size = 40000
    local good = tokens.of_texts(cjson.encode(tokens.header()), string.sub(payload, 1, -2) .. ',"x":"' .. string.rep("a", size) .. '"}')
    -- A floor keeps the comparison meaningful on a machine that is busy with something else.
    local allowed = math.max(seconds(good) * 20, 0.4)
    for name, text in pairs({
      escapes = '{"x":"' .. string.rep("\\u00e9", size / 6) .. '"}', quotes = '{"x":' .. string.rep('"', size), brackets = string.rep("[", size),
      objects = string.rep('{"a":', size / 5), numbers = "[" .. string.rep("1,", size / 2) .. "1]", digits = string.rep("1", size),
      blanks = string.rep(" ", size), high = '"' .. string.rep("\195\169", size / 2) .. '"', exponent = '{"exp":1e' .. string.rep("9", size) .. "}",
    }) do
      local spent = seconds(tokens.of_texts(cjson.encode(tokens.header()), text))
      assert(spent <= allowed, string.format("%s took %.3f s of %.3f s", name, spent, allowed))
    end
    for name, token in pairs({ dots = string.rep(".", size), letters = string.rep("A", size), parts = string.rep("A.", size / 2),
      gap = "a" .. string.rep(" ", 8000) .. "b", tabs = string.rep("\t", 8000) .. "b" }) do
      local spent = seconds(token)
      assert(spent <= allowed, string.format("%s took %.3f s of %.3f s", name, spent, allowed))
    end
    host.take_log()
  end)

  it("read a cookie line of blanks once", function()
    local guard = host.config("authctl-token-guard", { issuer = tokens.issuer, audience = tokens.audience, cookie = "c" })
    local function seconds(cookie)
      local before = os.clock()
      for _ = 1, 20 do host.access("authctl-token-guard", guard, host.request({ headers = { Cookie = cookie } })) end
      return os.clock() - before
    end
    local allowed = math.max(seconds("c=" .. string.rep("a", 8000)) * 20, 0.1)
    local gap = string.rep(" ", 8000)
    for _, cookie in ipairs({ gap, "a" .. gap .. "b", "c=" .. gap .. "b", "c" .. gap .. "=b", gap .. "c", "c=a" .. gap .. ";" .. gap }) do
      assert(seconds(cookie) <= allowed, "blanks around " .. string.gsub(cookie, "%s+", " "))
    end
    host.take_log()
  end)
end)
