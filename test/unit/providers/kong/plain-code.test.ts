import { describe, expect, it } from 'vitest';
import { isPlainCode } from '../../../../src/providers/kong/reach/plain-code.ts';

describe('code that is plain', () => {
  it.each([
    'kong.log("x")',
    'kong.log.err("a [bracket] and a \\"quote\\"")',
    'kong.service.request.set_header("x-user", "admin")',
    'local id = kong.request.get_header("x-id") -- require nothing\nif not id then return kong.response.exit(400, "no id") end',
    'for name, value in pairs(kong.request.get_headers()) do kong.log(name .. "=" .. tostring(value)) end',
    'local function shout(text) return string.upper(text) end kong.log(shout("x"))',
    'ngx.header.x = 1; ngx.exit(204)',
    '--[[ kong.service.set_target ]] kong.log(1)',
    '',
  ])('%s', (code) => expect(isPlainCode(code)).toBe(true));
});

describe('code that may lead anywhere', () => {
  it.each([
    'kong.service.set_target("127.0.0.1", 9101)',
    'local s = kong["serv" .. "ice"]; s[("set_t") .. "arget"]("127.0.0.1", 9101)',
    'local k = kong; k.log("x")',
    'local s = kong.service; s.set_target("h", 1)',
    'require("resty.http").new()',
    'local f = load("return 1")',
    '_G.x = 1',
    'getfenv(0)',
    'ngx.socket.tcp()',
    'ngx.location.capture("/x")',
    'io.popen("id")',
    'os.execute("id")',
    'kong.log(debug.getregistry())',
    'kong . service . set_upstream("x")',
    'string.dump(f)',
    'local t = [[ kong.service ]]',
    'kong.log("unfinished)',
  ])('%s', (code) => expect(isPlainCode(code)).toBe(false));
});
