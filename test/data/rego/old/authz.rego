package shop.authz

default allow = false

reading { input.request.method == "GET" }
reading { input.request.method == "HEAD" }

held[scope] { scope := split(input.token.scope, " ")[_] }

person {
	not input.token.client_id
	not startswith(object.get(input.token, "preferred_username", ""), "service-account-")
}

has_role(name) { person; input.token.realm_access.roles[_] == name }

allow {
	reading
	input.request.segments[0] == "orders"
	count(input.request.segments) <= 2
	held["orders:read"]
}

allow {
	input.request.method == "POST"
	input.request.segments == ["orders"]
	held["orders:write"]
	has_role("order-writer")
}

allow {
	input.request.method == "DELETE"
	input.request.segments[0] == "orders"
	count(input.request.segments) == 2
	held["orders:write"]
	has_role("admin")
}

allow {
	reading
	input.request.segments == ["invoices"]
	held["invoices:read"]
}

allow {
	reading
	input.request.segments[0] == "invoices"
	count(input.request.segments) == 2
	held["invoices:read"]
	has_role("customer")
}

allow {
	reading
	input.request.segments[0] == "invoices"
	count(input.request.segments) == 2
	held["invoices:read"]
	has_role("support")
}
