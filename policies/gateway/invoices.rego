# METADATA
# title: The same for invoices
# description: Its answer is an object, whose `allow` says yes.
package gateway.invoices

import data.gateway.bearer

# METADATA
# description: What the plugin reads is `allow`; the reasons are for the log.
answer := {"allow": passes, "reasons": reasons}

default passes := false

passes if {
	count(reasons) == 0
	input.request.http.method in {"GET", "HEAD"}
}

reasons contains "the scope invoices:read is missing" if not "invoices:read" in bearer.scopes

reasons contains "it is for customers and support" if {
	input.request.http.path != "/invoices"
	count(bearer.roles & {"customer", "support"}) == 0
}

reasons contains "there is no such page" if not regex.match(`^/invoices(/[^/]+)?$`, input.request.http.path)
