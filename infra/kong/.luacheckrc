std = "luajit"
globals = { "kong" }
read_globals = { "ngx" }
max_line_length = 160
self = false
-- What stands in for Kong there writes what Kong writes.
files["test/nginx"] = { globals = { "ngx" } }
files["test/bench"] = { globals = { "ngx" } }
