local Probe = { PRIORITY = 5, VERSION = "1.0.0" }

function Probe:access(conf)
  kong.service.request.set_header(conf.header, conf.value)
end

function Probe:header_filter()
  kong.response.set_header("X-Oracle-Probe", "yes")
end

return Probe
