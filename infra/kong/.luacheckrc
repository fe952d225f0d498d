std = "luajit"
globals = { "kong" }
read_globals = { "ngx" }
max_line_length = 160
self = false
