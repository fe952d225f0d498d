package access_test

import data.access

asked(verb, page, scopes, roles) := {"verb": verb, "page": page, "who": {"scopes": scopes, "roles": roles}}

permitted(request) if access.verdict.permitted with input as request

machine(request) := object.union(request, {"who": object.union(request.who, {"machine": "reports"})})

account(request) := object.union(request, {"who": object.union(request.who, {"name": "service-account-reports"})})

test_who_may_passes if {
	permitted(asked("GET", ["orders"], "openid orders:read", []))
	permitted(asked("HEAD", ["orders", "41"], "orders:read", []))
	permitted(asked("POST", ["orders"], "orders:write", ["order-writer"]))
	permitted(asked("DELETE", ["orders", "41"], "orders:write", ["admin"]))
	permitted(asked("GET", ["invoices"], "invoices:read", []))
	permitted(asked("GET", ["invoices", "41"], "invoices:read", ["support"]))
}

test_everybody_else_is_refused if {
	not permitted(asked("GET", ["orders"], "invoices:read", []))
	not permitted(asked("DELETE", ["orders", "41"], "orders:write", ["customer"]))
	not permitted(asked("GET", ["orders", "41", "lines"], "orders:read", []))
	not permitted(machine(asked("POST", ["orders"], "orders:write", ["order-writer"])))
	not permitted(account(asked("POST", ["orders"], "orders:write", ["order-writer"])))
	not permitted({})
}
