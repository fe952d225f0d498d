package gateway_test

import data.gateway.invoices
import data.gateway.orders

bearer(scope, roles, more) := sprintf("Bearer %s", [io.jwt.encode_sign({"alg": "HS256"}, object.union({"scope": scope, "realm_access": {"roles": roles}}, more), {"kty": "oct", "k": "c2VjcmV0"})])

asked(method, path, authorization) := {"request": {"http": {"method": method, "path": path, "headers": {"authorization": authorization}}}}

customer := bearer("orders:read orders:write invoices:read", ["customer", "order-writer"], {})

boss := bearer("orders:write invoices:read", ["admin"], {})

machine := bearer("orders:read orders:write invoices:read", ["customer", "order-writer"], {"client_id": "reports"})

account := bearer("orders:write", ["order-writer"], {"preferred_username": "service-account-reports"})

of_orders(method, path, authorization) if orders.allow with input as asked(method, path, authorization)

of_invoices(method, path, authorization) if invoices.answer.allow with input as asked(method, path, authorization)

test_orders if {
	of_orders("GET", "/orders", customer)
	of_orders("HEAD", "/orders/41", machine)
	of_orders("POST", "/orders", customer)
	of_orders("DELETE", "/orders/41", boss)
	not of_orders("DELETE", "/orders/41", customer)
	not of_orders("GET", "/orders", boss)
	not of_orders("GET", "/orders/41/lines", customer)
	not of_orders("POST", "/orders", machine)
	not of_orders("POST", "/orders", account)
	not of_orders("GET", "/orders", "Bearer x")
	not orders.allow with input as {}
}

test_invoices if {
	of_invoices("GET", "/invoices", machine)
	of_invoices("GET", "/invoices/41", customer)
	not of_invoices("GET", "/invoices/41", machine)
	not of_invoices("GET", "/invoices/41", boss)
	not of_invoices("POST", "/invoices", customer)
	not of_invoices("GET", "/other", customer)
	not of_invoices("GET", "/invoices", account)
	not invoices.answer.allow with input as {}
}
