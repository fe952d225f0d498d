require "support.host"
local json = require "kong.plugins.authctl-token-guard.json"
local base64url = require "kong.plugins.authctl-token-guard.base64url"

describe("the strict JSON reader", function()
  local good = {
    { "{}", {} },
    { ' { "a" : [ 1 , -0.5 , 1e3 , 1E-2 , true , false ] } ', { a = { 1, -0.5, 1000, 0.01, true, false } } },
    { '"\\u00e9\\ud83d\\ude00\\/\\n"', "\195\169\240\159\152\128/\n" },
    { '"\195\169\127"', "\195\169\127" },
    { '"\239\191\191\244\143\191\191\237\159\191"', "\239\191\191\244\143\191\191\237\159\191" },
    { "[]", {} },
    { "0", 0 },
    { '{"a":{"b":[{}]}}', { a = { b = { {} } } } },
    { '{"__proto__":1,"__index":2}', { ["__proto__"] = 1, ["__index"] = 2 } },
  }
  for _, case in ipairs(good) do
    it("reads " .. case[1], function()
      assert.same({ case[2] }, { (json.decode(case[1])) })
    end)
  end

  local bad = {
    "", " ", "nul", "nullx", "{", "[", "[1", "[1,]", "[,1]", "{,}", '{"a"}', '{"a":}', '{"a":1,}', "{'a':1}", "{a:1}", '{"a":1 "b":2}', "{}{}", "{} x",
    "01", "-01", "+1", ".5", "5.", "1e", "0x10", "1e999", "-1e999", "NaN", "nan", "Infinity", "inf", "-inf", "--1", "1_000",
    '"', '"a', '"\n"', '"\0"', '"\t"', '"\\x41"', '"\\u12g4"', '"\\u123"', '"\\ud800"', '"\\ud800\\u0041"', '"\\udc00"', '"\\ud800\\ud800"', '"\\',
    '{"a":1,"a":1}', '{"a":null,"a":1}', '{"a":1,"\\u0061":2}', '{"x":{"a":1,"a":2}}',
    '"\255"', '"\192\128"', '"\193\191"', '"\224\128\128"', '"\237\160\128"', '"\240\128\128\128"', '"\244\144\128\128"', '"\245\128\128\128"',
    '"\195"', '"\195(', '"\226\130"', "\239\187\191{}", "{}\0", "\194\160{}", "/* */{}", "[1]//", "tru", "TRUE", "\12{}",
  }
  for _, text in ipairs(bad) do
    it("refuses " .. string.format("%q", text), function()
      local value, why = json.decode(text)
      assert.is_nil(value)
      assert.is_string(why)
    end)
  end

  it("reads the first and the last character of every length, written out and escaped", function()
    local edges = {
      [0x7f] = "\127", [0x80] = "\194\128", [0x7ff] = "\223\191", [0x800] = "\224\160\128", [0xfff] = "\224\191\191", [0x1000] = "\225\128\128",
      [0xd7ff] = "\237\159\191", [0xe000] = "\238\128\128", [0xffff] = "\239\191\191",
    }
    for code, text in pairs(edges) do
      assert.same({ text, text }, { json.decode('"' .. text .. '"'), (json.decode(string.format('"\\u%04x"', code))) })
    end
    local pairs_of = { ["\\ud800\\udc00"] = "\240\144\128\128", ["\\udbff\\udfff"] = "\244\143\191\191", ["\\uD83D\\uDE00"] = "\240\159\152\128" }
    for escaped, text in pairs(pairs_of) do
      assert.same({ text, text }, { json.decode('"' .. text .. '"'), (json.decode('"' .. escaped .. '"')) })
    end
    for _, escaped in ipairs({ "\\ud800\\udbff", "\\udbff\\ue000", "\\udfff", "\\udc00\\udc00", "\\udbff" }) do
      assert.is_nil(json.decode('"' .. escaped .. '"'))
    end
    assert.is_nil(json.decode('"\194"'))
    assert.is_nil(json.decode('"\194\192"'))
    assert.is_nil(json.decode('"\224\160\127"'))
    assert.is_nil(json.decode('"\240\144\128"'))
  end)

  it("tells an empty array from an empty object, and null from absence", function()
    local value = json.decode('{"list":[],"object":{},"none":null}')
    assert.same({ true, false, false, true, ngx.null, nil }, {
      json.is_array(value.list), json.is_array(value.object), json.is_object(value.list), json.is_object(value.object), value.none, value.absent,
    })
  end)

  it("refuses nesting beyond its depth, however deep the text goes", function()
    assert.is_table(json.decode("[[[]]]", 3))
    assert.same({ nil, "nested too deeply" }, { json.decode("[[[[]]]]", 3) })
    assert.same({ nil, "nested too deeply" }, { json.decode(string.rep("[", 100000)) })
    assert.same({ nil, "nested too deeply" }, { json.decode(string.rep('{"a":', 100000)) })
  end)

  it("quotes any bytes as valid JSON that reads back the same, or with replacement characters", function()
    for code = 0, 127 do
      local text = "a" .. string.char(code) .. "b"
      assert.same(text, json.decode(json.quote(text)))
    end
    assert.same("\195\169", json.decode(json.quote("\195\169")))
    assert.same("x\239\191\189y", json.decode(json.quote("x\255y")))
  end)
end)

describe("strict base64url", function()
  it("decodes what has exactly one spelling", function()
    assert.same({ "", "f", "fo", "foo", "\251\239\255" }, {
      base64url.decode(""), base64url.decode("Zg"), base64url.decode("Zm8"), base64url.decode("Zm9v"), base64url.decode("--__"),
    })
  end)

  for _, text in ipairs({ "A", "Zg==", "Zm8=", "Zh", "Zm9", "++//", "Zm9v\n", "Zm 9v", "Zm9vA", "Z*==", "\255\255" }) do
    it("refuses " .. string.format("%q", text), function()
      assert.is_nil(base64url.decode(text))
      assert.is_nil(base64url.length(text))
    end)
  end

  it("knows the length without decoding", function()
    for size = 0, 70 do
      local encoded = (require "support.host").base64url(string.rep("\255", size))
      assert.same({ size, string.rep("\255", size) }, { base64url.length(encoded), base64url.decode(encoded) })
    end
  end)
end)
