local typedefs = require "kong.db.schema.typedefs"

local function strings(field)
  field.type = "array"
  field.required = true
  field.default = field.default or {}
  field.elements = field.elements or { type = "string", len_min = 1 }
  return field
end

return {
  name = "authctl-session",
  fields = {
    { consumer = typedefs.no_consumer },
    { protocols = typedefs.protocols_http },
    { config = {
        type = "record",
        fields = {
          { session_url = { description = "Asked on every request, with the session's cookie alone: 200 with the user's token, or 401.",
              type = "string", required = true, match = "^https?://[^%s?#@]+$" } },
          { allow_plain_http = { description = "Accept a session service without TLS: on a developer's machine or inside one pod only.",
              type = "boolean", required = true, default = false } },
          { ssl_verify = { description = "Verify the session service's certificate.", type = "boolean", required = true, default = true } },
          { token_header = { description = "The header of its answer that holds the token, with or without the scheme Bearer.",
              type = "string", required = true, default = "Authorization", match = "^[%w-]+$" } },
          { cookie = { description = "The session's cookie.", type = "string", required = true, match = "^[%w!#$%%&'*+.^_`|~-]+$" } },
          { max_cookie_size = { description = "Bytes of its value at most.", type = "integer", required = true, default = 1024, between = { 16, 8192 } } },
          { sign_in_path = { description = "Where a browser that navigates here without a session is sent; without it, it gets 401 like everybody.",
              type = "string", match = "^/[%w/._~-]*$" } },
          { return_parameter = { description = "The query parameter that tells the sign-in where to return to.",
              type = "string", required = true, default = "returnTo", match = "^[%w_-]+$" } },
          { timeout_ms = { description = "Milliseconds to connect, and to answer, at most.",
              type = "integer", required = true, default = 2000, between = { 1, 10000 } } },
          { max_response_size = { description = "Bytes of an answer's body at most.",
              type = "integer", required = true, default = 16384, between = { 1024, 1048576 } } },
          { refuse_query_tokens = { description = "Refuse a request that carries a token in its query.",
              type = "boolean", required = true, default = true } },
          { query_token_names = strings({ description = "Parameter names that are taken for a token.",
              default = { "access_token", "jwt", "id_token" } }) },
          { strip_headers = strings({ description = "Further request headers to take off; a star at the end stands for any rest." }) },
          { allowed_origins = strings({ description = "Origins that may send unsafe requests with the session, besides the request's own.",
              elements = { type = "string", match = "^https?://[^/]+$" } }) },
          { csrf_header = { description = "The header that stands for Origin when a client sends neither Origin nor Sec-Fetch-Site.",
              type = "string", required = true, default = "X-Requested-With", match = "^[%w-]+$" } },
        },
    } },
  },
}
